"""Black and white level on the page, asked for as a browser does; none is needed."""

import socket

import cv2
import numpy as np
import pytest

from mdp_plugin.demo.page import DemoPage
from mdp_plugin.demo.session import Models, synthetic_scene
from mdp_plugin.demo.uploads import Limits

gradio_client = pytest.importorskip('gradio_client')
NAME = 'mdpnet-nudt-sirst'


def test_floats_are_measured_unless_levels_are_given(tmp_path, monkeypatch):
    monkeypatch.setenv('GRADIO_TEMP_DIR', str(tmp_path / 'passing'))
    file = tmp_path / 'kelvin.tif'
    scene = synthetic_scene(10, None)[0].frames[0]
    cv2.imwrite(str(file), (280 + scene / 8).astype(np.float32))
    turned = tmp_path / 'turned.png'
    cv2.imwrite(str(turned), 255 - scene)
    page = DemoPage(Models([NAME], threads=1), Limits(), tmp_path / 'passing')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    visitor = gradio_client.Client(
        page.launch('127.0.0.1', port, False), verbose=False, analytics_enabled=False
    )
    try:
        of_model = 'as the model says'
        for path, black, white, polarity, number, said in (
            (file, None, None, of_model, 3, 'as measured'),
            (file, '', ' ', 'white-hot', 3, 'as measured'),
            (file, 280, 312, of_model, 3, 'black 280, white 312'),
            (file, 0, 65535, of_model, 0, 'less than a tenth of the range is used'),
            (turned, None, None, 'black-hot', 3, 'black-hot, shown as white-hot'),
        ):
            sent = gradio_client.handle_file(str(path))
            status, _, table, *rest = visitor.predict(
                sent, False, NAME, black, white, polarity, api_name='/file'
            )
            assert table.count('<tr data-number') == number and said in status
            assert not rest[-1]
        for black, white, mistake in (
            (30, 20, 'white_level must be above black_level'),
            ('dark', None, 'the black level is no number: &#34;dark&#34;'),
        ):
            _, picture, *_, problem = visitor.predict(
                sent, False, NAME, black, white, api_name='/file'
            )
            assert mistake in problem and mistake in picture and '<image' not in picture
    finally:
        page.blocks.close()

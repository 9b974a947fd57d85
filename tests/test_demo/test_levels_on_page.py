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
    cv2.imwrite(str(file), (280 + synthetic_scene(10, None)[0].frames[0] / 8).astype(np.float32))
    page = DemoPage(Models([NAME], threads=1), Limits(), tmp_path / 'passing')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    visitor = gradio_client.Client(
        page.launch('127.0.0.1', port, False), verbose=False, analytics_enabled=False
    )
    try:
        for black, white, number, said in (
            (None, None, 3, 'as measured'),
            ('', ' ', 3, 'as measured'),
            (280, 312, 3, 'black 280, white 312'),
            (0, 65535, 0, 'less than a tenth of the range is used'),
        ):
            sent = gradio_client.handle_file(str(file))
            status, _, table, *_ = visitor.predict(
                sent, False, NAME, black, white, api_name='/file'
            )
            assert len(table['data']) == number and said in status
        with pytest.raises(Exception, match='white_level must be above black_level'):
            visitor.predict(sent, False, NAME, 30, 20, api_name='/file')
        with pytest.raises(Exception, match='the black level is no number: "dark"'):
            visitor.predict(sent, False, NAME, 'dark', None, api_name='/file')
    finally:
        page.blocks.close()

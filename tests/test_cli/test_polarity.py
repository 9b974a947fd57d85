"""Frames of a black-hot camera through the commands: the targets of the same scene, white-hot."""

import csv
import json

import cv2
import numpy as np
import pytest
import tifffile
import torch
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.imaging.grey_levels import GreyLevels
from mdp_plugin.imaging.picture_files import read_image
from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128), targets=TargetSettings(count=(1, 2))), seed=1)
MODEL = ('--model', 'mdpnet-nudt-sirst', '--threads', '1')
BLACK_HOT = ('--polarity', 'black-hot')
NUMBER = 4


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Scenes as a white-hot and as a black-hot camera delivers them, and their masks."""
    root = tmp_path_factory.mktemp('polarity')
    for name in ('white', 'black', 'white deep', 'black deep', 'masks'):
        (root / name).mkdir()
    for index in range(NUMBER):
        scene = SCENES(index)
        deep = 7000 + scene.image.astype(np.uint16) * 4
        for name, image in (
            ('white', scene.image),
            ('black', 255 - scene.image),
            ('white deep', deep),
            ('black deep', 16383 - deep),
            ('masks', scene.mask.astype(np.uint8) * 255),
        ):
            cv2.imwrite(str(root / name / f'{index}.png'), image)
    return root


def detect(out, *arguments, status=0):
    assert main(['detect', *map(str, arguments), '--out', str(out), *MODEL]) == status
    with (out / 'targets.csv').open() as file:
        return list(csv.DictReader(file))


def test_a_black_hot_camera_gives_the_same_targets(folders, tmp_path, capsys):
    expected = detect(tmp_path / 'white', folders / 'white')
    assert len(expected) >= NUMBER
    found = detect(tmp_path / 'black', folders / 'black', *BLACK_HOT, '--overlay')
    assert found == expected
    drawn = cv2.imread(str(tmp_path / 'black/overlays/0.png.png'), cv2.IMREAD_GRAYSCALE)
    assert (drawn == SCENES(0).image).mean() > 0.9, 'overlays show what the network saw'
    # Levels that are measured or given go with it.
    for number, levels in enumerate(((), ('--white-level', '16383'), ('--levels', 'full'))):
        one = detect(tmp_path / f'{number} w', folders / 'white deep', *levels)
        other = detect(tmp_path / f'{number} b', folders / 'black deep', *levels, *BLACK_HOT)
        if levels != ('--levels', 'full'):  # whose white is no mirror image of 16383
            assert len(other) == len(one)
        if not levels:
            assert len(one) >= NUMBER - 1
    assert 'where 0 is black and 16383 white' in capsys.readouterr().err
    # Taken for white-hot, the frames do not give them.
    wrong = detect(tmp_path / 'wrong', folders / 'black')
    places = {(row['file'], row['x'], row['y']) for row in expected}
    assert not places & {(row['file'], row['x'], row['y']) for row in wrong}


def test_results_of_another_polarity_are_not_taken_over(folders, tmp_path, capsys):
    detect(tmp_path, folders / 'black')
    detect(tmp_path, folders / 'black', *BLACK_HOT, status=2)
    assert 'polarity' in capsys.readouterr().err
    assert len(detect(tmp_path, folders / 'black', *BLACK_HOT, '--overwrite')) >= NUMBER


def test_evaluate_and_report_take_it(folders, tmp_path):
    command = ['evaluate', 'mdpnet-nudt-sirst', str(folders / 'masks'), '--no-curves']
    made = []
    for name, options in (('white', ()), ('black', BLACK_HOT)):
        arguments = ['--images', str(folders / name), '--threads', '1', *options]
        assert main([*command, *arguments, '--out', str(tmp_path / name)]) == 0
        made.append(json.loads((tmp_path / name / 'figures.json').read_text())['figures'])
    expected, figures = made
    assert figures == expected and figures['num_detected'] >= 3
    page = tmp_path / 'report.html'
    command = ['report', 'mdpnet-nudt-sirst', '--truths', str(folders / 'masks')]
    assert main([*command, *arguments, '--out', str(page)]) == 0
    with page.with_suffix('.csv').open() as file:
        assert int(next(csv.DictReader(file))['num_detected']) == figures['num_detected']


def test_a_config_says_it_for_detector_and_file(folders, tmp_path, project_root, capsys):
    """The polarity of a camera stands in its config, and what is exported of it knows it."""
    name = 'mdpnet-fine_upright_nudt-sirst-256x256'
    config, file = tmp_path / 'camera.py', tmp_path / 'camera.onnx'
    weights = str(project_root / f'mdp_plugin/weights/{name}.pth')
    config.write_text(
        f"_base_ = '{project_root}/configs/mdpnet/{name}.py'\n"
        'test_dataloader = dict(dataset=dict(pipeline=[\n'
        "    {**s, **(dict(polarity='black-hot') if s['type'] == 'ToGrayscale' else {})}\n"
        '    for s in _base_.test_pipeline]))\n'
    )
    expected = TargetDetector('mdpnet-nudt-sirst', threads=1)(SCENES(0).image)
    assert expected.targets
    assert main(['export', str(config), weights, str(file), '--frame-type', 'float32']) == 0
    assert '"polarity": "black-hot"' in capsys.readouterr().out
    for detector in (
        TargetDetector.from_config(config, weights, threads=1),
        TargetDetector(file, threads=1),
    ):
        assert detector.levels.polarity == 'black-hot'
        found = detector(255 - SCENES(0).image)
        np.testing.assert_allclose(found.probability, expected.probability, atol=2e-3)
    # The runner of tests has grey levels, and gives the file frames of its camera.
    runner = MODELS.build(dict(type='ExportedSegmentor', file=str(file), threads=1))
    grey = torch.from_numpy(GreyLevels()(SCENES(0).image))[None]
    (sample,) = runner([grey], [SegDataSample()])
    np.testing.assert_allclose(sample.seg_logits.data[0], expected.probability, atol=2e-3)
    # What is given wins.
    given = TargetDetector(file, threads=1, polarity='white-hot')(SCENES(0).image)
    np.testing.assert_allclose(given.probability, expected.probability, atol=2e-3)


def test_a_tiff_that_stores_white_as_zero(tmp_path):
    """What is shown white is read as bright; whether that is hot is another question."""
    shown = 255 - SCENES(0).image  # by a black-hot camera
    tifffile.imwrite(tmp_path / 'a.tif', 255 - shown, photometric='miniswhite')
    image = read_image(tmp_path / 'a.tif')
    np.testing.assert_array_equal(image, shown)
    np.testing.assert_array_equal(GreyLevels(polarity='black-hot')(image), SCENES(0).image)


def test_no_other_polarity(folders, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(['detect', str(folders), '--out', str(tmp_path), '--polarity', 'hot'])
    assert '--polarity' in capsys.readouterr().err
    with pytest.raises(ValueError, match="polarity must be 'white-hot' or 'black-hot', not 'hot'"):
        TargetDetector(polarity='hot')

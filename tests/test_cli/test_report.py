"""`mdpnet report` on synthetic images: its figures are the metric's, its mistakes the true ones."""

import csv
import re

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mdp_plugin.cli import main
from mdp_plugin.evaluation.functional.calibration import LOG_ODDS_LIMIT
from mdp_plugin.reporting.plots import plot_mistakes
from mdp_plugin.reporting.scoring import CROP, Sample, TargetFate, score_detector
from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Images, masks and a program's predictions: one target missed, one false alarm."""
    root = tmp_path_factory.mktemp('report')
    for name in ('images', 'masks', 'others'):
        (root / name).mkdir()
    settings = SceneSettings(size=(96, 128), targets=TargetSettings(count=(1, 1)))
    for index in range(3):
        scene = SceneGenerator(settings, seed=4)(index)
        mask = (scene.mask > 0).astype(np.uint8) * 255
        cv2.imwrite(str(root / f'images/scene_{index}.png'), scene.image)
        cv2.imwrite(str(root / f'masks/scene_{index}_pixels0.png'), mask)
        if index == 0:
            mask[:] = 0
        if index == 1:
            mask[5:8, 3:6] = 255
        cv2.imwrite(str(root / f'others/scene_{index}.png'), mask)
    return root


def test_images_without_any_target(folders, tmp_path):
    """Frames of an empty sky: false alarms are counted, and no Pd is drawn."""
    (tmp_path / 'empty').mkdir()
    for file in (folders / 'masks').iterdir():
        nothing = np.zeros_like(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
        cv2.imwrite(str(tmp_path / 'empty' / file.name), nothing)
    out = tmp_path / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(tmp_path / 'empty')]
    assert main(['report', str(folders / 'others'), *arguments, '--out', str(out)]) == 0
    # Two targets of the other masks and the spot beside them are all false alarms here.
    assert '<h3>others: 0 missed, 3 false</h3>' in out.read_text()


def test_a_split_of_the_images(folders, tmp_path, capsys):
    (tmp_path / 'split.txt').write_text('scene_2.png\nscene_1\n')
    out = tmp_path / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    command = ['report', str(folders / 'others'), '--names', str(tmp_path / 'split.txt')]
    assert main([*command, *arguments, '--out', str(out)]) == 0
    assert '<h3>others: 0 missed, 1 false</h3>' in out.read_text()
    with out.with_suffix('.csv').open() as file:
        assert next(csv.DictReader(file))['FPPI'] == '0.5000'
    assert main([*command, '--out', str(out)]) == 2
    assert '--images' in capsys.readouterr().err
    (tmp_path / 'split.txt').write_text('scene_7')
    assert main([*command, *arguments, '--out', str(out)]) == 2
    assert 'no file for 1 of 1 images: scene_7' in capsys.readouterr().err


def test_one_page_for_two_detectors(folders, tmp_path):
    out = tmp_path / 'page' / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    detectors = ['mdpnet-nudt-sirst', str(folders / 'others')]
    arguments += ['--pictures', str(tmp_path / 'pictures')]
    assert main(['report', *detectors, *arguments, '--out', str(out), '--threads', '1']) == 0
    for name in ('curves', 'mistakes-mdpnet-nudt-sirst', 'mistakes-others'):
        assert cv2.imread(str(tmp_path / f'pictures/{name}.png')).std() > 5
    page = out.read_text()
    # Nothing is loaded from elsewhere.
    assert not re.search(r'(src|href)="(?!data:)', page) and '<script' not in page
    pictures = len(re.findall('<img ', page))
    shown = len(re.findall('<figure class="(?:missed|false)">', page))
    assert pictures == 4 + 3 + shown
    assert '<h3>others: 1 missed, 1 false</h3>' in page and 'scene_1 at (4, 6)' in page
    with out.with_suffix('.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['detector'] for row in rows] == ['mdpnet-nudt-sirst'] * 2 + ['others'] * 2
    assert [row['scored at'] for row in rows] == ['original size', '256x256'] * 2
    others = rows[2]
    assert others['nIoU'] != '100.00' and others['Pd'] == '66.67'
    assert (others['num_detected'], others['num_targets'], others['num_false']) == ('2', '3', '1')
    assert out.with_suffix('.tex').read_text().count(r'\\') == 5


def test_fates_and_mistakes(folders):
    samples = [
        Sample(
            f'scene_{i}',
            folders / f'images/scene_{i}.png',
            folders / f'masks/scene_{i}_pixels0.png',
        )
        for i in range(3)
    ]

    def predict(grey, name):
        mask = cv2.imread(str(folders / f'others/{name}.png'), cv2.IMREAD_UNCHANGED)
        return (mask / 255).astype(np.float32)

    scores = score_detector('others', predict, samples, 64, interpolation=None)
    assert [fate.found for fate in scores.targets] == [False, True, True]
    assert all(isinstance(f, TargetFate) and f.area > 0 and f.scr > 0 for f in scores.targets)
    assert [(m.kind, m.image) for m in scores.mistakes] == [
        ('missed', 'scene_0'),
        ('false', 'scene_1'),
    ]
    missed, false = scores.mistakes
    assert missed.truth[CROP // 2, CROP // 2] and not missed.probability.any()
    assert false.probability[CROP // 2, CROP // 2] == 1 and not false.truth.any()
    sheet = plot_mistakes(scores, 0.5, columns=1)
    assert [t for t in (axis.get_title(loc='left') for axis in sheet.axes) if t] == [
        'scene_0',
        'scene_1',
    ]
    assert [len(axis.images) for axis in sheet.axes] == [1, 1, 1, 1]
    assert sheet.get_suptitle() == 'others: 1 missed, 1 false'
    assert [part.is_target for part in scores.parts] == [False, True, True]
    assert all(part.log_odds == LOG_ODDS_LIMIT for part in scores.parts)
    middle = np.searchsorted(scores.curves['threshold'], 0.5)
    assert scores.curves['Pd'][middle] == pytest.approx(2 / 3)
    assert scores.curves['Fa'][middle] == pytest.approx(9 / (3 * 96 * 128))


def rows_of(detector, root, out, *arguments):
    """Detector and protocol of each row of a report's table."""
    folders = ['--images', str(root / 'images'), '--truths', str(root / 'masks')]
    assert main(['report', detector, *folders, '--out', str(out), *arguments]) == 0
    with out.with_suffix('.csv').open() as file:
        return [(row['detector'], row['scored at']) for row in csv.DictReader(file)]


def test_the_second_protocol_has_the_height_and_width_of_the_network(
    folders, project_root, tmp_path
):
    init_default_scope('mmseg')
    config = project_root / 'configs/mdpnet/mdpnet-base_irst640-512x640.py'
    state = MODELS.build(Config.fromfile(config).model).state_dict()
    torch.save(dict(state_dict=state), tmp_path / 'random.pth')
    rows = rows_of(f'net={config},{tmp_path / "random.pth"}', folders, tmp_path / 'report.html')
    assert rows == [('net', 'original size'), ('net', '512x640')]


def test_images_of_the_networks_size_are_scored_once(folders, tmp_path):
    """Two protocols that do the same are one row."""
    for name in ('images', 'masks', 'others'):
        (tmp_path / name).mkdir()
        for file in (folders / name).iterdir():
            picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            picture = np.pad(picture, [(0, 256 - side) for side in picture.shape])
            cv2.imwrite(str(tmp_path / name / file.name), picture)
    others, out = str(tmp_path / 'others'), tmp_path / 'report.html'
    assert rows_of(others, tmp_path, out) == [('others', 'original size')]
    rows = rows_of(others, tmp_path, out, '--square', '128')
    assert rows == [('others', 'original size'), ('others', '128x128')]


def test_mistakes_are_named(folders, tmp_path, capsys):
    masks = str(folders / 'masks')
    for arguments, message in (
        ([masks], '--images and --truths are needed'),
        (['mdpnet-sirst', '--images', masks], 'belong together'),
        (['mdpnet-mars', '--images', str(folders / 'images'), '--truths', masks], 'no model'),
        (['x', '--images', str(folders / 'images'), '--truths', str(tmp_path)], 'holds no'),
    ):
        assert main(['report', *arguments, '--out', str(tmp_path / 'report.html')]) == 2
        assert message in capsys.readouterr().err

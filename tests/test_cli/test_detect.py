"""`mdpnet detect` on pictures, a video and files that are none."""

import csv
import json
from collections import Counter

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.detection import TargetDetector
from mdp_plugin.evaluation.functional import Confidence
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.project_files import PACKAGE
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128)), seed=1)
MODEL = ('--model', 'mdpnet-nudt-sirst', '--threads', '1')


@pytest.fixture
def folder(tmp_path):
    """Three pictures, one of them of 16 bit and one of two pages, a video and two bad files."""
    root = tmp_path / 'frames'
    (root / 'sub').mkdir(parents=True)
    cv2.imwrite(str(root / 'a.png'), SCENES(0).image)
    cv2.imwrite(str(root / 'sub/a.tif'), SCENES(1).image.astype(np.uint16) * 257)
    cv2.imwritemulti(str(root / 'pages.tiff'), [SCENES(i).image for i in (2, 3)])
    video = cv2.VideoWriter(str(root / 'clip.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 12, (128, 96))
    for index in range(4):
        video.write(cv2.cvtColor(SCENES(index).image, cv2.COLOR_GRAY2BGR))
    video.release()
    (root / 'text.png').write_text('no picture')
    (root / 'cut.png').write_bytes((root / 'a.png').read_bytes()[:500])
    (root / 'notes.txt').write_text('not asked for')
    return root


def rows(out):
    with (out / 'targets.csv').open() as file:
        return list(csv.DictReader(file))


def test_a_mixed_folder(folder, tmp_path, capfd):
    out = tmp_path / 'found'
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main([*command, '--overlay', '--format', 'csv', 'json', 'coco']) == 1
    errors = capfd.readouterr().err
    assert 'text.png' in errors and 'cut.png' in errors and '2 of 6 files failed' in errors
    found = rows(out)
    assert {row['file'] for row in found} <= {'a.png', 'sub/a.tif', 'pages.tiff', 'clip.avi'}
    detector = TargetDetector('mdpnet-nudt-sirst')
    expected = detector(SCENES(1).image.astype(np.uint16) * 257).targets
    of_tif = [row for row in found if row['file'] == 'sub/a.tif']
    assert len(of_tif) == len(expected) > 0
    for row, target in zip(of_tif, expected, strict=True):
        assert float(row['x']) == pytest.approx(target.x, abs=0.05)
        assert float(row['scr']) == pytest.approx(target.scr, rel=0.01)
    assert {row['frame'] for row in found if row['file'] == 'pages.tiff'} <= {'0', '1'}

    listed = json.loads((out / 'targets.json').read_text())
    assert Counter(line['file'] for line in listed) == {
        'a.png': 1, 'sub/a.tif': 1, 'pages.tiff': 2, 'clip.avi': 4,
    }  # fmt: skip
    coco = json.loads((out / 'targets_coco.json').read_text())
    assert len(coco['images']) == 8 and len(coco['annotations']) == len(found)
    assert 'clip.avi#3' in {image['file_name'] for image in coco['images']}

    for name in ('a.png.png', 'sub/a.tif.png', 'pages.tiff.png', 'pages.tiff_1.png'):
        assert cv2.imread(str(out / 'overlays' / name)).shape == (96, 128, 3)
    video = cv2.VideoCapture(str(out / 'overlays/clip.avi.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 4 and video.get(cv2.CAP_PROP_FPS) == 12


def test_a_stopped_run_goes_on(folder, tmp_path, monkeypatch):
    out = tmp_path / 'found'
    for name in ('text.png', 'cut.png'):
        (folder / name).unlink()
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main(command) == 0
    whole = (out / 'targets.csv').read_text()
    record = (out / 'record.jsonl').read_text().splitlines(keepends=True)
    # Cut off in the middle of the video's third frame.
    at = next(i for i, line in enumerate(record) if json.loads(line).get('frame') == 2)
    assert json.loads(record[at])['file'] == 'clip.avi'
    (out / 'record.jsonl').write_text(''.join(record[:at]) + record[at][:20])
    seen = []
    call = TargetDetector._detect
    monkeypatch.setattr(
        TargetDetector, '_detect', lambda self, *args: (seen.append(1), call(self, *args))[1]
    )
    assert main(command) == 0
    assert (out / 'targets.csv').read_text() == whole
    done = {json.loads(line)['file'] for line in record[1:at]} - {'clip.avi'}
    assert done == {'a.png'} and len(seen) == 8 - 1
    seen.clear()
    assert main(command) == 0 and not seen
    assert main([*command, '--threshold', '0.3']) == 2
    assert main([*command, '--threshold', '0.3', '--overwrite']) == 0 and len(seen) == 8


def test_patterns_and_equal_names(folder, tmp_path):
    cv2.imwrite(str(folder / 'sub/a.png'), SCENES(2).image)
    out = tmp_path / 'found'
    assert main(['detect', str(folder / '**/a.png'), '--out', str(out), *MODEL]) == 0
    names = [json.loads(line) for line in (out / 'record.jsonl').read_text().splitlines()][1:]
    assert len({line['file'] for line in names}) == 2 and len(names) == 4
    assert all(line['file'].endswith('a.png') for line in names)


def test_mistakes_have_no_stack_trace(tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    for argument, message in (('absent', 'names no file'), ('empty', 'holds no picture')):
        assert main(['detect', str(tmp_path / argument)]) == 2
        assert message in capsys.readouterr().err
    assert main(['detect', __file__, '--model', 'mdpnet-mars']) == 2
    assert 'no model "mdpnet-mars"' in capsys.readouterr().err


def test_operating_points(folder, tmp_path, capsys):
    """Stored ones, the model's own, and a budget taken from either."""
    curve = {'threshold': [0.1, 0.6, 0.95], 'Pd': [1, 1, 0.5], 'Fa': [1e-4, 1e-5, 1e-6]}
    stored = OperatingPoints(0.9, 'by hand', curve, Confidence(0.5, -2.0))
    point, bad, out = tmp_path / 'point.json', tmp_path / 'bad.json', tmp_path / 'found'
    stored.save(point)
    bad.write_text('{}')
    command = ['detect', str(folder / 'a.png'), '--out', str(out), '--overwrite', *MODEL]
    assert main([*command, '--operating-point', str(bad)]) == 2
    assert 'holds no operating points' in capsys.readouterr().err
    own = OperatingPoints.beside(PACKAGE / 'weights/mdpnet-fine_upright_nudt-sirst-256x256.pth')
    for arguments, points, threshold in (
        (['--operating-point', str(point)], stored, 0.9),
        (['--operating-point', str(point), '--fa-budget', '2e-5'], stored, 0.6),
        ([], own, 0.5),
        (['--fa-budget', '1e-4'], own, own.threshold_for(1e-4)),
        (['--threshold', '0.3'], own, 0.3),
    ):
        assert main([*command, *arguments]) == 0
        settings = json.loads((out / 'record.jsonl').read_text().splitlines()[0])['settings']
        assert settings['threshold'] == threshold, arguments
        found = rows(out)
        expected = TargetDetector(
            'mdpnet-nudt-sirst', threshold=threshold, operating_points=points
        )(folder / 'a.png').targets
        assert len(found) == len(expected) > 0
        for row, target in zip(found, expected, strict=True):
            assert float(row['confidence']) == pytest.approx(target.confidence, abs=1e-5)
    assert main([*command, '--operating-point', str(point), '--fa-budget', '1e-7']) == 2
    assert 'no threshold keeps a false-alarm rate of 1e-07' in capsys.readouterr().err

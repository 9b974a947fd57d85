"""`mdpnet detect` on pictures, a video and files that are none."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter

import av
import cv2
import numpy as np
import pytest
from drawn_videos import write_video
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mdp_plugin.cli import main
from mdp_plugin.detection import TargetDetector
from mdp_plugin.evaluation.functional import Confidence
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.project_files import PACKAGE
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128)), seed=1)
MODEL = ('--model', 'mdpnet-nudt-sirst', '--threads', '1')
#: Starts without PyTorch.
EXPORTED = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
LIGHT = ('--model', str(EXPORTED), '--threads', '1', '--threshold', '0.5')


@pytest.fixture
def folder(tmp_path):
    """Three pictures, one of them of 16 bit and one of two pages, a video and two bad files."""
    root = tmp_path / 'frames'
    (root / 'sub').mkdir(parents=True)
    cv2.imwrite(str(root / 'a.png'), SCENES(0).image)
    cv2.imwrite(str(root / 'sub/a.tif'), SCENES(1).image.astype(np.uint16) * 257)
    cv2.imwritemulti(str(root / 'pages.tiff'), [SCENES(i).image for i in (2, 3)])
    write_video(root / 'clip.avi', [SCENES(index).image for index in range(4)])
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
    assert main([*command, '--overlay', '--format', 'csv', 'json']) == 1
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
    times = [line['seconds'] for line in listed if line['file'] == 'clip.avi']
    assert times == [0, 0.083333, 0.166667, 0.25]
    assert {line['seconds'] for line in listed if line['file'] != 'clip.avi'} == {None}
    assert {row['seconds'] for row in found if row['file'] == 'a.png'} <= {''}

    for name in ('a.png.png', 'sub/a.tif.png', 'pages.tiff.png', 'pages.tiff_1.png'):
        assert cv2.imread(str(out / 'overlays' / name)).shape == (96, 128, 3)
    video = cv2.VideoCapture(str(out / 'overlays/clip.avi.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 4 and video.get(cv2.CAP_PROP_FPS) == 12


def test_coco_is_what_pycocotools_takes(folder, tmp_path, capfd):
    out = tmp_path / 'found'
    command = ['detect', str(folder), '--out', str(out), *MODEL]
    assert main([*command, '--format', 'csv', 'coco']) == 1
    found = rows(out)
    ours = COCO(str(out / 'targets_coco.json'))
    ours.info()
    assert 'mdpnet detect' in capfd.readouterr().out
    names = {image['file_name']: image for image in ours.loadImgs(ours.getImgIds())}
    assert len(names) == 8 and {'clip.avi#3', 'a.png', 'pages.tiff#0'} <= names.keys()
    assert names['clip.avi#3']['seconds'] == 0.25
    results = ours.loadRes(str(out / 'targets_coco_results.json'))
    assert len(results.anns) == len(ours.anns) == len(found) > 0
    for target, row in zip(results.anns.values(), found, strict=True):
        assert target['bbox'] == [int(row[key]) for key in ('left', 'top', 'width', 'height')]
        assert target['score'] == float(row['confidence'] or row['peak'])
    # Against itself everything is found.
    scores = COCOeval(ours, results, 'bbox')
    scores.evaluate()
    scores.accumulate()
    scores.summarize()
    assert scores.stats[0] == pytest.approx(1)


def test_a_damaged_file_fails_until_it_is_whole(folder, tmp_path, capfd):
    """A video and pages that end early are named, not listed, and tried again."""
    out = tmp_path / 'found'
    for name in ('text.png', 'cut.png'):
        (folder / name).unlink()
    cv2.imwritemulti(str(folder / 'pages.tiff'), [SCENES(i).image for i in range(6)])
    whole = {name: (folder / name).read_bytes() for name in ('pages.tiff', 'clip.avi')}
    for name, content in whole.items():
        (folder / name).write_bytes(content[: len(content) // 2])
    command = ['detect', str(folder), '--out', str(out), *MODEL, '--overlay', '--format', 'json']
    for _ in range(2):
        assert main(command) == 1
        errors = capfd.readouterr().err
        assert 'pages.tiff: ' in errors and 'clip.avi: ' in errors
        assert '2 of 4 files failed' in errors
        listed = json.loads((out / 'targets.json').read_text())
        assert {line['file'] for line in listed} == {'a.png', 'sub/a.tif'}
        assert not list((out / 'overlays').glob('clip*'))
    for name, content in whole.items():
        (folder / name).write_bytes(content)
    assert main(command) == 0
    listed = json.loads((out / 'targets.json').read_text())
    assert Counter(line['file'] for line in listed)['pages.tiff'] == 6
    assert '2 of 4 files done before' in capfd.readouterr().out


def test_a_deep_video_gives_what_its_pictures_give(tmp_path):
    """14-bit counts in a video of 16 bit, seen through --white-level."""
    counts = [(SCENES(index).image.astype(np.uint16) << 6) + 31 for index in range(3)]
    write_video(tmp_path / 'clip.mkv', counts)
    (tmp_path / 'pictures').mkdir()
    for index, frame in enumerate(counts):
        cv2.imwrite(str(tmp_path / f'pictures/{index}.png'), frame)
    tables = []
    for name in ('clip.mkv', 'pictures'):
        command = ['detect', str(tmp_path / name), '--out', str(tmp_path / f'of_{name}'), *MODEL]
        assert main([*command, '--white-level', '16383', '--format', 'json']) == 0
        lines = json.loads((tmp_path / f'of_{name}/targets.json').read_text())
        tables.append([line['targets'] for line in lines])
    assert tables[0] == tables[1] and sum(map(len, tables[0])) > 0


def test_overlays_keep_times_and_odd_sizes(tmp_path):
    pictures = [SCENES(index).image[:95, :127] for index in range(5)]
    times = [0, 0.04, 0.5, 0.52, 1.5]
    write_video(tmp_path / 'clip.mkv', pictures, seconds=times)
    out = tmp_path / 'found'
    command = ['detect', str(tmp_path / 'clip.mkv'), '--out', str(out), *MODEL, '--overlay']
    assert main([*command, '--format', 'json']) == 0
    lines = json.loads((out / 'targets.json').read_text())
    assert [line['seconds'] for line in lines] == times
    with av.open(str(out / 'overlays/clip.mkv.mp4')) as video:
        frames = list(video.decode(video=0))
        assert video.streams.video[0].codec_context.name == 'h264'
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1e-3)
    assert {(frame.height, frame.width) for frame in frames} == {(96, 128)}
    assert {frame.format.name for frame in frames} == {'yuv420p'}


def test_without_pyav_pictures_are_read_and_videos_named(folder, tmp_path, project_root):
    for name in ('text.png', 'cut.png'):
        (folder / name).unlink()
    command = ['detect', str(folder), '--out', str(tmp_path / 'found'), '--overlay', *LIGHT]
    code = f"""
import sys
sys.modules['av'] = None
from mdp_plugin.cli import main
sys.exit(main({command}))
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert 'clip.avi: videos are read and written by PyAV: pip install -e ".[video]"' in done.stderr
    assert '1 of 4 files failed' in done.stderr and 'Traceback' not in done.stderr
    assert (tmp_path / 'found/overlays/pages.tiff_1.png').is_file()


def test_natural_order_and_each_file_once(tmp_path):
    root = tmp_path / 'frames'
    root.mkdir()
    for index in (10, 2, 1):
        cv2.imwrite(str(root / f'frame{index}.png'), SCENES(index).image)
    inputs = [str(root), str(root / 'frame2.png'), str(root / 'frame1*.png')]
    assert main(['detect', *inputs, '--out', str(root / 'found'), *MODEL, '--format', 'json']) == 0
    listed = json.loads((root / 'found/targets.json').read_text())
    assert [line['file'] for line in listed] == ['frame1.png', 'frame2.png', 'frame10.png']


def test_patterns_and_equal_names(folder, tmp_path):
    cv2.imwrite(str(folder / 'sub/a.png'), SCENES(2).image)
    out = tmp_path / 'found'
    command = ['detect', str(folder / '**/a.png'), '--out', str(out), *MODEL, '--format', 'json']
    assert main(command) == 0
    listed = json.loads((out / 'targets.json').read_text())
    assert [line['file'] for line in listed] == ['a.png', 'sub/a.png']


def test_names_lead_nowhere_else(tmp_path, monkeypatch):
    """Two folders of equal names, named from below: overlays stay in their folder."""
    for name in ('a', 'b', 'here'):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / '1.png'), SCENES(len(name)).image)
    monkeypatch.chdir(tmp_path / 'here')
    assert main(['detect', '../a', '../b', '--out', 'found', '--overlay', *MODEL]) == 0
    drawn = (tmp_path / 'here/found/overlays').rglob('*.png')
    names = {path.relative_to(tmp_path / 'here/found/overlays').as_posix() for path in drawn}
    assert names == {'a/1.png.png', 'b/1.png.png'}
    assert len(list(tmp_path.rglob('*.png'))) == 5


@pytest.mark.skipif(sys.platform == 'win32', reason='names there are text')
def test_names_of_any_bytes(tmp_path):
    root = os.fsencode(tmp_path / 'frames')
    os.mkdir(root)
    cv2.imwrite(str(tmp_path / 'a.png'), SCENES(1).image)
    write_video(tmp_path / 'a.mkv', [SCENES(1).image] * 2)
    for name in (b'\xff\xfe.png', b'line\nbreak, "quoted".png', b'\xe2\x82\xac.png'):
        shutil.copy(tmp_path / 'a.png', os.path.join(root, name))
    shutil.copy(tmp_path / 'a.mkv', os.path.join(root, b'\xf0\x28.mkv'))
    out = tmp_path / 'found'
    command = ['detect', str(tmp_path / 'frames'), '--out', str(out), *LIGHT, '--overlay']
    for count in (0, 4):
        done = subprocess.run(
            [sys.executable, '-m', 'mdp_plugin.cli', *command, '--format', 'csv', 'json', 'coco'],
            capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert (f'{count} of 4 files done before' in done.stdout) == bool(count)
        names = {row['file'] for row in rows(out)}
        assert names == {
            r'\udcff\udcfe.png', 'line\nbreak, "quoted".png', '\u20ac.png', r'\udcf0(.mkv'
        }  # fmt: skip
        listed = json.loads((out / 'targets.json').read_text())
        assert os.fsdecode(b'\xff\xfe.png') in {line['file'] for line in listed}
        assert len(COCO(str(out / 'targets_coco.json')).imgs) == 5
        assert len(list((out / 'overlays').iterdir())) == 4


def test_mistakes_have_no_stack_trace(tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    for argument, message in (('absent', 'names no file'), ('empty', 'holds no picture')):
        assert main(['detect', str(tmp_path / argument)]) == 2
        assert message in capsys.readouterr().err
    assert main(['detect', __file__, '--model', 'mdpnet-mars']) == 2
    assert 'no model "mdpnet-mars"' in capsys.readouterr().err


def test_operating_points(folder, tmp_path, capsys):
    """Stored ones, the model's own, and a budget taken from either."""
    curve = {
        'threshold': [0.1, 0.6, 0.95],
        'Pd': [1, 1, 0.5],
        'Fa': [1e-4, 1e-5, 1e-6],
        'FPPI': [2, 0.5, 0],
    }
    stored = OperatingPoints(0.9, 'by hand', curve, Confidence(0.5, -2.0), frames=40)
    point, bad, out = tmp_path / 'point.json', tmp_path / 'bad.json', tmp_path / 'found'
    stored.save(point)
    bad.write_text('{}')
    command = ['detect', str(folder / 'a.png'), '--out', str(out), '--overwrite', *MODEL]
    assert main([*command, '--operating-point', str(bad)]) == 2
    assert 'holds no operating points' in capsys.readouterr().err
    own = OperatingPoints.beside(PACKAGE / 'weights/mdpnet-fine_upright_nudt-sirst-256x256.pth')
    for arguments, points, threshold in (
        (['--operating-point', str(point)], stored, 0.9),
        (['--operating-point', str(point), '--false-alarms', '2e-5/pixel'], stored, 0.6),
        (['--operating-point', str(point), '--false-alarms', '1/frame'], stored, 0.6),
        ([], own, 0.5),
        (['--false-alarms', '0.5/frame'], own, own.threshold_for('0.5/frame')),
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
    assert main([*command, '--operating-point', str(point), '--false-alarms', '1e-7/pixel']) == 2
    assert 'no threshold keeps 1e-07/pixel on by hand' in capsys.readouterr().err
    assert main([*command, '--threshold', '0.3', '--false-alarms', '1/frame']) == 2
    assert 'both choose the threshold' in capsys.readouterr().err
    assert main([*command, '--operating-point', str(point), '--false-alarms', '0.01/frame']) == 0
    told = capsys.readouterr().err
    assert '0 false targets in 40 frames, which shows 0.0749 a frame or fewer' in told


def test_an_hour_has_the_frames_of_the_video(tmp_path, capsys):
    curve = {'threshold': [0.1, 0.6, 0.95], 'Fa': [0, 0, 0], 'FPPI': [0.02, 0.01, 0.0]}
    OperatingPoints(0.9, 'by hand', curve, None, 40).save(tmp_path / 'point.json')
    drawn = [np.full((64, 64), level, np.uint8) for level in (90, 100)]
    write_video(tmp_path / 'slow.avi', drawn, rate=10)
    write_video(tmp_path / 'fast.avi', drawn, rate=30)
    cv2.imwrite(str(tmp_path / 'a.png'), drawn[0])
    common = ['--operating-point', str(tmp_path / 'point.json'), '--model', str(EXPORTED)]
    common += ['--out', str(tmp_path / 'found'), '--overwrite']

    def detect(*arguments):
        status = main(['detect', *arguments, *common])
        record = tmp_path / 'found/record.jsonl'
        if status == 0:
            return json.loads(record.read_text().splitlines()[0])['settings']['threshold']
        return capsys.readouterr().err

    # 0.01 a frame are 360 an hour at 10 frames a second, and 1080 at 30.
    for video, rate, threshold in (
        ('slow', 360, 0.6), ('slow', 359, 0.95), ('fast', 1080, 0.6), ('fast', 400, 0.95),
    ):  # fmt: skip
        name = str(tmp_path / f'{video}.avi')
        assert detect(name, '--false-alarms', f'{rate}/hour') == threshold
    both = [str(tmp_path / name) for name in ('fast.avi', 'slow.avi')]
    words = '"fast.avi" has 30 frames a second and "slow.avi" 10; say with --frame-rate'
    assert words in detect(*both, '--false-alarms', '400/hour')
    assert detect(*both, '--false-alarms', '400/hour', '--frame-rate', '10') == 0.6
    picture = str(tmp_path / 'a.png')
    assert '400/hour needs the number of frames' in detect(picture, '--false-alarms', '400/hour')

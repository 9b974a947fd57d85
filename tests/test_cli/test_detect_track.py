"""`mdpnet detect --track` on drawn spots: videos, TIFFs of several pages and folders of frames."""

import csv
import json
import subprocess
import sys
from collections import defaultdict

import cv2
import numpy as np
import pytest
from drawn_tracks import SIZE, draw_frames, straight
from drawn_videos import write_video
from pycocotools.coco import COCO

from mdp_plugin.cli import main
from mdp_plugin.detection import TargetDetector, Tracking
from mdp_plugin.project_files import PACKAGE

#: Starts without PyTorch.
EXPORTED = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
MODEL = ('--model', str(EXPORTED), '--threads', '1', '--threshold', '0.5')
#: A target, one with a gap, and a spot of one frame.
GAP = range(6, 10)
PATHS = (
    straight(20, 20),
    straight(100, 75, -1.5, -0.4, without=GAP),
    straight(60, 40, 0, 0, frames=[4]),
)
FRAMES = list(draw_frames(14, PATHS))


def detect(out, *arguments):
    return main(['detect', *map(str, arguments), '--out', str(out), *MODEL])


def rows(out):
    with (out / 'targets.csv').open(newline='') as file:
        return list(csv.DictReader(file))


def frames_of_tracks(found):
    """Frames of each track, by its number."""
    frames = defaultdict(list)
    for row in found:
        frames[row['track_id']].append(int(row['frame']))
    return dict(frames)


def write_numbered(folder, frames):
    folder.mkdir(parents=True)
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f'{index}.png'), frame)
    return folder


def test_a_video_in_all_tables_and_overlays(tmp_path, capsys):
    video, out = write_video(tmp_path / 'clip.avi', FRAMES), tmp_path / 'found'
    assert detect(out, video, '--track', '--overlay', '--format', 'csv', 'json', 'coco') == 0
    assert '24 targets in 14 frames, 2 tracks' in capsys.readouterr().out
    # From their first frame on, over the gap, and without the spot of one frame.
    kept = [frame for frame in range(14) if frame not in GAP]
    assert frames_of_tracks(rows(out)) == {'1': list(range(14)), '2': kept}
    listed = json.loads((out / 'targets.json').read_text())
    assert [len(line['targets']) for line in listed] == [1 if i in GAP else 2 for i in range(14)]
    assert {line['sequence'] for line in listed} == {'clip.avi'}
    coco = COCO(str(out / 'targets_coco.json'))
    assert coco.dataset['videos'] == [{'id': 1, 'name': 'clip.avi'}]
    assert [image['frame_index'] for image in coco.dataset['images']] == list(range(14))
    of_second = [a for a in coco.dataset['annotations'] if a['track_id'] == 2]
    assert [a['image_id'] - 1 for a in of_second] == kept
    assert {a['video_id'] for a in of_second} == {1}
    overlay = cv2.VideoCapture(str(out / 'overlays/clip.avi.mp4'))
    assert overlay.get(cv2.CAP_PROP_FRAME_COUNT) == 14

    # Without --track all is reported, and nothing has a number.
    assert detect(tmp_path / 'all', video, '--format', 'csv', 'coco') == 0
    assert [row['track_id'] for row in rows(tmp_path / 'all')] == [''] * 25
    plain = json.loads((tmp_path / 'all/targets_coco.json').read_text())
    assert 'videos' not in plain and 'track_id' not in plain['annotations'][0]


def test_the_number_is_drawn(tmp_path):
    folder = write_numbered(tmp_path / 'frames', FRAMES[:3])
    for name, options in (('plain', ()), ('tracked', ('--track', '--confirm', '1/1'))):
        assert detect(tmp_path / name, folder, '--overlay', *options) == 0
    plain, tracked = (
        cv2.imread(str(tmp_path / name / 'overlays/1.png.png')) for name in ('plain', 'tracked')
    )
    assert plain.shape == tracked.shape == (*SIZE, 3)
    green = [(picture == (90, 220, 90)).all(axis=2).sum() for picture in (plain, tracked)]
    assert green[1] > green[0]


def test_pages_and_folders_are_sequences_as_videos_are(tmp_path):
    pages, out = tmp_path / 'pages.tif', tmp_path / 'found'
    cv2.imwritemulti(str(pages), FRAMES)
    folder = write_numbered(tmp_path / 'in/night', FRAMES)
    write_numbered(tmp_path / 'in/day', FRAMES[::-1])
    expected = [
        [(target.x, target.track_id) for target in found.targets]
        for found in TargetDetector(EXPORTED, threshold=0.5).track(FRAMES)
    ]
    inputs = (pages, tmp_path / 'in')
    assert detect(out, *inputs, '--track', '--overlay', '--format', 'csv', 'coco') == 0
    found = rows(out)
    by_file = defaultdict(list)
    for row in found:
        number = (
            int(row['frame'])
            if row['file'] == 'pages.tif'
            else int(row['file'][:-4][-2:].strip('/'))
        )
        by_file[row['file'].partition('/')[0], number].append(
            (pytest.approx(float(row['x'])), int(row['track_id']))
        )
    for index, targets in enumerate(expected):
        assert targets == by_file['pages.tif', index] == by_file['night', index]
    # Pictures keep their own names, frame 10 after frame 2, and each file its own numbers.
    assert {row['frame'] for row in found if row['file'].startswith('night')} == {'0'}
    assert {row['track_id'] for row in found if row['file'].startswith('day')} == {'1', '2'}
    assert (out / 'overlays/night/10.png.png').is_file()
    coco = json.loads((out / 'targets_coco.json').read_text())
    assert [video['name'] for video in coco['videos']] == ['pages.tif', 'day', 'night']
    names = [image['file_name'] for image in coco['images'] if image['video_id'] == 3]
    assert names == [f'night/{index}.png' for index in range(14)]
    # The order of the command line is not that of time.
    again = tmp_path / 'again'
    assert detect(again, *sorted(folder.iterdir(), reverse=True), '--track') == 0
    assert [row['x'] for row in rows(again)] == [
        row['x'] for row in found if row['file'].startswith('night')
    ]


def test_a_stopped_run_begins_the_sequence_anew(tmp_path):
    folder = write_numbered(tmp_path / 'in/a', FRAMES)
    write_video(tmp_path / 'in/clip.avi', FRAMES)
    out = tmp_path / 'found'
    assert detect(out, tmp_path / 'in', '--track') == 0
    table, record = (out / 'targets.csv').read_text(), (out / 'record.jsonl').read_bytes()
    lines = record.splitlines(keepends=True)
    for keep in (9, len(lines) - 3):  # in the folder, and in the video
        (out / 'record.jsonl').write_bytes(b''.join(lines[:keep])[:-5])
        assert detect(out, tmp_path / 'in', '--track') == 0
        assert (out / 'targets.csv').read_text() == table
        assert (out / 'record.jsonl').read_bytes() == record
    # A frame more makes another sequence of it.
    cv2.imwrite(str(folder / '14.png'), FRAMES[13])
    assert detect(out, tmp_path / 'in', '--track') == 0
    assert 'a/14.png' in {row['file'] for row in rows(out)}


def test_results_of_other_settings_are_not_mixed(tmp_path, capsys):
    video, out = write_video(tmp_path / 'clip.avi', FRAMES), tmp_path / 'found'
    assert detect(out, video) == 0
    assert detect(out, video, '--track') == 2
    assert 'tracking: None, now' in capsys.readouterr().err
    assert detect(out, video, '--track', '--overwrite') == 0 and len(rows(out)) == 24
    assert detect(out, video, '--track', '--confirm', '1/1') == 2
    assert detect(out, video, '--track', '--confirm', '1/1', '--overwrite') == 0
    assert len(rows(out)) == 25


def test_a_damaged_frame_and_one_of_another_size_fail_their_sequence_alone(tmp_path, capfd):
    write_numbered(tmp_path / 'in/good', FRAMES[:4])
    (write_numbered(tmp_path / 'in/torn', FRAMES[:4]) / '2.png').write_text('no picture')
    other = write_numbered(tmp_path / 'in/other', FRAMES[:4])
    cv2.imwrite(str(other / '3.png'), FRAMES[3][:64])
    assert detect(tmp_path / 'found', tmp_path / 'in', '--track') == 1
    errors = capfd.readouterr().err
    assert 'torn/2.png' in errors and 'other: frame 3 is of 64x128 pixels' in errors
    assert {row['file'].partition('/')[0] for row in rows(tmp_path / 'found')} == {'good'}


def test_sequences_that_are_too_short_are_named(tmp_path, capsys):
    folder = write_numbered(tmp_path / 'frames', FRAMES[:2])
    assert detect(tmp_path / 'found', folder, '--track') == 0
    said = capsys.readouterr()
    assert '0 targets in 2 frames, 0 tracks' in said.out
    assert 'in 1 of 1 sequence nothing can be confirmed: fewer than 3 frames' in said.err


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (('--track', '--confirm', '5/3'), '1 <= M <= N <= 50, got 5 of 3'),
        (('--track', '--confirm', '0/3'), 'got 0 of 3'),
        (('--track', '--confirm', '3/51'), 'got 3 of 51'),
        (('--track', '--confirm', 'three'), "written M/N, such as 3/5 for 3 of 5 frames: 'three'"),
        (('--track', '--confirm', '3/5/7'), 'written M/N'),
        (('--track', '--radius', '0'), 'radius must be a number of pixels above 0, got 0.0'),
        (('--track', '--radius', 'nan'), 'radius must be'),
        (('--track', '--coast', '-1'), 'coast must be 0 to 10000 frames, got -1'),
        (('--track', '--coast', '9' * 400), 'coast must be 0 to 10000 frames, got 9'),
        (('--confirm', '3/5'), '--confirm is for sequences; add --track'),
        (('--radius', '7'), '--radius is for sequences; add --track'),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, options, said):
    folder = write_numbered(tmp_path / 'frames', FRAMES[:1])
    assert detect(tmp_path / 'found', folder, *options) == 2
    error = capsys.readouterr().err
    assert said in error and error.count('\n') == 1


def test_the_missing_library_is_named_before_anything_is_done(tmp_path, project_root):
    folder = write_numbered(tmp_path / 'frames', FRAMES[:1])
    code = f"""
import sys
sys.modules['trackers'] = sys.modules['supervision'] = None
from mdp_plugin.cli import main
command = ['detect', {str(folder)!r}, '--out', {str(tmp_path / 'found')!r}, *{MODEL!r}]
assert main(command) == 0
sys.exit(main([*command[:-2], '--overwrite', '--track']))
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert 'made by the package trackers: pip install -e ".[track]"' in done.stderr
    assert 'Traceback' not in done.stderr and (tmp_path / 'found/targets.csv').is_file()


def test_times_of_a_video_bridge_frames_that_a_camera_left_out(tmp_path):
    """Four frames are missing: the target is 20 pixels further on, where it is expected."""
    taken = [index for index in range(14) if index not in range(5, 9)]
    frames = list(draw_frames(14, [straight(20, 30, 5, 0)]))
    kept = [frames[index] for index in taken]
    timed = write_video(tmp_path / 'timed.mkv', kept, seconds=[index / 12 for index in taken])
    even = write_video(tmp_path / 'even.mkv', kept)
    for video, tracks in ((timed, {1}), (even, {1, 2})):
        found = TargetDetector(EXPORTED).track(video, Tracking(radius=8))
        assert {target.track_id for frame in found for target in frame.targets} == tracks


def test_python_takes_what_the_command_takes(tmp_path):
    detector = TargetDetector(EXPORTED)
    folder = write_numbered(tmp_path / 'in/a', FRAMES)
    inputs = [folder, write_video(tmp_path / 'clip.avi', FRAMES), FRAMES]
    found = [[frame.targets for frame in detector.track(frames)] for frames in inputs]
    assert found[0] == found[2] and len(found[0]) == 14
    numbers = [[[target.track_id for target in frame] for frame in run] for run in found]
    assert numbers[0] == numbers[1] == numbers[2]
    write_numbered(tmp_path / 'in/b', FRAMES[:2])
    with pytest.raises(ValueError, match='holds 2 sequences; name one of them'):
        next(detector.track(tmp_path / 'in'))
    with pytest.raises(ValueError, match='frame 1 is of 64x128 pixels'):
        list(detector.track([FRAMES[0], FRAMES[1][:64]]))
    with pytest.raises(FileNotFoundError):
        next(detector.track(tmp_path / 'nothing'))
    assert np.array_equal(next(detector.track(FRAMES)).mask, detector(FRAMES[0]).mask)

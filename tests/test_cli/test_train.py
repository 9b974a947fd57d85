"""`mdpnet train` goes from a folder to a detector, and says in a sentence why it does not."""

import csv
import json
import logging
import re
import shlex

import cv2
import numpy as np
import pytest
from drawn_camera import draw_frames, write_coco, write_masks, write_points
from mmengine.logging import MMLogger

from mdp_plugin.camera.dataset import read_camera
from mdp_plugin.camera.layout import read_layout
from mdp_plugin.cli import main
from mdp_plugin.deploy import load_exported
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.imaging.grey_levels import GreyLevels
from mdp_plugin.imaging.picture_files import decode_image

QUICK = ('--epochs', '2', '--from', 'mdpnet-fast')


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def lines_of(path):
    return path.read_text().split()


def test_from_a_folder_of_14_bits_to_a_detector(tmp_path, capsys):
    camera = tmp_path / 'my camera'
    write_masks(camera, draw_frames(camera, depth=16))
    out = tmp_path / 'work_dirs/my_camera'
    command = ['train', str(camera), *QUICK]
    assert main(command) == 0
    said = capsys.readouterr()
    assert '18 frames; recordings: 3 (night1, night2, night3)' in said.out
    assert 'uint16, 14 bits in use' in said.out and '3 frames without any' in said.out
    assert 'here for 2 epochs' in said.out and 'epoch 2 of 2: val nIoU' in said.err
    # No recording is in two parts.
    parts = [{n[:6] for n in lines_of(out / f'splits/{p}.txt')} for p in ('train', 'val', 'test')]
    assert sorted(map(len, parts)) == [1, 1, 1] and len(set.union(*parts)) == 3

    # As if it had been stopped in its second epoch: the same command goes on.
    for file in (*(out / 'run').glob('*.pth'), out / 'my_camera.onnx'):
        if file.name != 'epoch_1.pth':
            file.unlink()
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.out.startswith('going on with') and 'epoch 2 of 2: val nIoU' in again.err
    # The log has what the terminal has not.
    assert len((again.out + again.err).splitlines()) < 60
    (log,) = sorted((out / 'run').glob('*/*.log'))[-1:]
    assert 'System environment' in log.read_text() and 'resumed epoch: 1' in log.read_text()
    # It is closed: a process that goes on, such as a notebook, writes nothing more into it.
    handlers = MMLogger.get_current_instance().handlers
    assert not [handler for handler in handlers if isinstance(handler, logging.FileHandler)]
    points = OperatingPoints.load(out / 'run/my_camera.operating_points.json')
    assert points.data == 'my_camera val, 6 images'
    assert 'night' in (out / 'report.html').read_text()

    (command,) = re.findall(r'^  mdpnet (detect .*)$', again.out, re.M)
    command = command.replace('NEW_FRAMES', shlex.quote(str(camera / 'images')))
    assert main([*shlex.split(command), '--threshold', '0.001']) == 0
    with (out / 'found/targets.csv').open() as file:
        assert all(row['confidence'] for row in csv.DictReader(file))
    # With other options it is another training.
    assert main(['train', str(camera), *QUICK, '--seed', '1']) == 2
    assert 'begun with other options (seed 0, now 1)' in capsys.readouterr().err


def test_polygons_of_8_bits_in_folders_give_a_network(tmp_path, capsys):
    camera = tmp_path / 'camera'
    masks = draw_frames(camera)
    for name in masks:  # a folder for each recording
        (camera / name[:6]).mkdir(exist_ok=True)
        (camera / 'images' / name).rename(camera / name[:6] / f'{name[7:10]}.png')
    masks = {f'{name[:6]}/{name[7:10]}.png': mask for name, mask in masks.items()}
    write_coco(camera, masks)
    options = ['--epochs', '1', '--from', 'mdpnet-fast', '--amp', 'off', '--out', 'out']
    assert main(['train', str(camera), *options]) == 0
    for name, mask in masks.items():
        assert np.array_equal(cv2.imread(f'out/masks/{name}', -1), mask), name
    about = load_exported('out/camera.onnx', threads=1).metadata
    assert about.frame_type == 'uint8' and about.native and about.operating_points
    assert re.search(r'num_images \| +6 ', capsys.readouterr().out)


def test_points_become_masks(tmp_path, capsys):
    masks = draw_frames(tmp_path / 'camera')
    points = write_points(tmp_path, masks)
    options = ['--annotations', str(points), '--dry-run']
    assert main(['train', 'camera', *options]) == 0
    assert '15 points became masks of' in capsys.readouterr().out
    data = read_camera(read_layout(tmp_path / 'camera', points), GreyLevels())
    for name, mask in masks.items():
        grown = decode_image(data.masks[name[:-4]], name) > 0
        assert grown.any() == mask.any()
        assert not mask.any() or (grown & (mask > 0)).sum() > 0.5 * grown.sum(), name
    # A black-hot camera shows the same targets darkest.
    for file in (tmp_path / 'camera').rglob('*.png'):
        frame = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), np.iinfo(frame.dtype).max - frame)
    dark = read_camera(read_layout(tmp_path / 'camera', points), GreyLevels(polarity='black-hot'))
    assert dark.masks == data.masks


def test_a_dry_run_shows_everything_and_writes_nothing(tmp_path, capsys):
    camera = tmp_path / 'camera'
    write_masks(camera, draw_frames(camera), 'images/{}_mask.png')
    options = ['--dry-run', '--white-level', '200', '--test', 'night2', '--epochs', '7']
    assert main(['train', str(camera), *options]) == 0
    said = capsys.readouterr().out
    assert (
        'test as given' in said and 'test: 6 frames, 5 targets (night2_006 to night2_011)' in said
    )
    assert 'white_level=200.0' in said and 'max_epochs=7' in said
    assert "config_file('mdpnet/mdpnet-fine_cameras-512x640.py')" in said
    assert 'python tools/train.py' in said and 'mdpnet export' in said
    assert not (tmp_path / 'work_dirs').exists()


def test_one_recording_is_cut_with_a_gap(tmp_path, capsys):
    camera = tmp_path / 'camera'
    write_masks(camera, draw_frames(camera, 20, recordings=1))
    assert main(['train', str(camera), '--dry-run']) == 0
    said = capsys.readouterr().out
    assert 'cut into blocks of time (frames left out between two: 1)' in said
    assert 'train: 10 frames' in said and 'night1_000 to night1_009' in said
    assert 'night1_011 to night1_014' in said and 'night1_016 to night1_019' in said


def no_masks(camera, masks):
    pass


def other_size(camera, masks):
    write_masks(camera, {name: mask[:-1] for name, mask in masks.items()})


def empty_masks(camera, masks):
    write_masks(camera, {name: mask * 0 for name, mask in masks.items()})


def pictures_as_masks(camera, masks):
    for name in masks:
        image = cv2.imread(str(camera / 'images' / name), -1)
        write_masks(camera, {name: image})


def too_few_frames(camera, masks):
    write_masks(camera, masks)
    for file in sorted(camera.glob('*/*.png')):
        if not file.stem.startswith('night1'):
            file.unlink()


def colours(camera, masks):
    write_masks(camera, masks)
    name = str(camera / 'images/night2_007.png')
    cv2.imwrite(name, cv2.applyColorMap(cv2.imread(name, 0), cv2.COLORMAP_JET))


def names_that_do_not_pair(camera, masks):
    write_masks(camera, masks)
    (camera / 'masks/night2_007.png').rename(camera / 'masks/other.png')


def damaged(camera, masks):
    write_masks(camera, masks)
    file = camera / 'images/night2_007.png'
    file.write_bytes(file.read_bytes()[:-30])


def two_answers(camera, masks):
    write_masks(camera, masks)
    write_coco(camera, masks)


def missing_frames(camera, masks):
    file = write_coco(camera, masks)
    file.write_text(file.read_text().replace('night2_007', 'gone_7'))


def no_coco(camera, masks):
    (camera / 'labels.json').write_text('[]')


def outside(camera, masks):
    file = write_points(camera, masks)
    file.write_text(file.read_text() + 'night2_007.png,64,3\n')


def unknown_point(camera, masks):
    file = write_points(camera, masks)
    file.write_text(file.read_text() + 'gone_7,3,3\n')


def no_points(camera, masks):
    (camera / 'points.csv').write_text('a,b\n1,2\n')


def full_folder(camera, masks):
    write_masks(camera, masks)
    (camera.parent / 'out').mkdir()
    (camera.parent / 'out/notes.txt').write_text('mine')


@pytest.mark.parametrize(
    ('prepare', 'options', 'message'),
    [
        (no_masks, [], 'holds 18 frames and no masks. Expected are a folder masks/'),
        (other_size, [], r'masks/night1_000.png" is 64x63, its frame .* 64x64 \(width x height\)'),
        (empty_masks, [], 'all masks of .* are empty'),
        (pictures_as_masks, [], 'night1_000.png" is no mask'),
        (too_few_frames, [], 'holds 6 frames with known targets; 12 can be split'),
        (colours, [], 'night2_007.png" is a colour picture'),
        (
            names_that_do_not_pair,
            [],
            '1 of 18 frames without a mask: night2_007.png. 1 of 18 masks without a frame: other.p',
        ),
        (damaged, [], 'cannot read ".*night2_007.png"'),
        (two_answers, [], 'holds 18 masks and "labels.json"; --annotations says which'),
        (missing_frames, [], 'labels.json" names 1 frame that .* does not hold: gone_7.png'),
        (no_coco, [], 'labels.json" is no COCO file: it needs'),
        (outside, [], r'points.csv", line 17: the point \(64, 3\) lies outside of "night2_007'),
        (unknown_point, [], r'names 1 frame that .* does not hold: gone_7 \(line 17\)'),
        (no_points, [], 'points.csv" is no table of points: its first line must be name,x,y'),
        (full_folder, [], 'out" is not empty; name another folder with --out'),
        (two_answers, ['--annotations', 'camera/masks', '--val', 'dusk'], 'no recording "dusk"'),
        (two_answers, ['--annotations', 'camera/masks', '--val', '0.95'], '--val is a share'),
        (two_answers, ['--annotations', 'nowhere'], 'there is no file or folder "nowhere"'),
        (no_masks, ['--time', 'long'], '--time is a number with s, m or h'),
        (no_masks, ['--epochs', '0'], '--epochs is 1 or more'),
        (two_answers, ['--annotations', 'camera/masks', '--from', 'none'], 'no model "none"'),
    ],
)  # fmt: skip
def test_mistakes(tmp_path, capsys, prepare, options, message):
    camera = tmp_path / 'camera'
    prepare(camera, draw_frames(camera))
    before = sorted((tmp_path / 'out').glob('*'))
    assert main(['train', str(camera), '--out', 'out', *options]) == 2
    said = capsys.readouterr()
    assert re.search(f'^mdpnet train: .*{message}', said.err), said.err
    assert sorted((tmp_path / 'out').glob('*')) == before


def test_what_was_found_on_the_way_is_said(tmp_path, capsys):
    """Boxes without polygons, and frames that the file does not list."""
    camera = tmp_path / 'camera'
    masks = draw_frames(camera)
    file = write_coco(camera, {name: mask for name, mask in masks.items() if name[:6] != 'night3'})
    content = json.loads(file.read_text())
    for annotation in content['annotations']:
        corners = np.concatenate([np.reshape(p, (-1, 2)) for p in annotation['segmentation']])
        low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
        annotation.update(segmentation=[], bbox=[*low, *(high - low)])
    file.write_text(json.dumps(content))
    assert main(['train', str(camera), '--dry-run']) == 0
    said = capsys.readouterr().out
    assert 'left out: 6 frames not in "labels.json"' in said
    assert 'no polygon of 10 boxes' in said
    assert 'recording "night1" is test' in said and '"night2" is cut into blocks' in said

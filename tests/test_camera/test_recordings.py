"""Parts of a split never share a recording, nor neighbouring frames of one."""

from pathlib import Path

import pytest

from mdp_plugin.camera.frames import frame_of, plain_stem
from mdp_plugin.camera.recordings import split_frames

FOLDER = Path('/cam')


def frames_of(**counts):
    """Frames of recordings; a double underscore stands for a folder."""
    files = [
        FOLDER / f'{name.replace("__", "/")}_{index:03d}.png'
        for name, count in counts.items()
        for index in range(count)
    ]
    return [frame_of(file, FOLDER, FOLDER) for file in files]


def split(frames, **options):
    return split_frames(frames, {frame.name: True for frame in frames}, **options)


def test_the_shares_are_kept_by_whole_recordings():
    done = split(frames_of(a=10, b=11, c=9, d=10, e=60))
    names = {part: {frame.recording for frame in group} for part, group in done.parts.items()}
    assert sum(map(len, names.values())) == len(set.union(*names.values())) == 5
    assert all(15 <= len(done.parts[part]) <= 25 for part in ('val', 'test'))


def test_the_seed_alone_decides():
    frames = frames_of(**{f'r{index}x': 10 for index in range(10)})
    assert split(frames, seed=3) == split(frames[::-1], seed=3)
    assert split(frames, seed=3).parts != split(frames, seed=4).parts


def test_folders_called_after_parts_are_taken_as_they_are():
    done = split(frames_of(train__a=20, valid__b=6, test__c=5))
    assert [len(group) for group in done.parts.values()] == [20, 6, 5]
    assert done.how == 'val and test as given'


def test_of_two_recordings_the_smaller_is_the_test():
    done = split(frames_of(a=50, b=20))
    assert {frame.recording for frame in done.parts['test']} == {'b'}
    train, val = ([f.number for f in done.parts[part]] for part in ('train', 'val'))
    assert len(val) == 10 and min(val) - max(train) == 2


def test_parts_without_targets_are_refused():
    frames = frames_of(a=20, b=20, c=20)
    found = {frame.name: frame.recording == 'a' for frame in frames}
    with pytest.raises(ValueError, match='no frame of .* has a target'):
        split_frames(frames, found)


@pytest.mark.parametrize(
    ('name', 'recording', 'number'),
    [
        ('images/0012.png', 'frames', 12),
        ('images/night/0012.png', 'night', 12),
        ('night/images/cam2_run7_0012.png', 'night/cam2_run7', 12),
        ('a.png', 'a', 0),
    ],
)
def test_names_say_which_recording(name, recording, number):
    frame = frame_of(FOLDER / name, FOLDER / 'images' if name[0] == 'i' else FOLDER, FOLDER)
    assert (frame.recording, frame.number) == (recording, number)


def test_words_that_say_what_a_picture_is_do_not_count():
    names = ('mask_0001', '0001_mask', 'img-0001', '0001_pixels0', 'IR_0001_GT', '0001')
    assert {plain_stem(name) for name in names} == {'0001'}
    assert plain_stem('mirror_1') == 'mirror_1'

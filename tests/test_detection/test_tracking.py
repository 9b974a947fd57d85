"""The rule of M in N frames, and what becomes of targets that meet."""

import numpy as np
import pytest

from mdp_plugin.detection import Detection, Target, Tracker, Tracking

EMPTY = np.zeros((64, 200), np.float32)


def follow(frames, *, rate=None, seconds=None, **options):
    """Tracks of each frame, given the places (x, y) of its targets."""
    found = [
        Detection(
            EMPTY, EMPTY > 0, [Target(x, y, (0, 0, 3, 3), 9, 0.9, 0.8) for x, y in places], EMPTY
        )
        for places in frames
    ]
    tracker = Tracker(Tracking(**options), rate)
    seconds = [None] * len(found) if seconds is None else seconds
    followed = list(tracker.follow(zip(found, seconds)))
    assert [time for _, time in followed] == seconds
    return [{target.track_id: (target.x, target.y) for target in d.targets} for d, _ in followed]


def still(pattern):
    """Frames in which a target at one place is found (1) or not (0)."""
    return [[(30.0, 30.0)] if found == '1' else [] for found in pattern]


def reported(pattern, **options):
    """The frames in which the target of a pattern is reported, in the same form."""
    return ''.join('01'[len(frame)] for frame in follow(still(pattern), **options))


@pytest.mark.parametrize(
    ('pattern', 'expected'),
    [
        ('11100000', '11100000'),
        ('10101000', '10101000'),
        ('11000000', '00000000'),
        ('01000000', '00000000'),
        ('10010010010', '00000000000'),  # never three of five
        ('1001011', '0001011'),  # the first is not among the five that confirm
        ('1000111', '0000111'),  # missed in three: another track, which is confirmed by itself
        ('00000111', '00000111'),  # at the end of the sequence
        ('111' + '0' * 10 + '1', '111' + '0' * 10 + '1'),  # coasts
        ('111' + '0' * 11 + '1', '111' + '0' * 11 + '0'),  # missed too long
    ],
)
def test_three_of_five(pattern, expected):
    assert reported(pattern) == expected


def test_edges_of_the_rule():
    assert reported('10010', confirm=(1, 1)) == '10010'
    assert reported('1101111', confirm=(3, 3)) == '0001111'
    assert reported('10000100001', confirm=(1, 50)) == '10000100001'
    assert reported('1110111', coast=0) == '1110111'
    numbers = [set(frame) for frame in follow(still('1110111'), coast=0)]
    assert numbers == [{1}, {1}, {1}, set(), {2}, {2}, {2}]
    assert follow([]) == [] and follow(still('0')) == [{}]


def test_tracks_are_numbered_by_their_confirmation():
    early, late = (10.0, 10.0), (100.0, 10.0)
    frames = [[early], [late], [early, late], [late], [early, late]]
    # The later one has its three targets first, the other one in the same frame as its fourth.
    assert [set(frame) for frame in follow(frames)] == [{2}, {1}, {1, 2}, {1}, {1, 2}]
    assert follow(frames) == follow(frames)


def test_two_targets_that_cross():
    """Each is nearer to where it is expected than to where the other one is."""
    frames = [[(20.0 + 3 * i, 20.0 + i), (80.0 - 3 * i, 20.0 + i)] for i in range(20)]
    assert [frame[1] for frame in follow(frames)] == [first for first, _ in frames]
    # Where they are one target for three frames, both go on with their own numbers.
    frames[9:12] = [[(50.0, 20.0 + i)] for i in range(9, 12)]
    assert [frame[1] for frame in follow(frames)[12:]] == [first for first, _ in frames[12:]]


def test_two_targets_that_turn_back_from_each_other_change_numbers():
    """No program can know it from places alone: what is seen is what crossing looks like."""
    approach = [[(20.0 + 3 * i, 20.0), (80.0 - 3 * i, 20.0)] for i in range(10)]
    found = follow(approach + approach[::-1])
    assert [frame[1][0] for frame in found[:9]] == [20 + 3 * i for i in range(9)]
    assert found[-1] == {2: (20.0, 20.0), 1: (80.0, 20.0)}


def test_the_radius_is_about_the_expected_place():
    moving = [[(10.0 + 8 * i, 30.0)] for i in range(12)]
    assert {len(frame) for frame in follow(moving)} == {1}
    jump = [*still('11111'), *([(39.9, 30.0)] for _ in range(4))]
    assert [set(frame) for frame in follow(jump)][5:] == [{1}] * 4
    jump = [*still('11111'), *([(40.1, 30.0)] for _ in range(4))]
    assert [set(frame) for frame in follow(jump)][5:] == [{2}] * 4


def test_borders_and_times_that_stand_still():
    """A target leaves over the border, another one comes in there when the first is given up."""
    leaving = [[(190.0 + 2 * i, 30.0)] for i in range(5)] + [[]] * 11
    entering = [[(199.0 - 2 * i, 30.0)] for i in range(4)]
    assert [set(frame) for frame in follow(leaving + entering)][-4:] == [{2}] * 4
    times = [0.0, 0.04, 0.04, 0.02, 0.1]
    assert [set(f) for f in follow(still('11111'), rate=25, seconds=times)] == [{1}] * 5


@pytest.mark.parametrize(
    'options',
    [dict(confirm=(3,)), dict(confirm=(2.5, 5)), dict(radius='9'), dict(coast=1.5)],
)
def test_impossible_values(options):
    with pytest.raises(ValueError, match='must be'):
        Tracking(**options)

"""Splits into train, val and test that share no recording, or at least no neighbouring frames."""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..wording import counted
from .frames import Frame, some

PARTS = ('train', 'val', 'test')
#: Folders whose frames are of one part already.
_GIVEN = {'train': 'train', 'val': 'val', 'valid': 'val', 'validation': 'val', 'test': 'test'}
#: Share of a recording that is left out between two parts of it.
_GAP = 0.02
#: Orders of the recordings that are tried.
_TRIALS = 200

#: A share of the frames, or names of recordings.
Wanted = float | list[str]


class Split(NamedTuple):
    """Frames of each part, and how they were told apart.

    Attributes:
        parts (dict[str, list[Frame]]): Those of 'train', 'val' and 'test'.
        how (str): In words.
    """

    parts: dict[str, list[Frame]]
    how: str


def split_frames(
    frames: Sequence[Frame],
    has_target: Mapping[str, bool],
    val: Wanted = 0.2,
    test: Wanted = 0.2,
    seed: int = 0,
) -> Split:
    """Split frames by their recordings.

    Frames in folders called train, val and test belong there. Of the others, recordings are dealt
    out whole, near the wanted shares of frames and of frames with targets. With fewer recordings
    than parts the largest is cut into blocks of time, with a gap between them.

    Args:
        frames (Sequence[Frame]): The frames.
        has_target (Mapping[str, bool]): By name of each, whether it shows a target.
        val (float | list[str]): Share of val, or its recordings. Defaults to 0.2.
        test (float | list[str]): The same of test. Defaults to 0.2.
        seed (int): Which of equal splits is taken. Defaults to 0.

    Returns:
        Split: The split.

    Raises:
        ValueError: If a part would have too few frames or no target.
    """
    recordings: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda frame: (frame.recording, frame.number, frame.name)):
        recordings.setdefault(frame.recording, []).append(frame)
    parts: dict[str, list[Frame]] = {part: [] for part in PARTS}
    shares: dict[str, float] = {}
    for part, wanted in (('val', val), ('test', test)):
        if isinstance(wanted, list):
            for name in wanted:
                if name not in recordings:
                    raise ValueError(
                        f'--{part}: there is no recording "{name}" left; there are '
                        f'{some(list(recordings), 12)}'
                    )
                parts[part] += recordings.pop(name)
        elif not 0 < wanted < 0.9:
            raise ValueError(f'--{part} is a share between 0 and 0.9, not {wanted:g}')
        else:
            shares[part] = wanted
    for name in list(recordings):
        given = _GIVEN.get(name.partition('/')[0].lower(), 'train')
        if given != 'train':
            parts[given] += recordings.pop(name)
    given_parts = [part for part in ('val', 'test') if parts[part]]
    open_parts = [part for part in shares if not parts[part]]
    how = [f'{" and ".join(given_parts)} as given'] if given_parts else []
    how += _deal(recordings, parts, open_parts, shares, has_target, seed)
    _check(parts, has_target)
    return Split(parts, ', '.join(how))


def _deal(
    recordings: dict[str, list[Frame]],
    parts: dict[str, list[Frame]],
    open_parts: list[str],
    shares: dict[str, float],
    has_target: Mapping[str, bool],
    seed: int,
) -> list[str]:
    """Deal what is left out to train and to the parts that are still empty; say how."""
    how = []
    total = sum(map(len, recordings.values()))
    # Too few to give each part one: the smallest is held out, the largest cut.
    while open_parts and 1 < len(recordings) <= len(open_parts):
        part = open_parts.pop()
        name = min(recordings, key=lambda key: (len(recordings[key]), key))
        parts[part] += recordings.pop(name)
        how.append(f'recording "{name}" is {part}')
    if not open_parts or not recordings:
        for group in recordings.values():
            parts['train'] += group
        return how
    if len(recordings) == 1:
        ((name, group),) = recordings.items()
        gap = _cut(group, parts, [('train', 0.0), *((p, shares[p]) for p in open_parts)])
        return [
            *how,
            f'recording "{name}" is cut into blocks of time (frames left out between two: {gap}), '
            'so its figures flatter: another recording would say more',
        ]
    best: dict[str, list[Frame]] | None = None
    least = float('inf')
    targets = sum(has_target[f.name] for group in recordings.values() for f in group)
    draw = random.Random(seed)
    names = sorted(recordings)
    for _ in range(_TRIALS):
        draw.shuffle(names)
        trial = _fill([recordings[name] for name in names], open_parts, shares, total)
        cost = 0.0
        for part in open_parts:
            found = sum(has_target[frame.name] for frame in trial[part])
            cost += abs(len(trial[part]) / total - shares[part])
            cost += abs(found / max(targets, 1) - shares[part]) + (not found)
        if trial['train'] and cost < least:
            best, least = trial, cost
    if best is None:
        raise ValueError('the recordings are too few for these shares of val and test')
    for part, group in best.items():
        parts[part] += group
    return ['by recordings']


def _fill(
    groups: list[list[Frame]], open_parts: list[str], shares: dict[str, float], total: int
) -> dict[str, list[Frame]]:
    """Give each part recordings in this order, as long as that brings it nearer to its share."""
    filled: dict[str, list[Frame]] = {part: [] for part in ('train', *open_parts)}
    for group in groups:
        for part in open_parts:
            lack = shares[part] * total - len(filled[part])
            if not filled[part] or abs(lack - len(group)) < abs(lack):
                filled[part] += group
                break
        else:
            filled['train'] += group
    return filled


def _cut(group: list[Frame], parts: dict[str, list[Frame]], wanted: list[tuple[str, float]]) -> int:
    """Cut a recording into blocks, the first of them the rest; the frames between two."""
    gap = max(1, round(_GAP * len(group)))
    numbers = [max(1, round(share * len(group))) for _, share in wanted]
    numbers[0] = len(group) - sum(numbers[1:]) - gap * (len(wanted) - 1)
    start = 0
    for (part, _), number in zip(wanted, numbers, strict=True):
        parts[part] += group[start : start + max(number, 0)]
        start += max(number, 0) + gap
    return gap


def _check(parts: dict[str, list[Frame]], has_target: Mapping[str, bool]) -> None:
    """Refuse a split by which nothing can be trained or measured."""
    for part, least in (('train', 4), ('val', 1), ('test', 1)):
        if len(parts[part]) < least:
            left = counted(len(parts[part]), 'frame is', 'frames are')
            raise ValueError(
                f'{left} left for {part}, which needs {least} or more: '
                'take more frames, or other shares by --val and --test'
            )
        if not any(has_target[frame.name] for frame in parts[part]):
            raise ValueError(
                f'no frame of {part} has a target, so nothing could be measured: take more '
                'recordings, or name those of a part, such as --val NAME and --test NAME'
            )

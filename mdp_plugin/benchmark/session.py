"""A whole comparison: latency, end to end, sizes, batches, memory, the machine's limits."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.machine import describe_machine
from .board import synthetic_frame
from .candidate import Candidate
from .comparison import CandidateError, Process, compare
from .graph_cost import count_costs, shortest_time
from .machine_limit import measure_limits

Size = tuple[int, int]


def write_scenes(folder: Path, count: int, size: Size) -> Path:
    """Write synthetic infrared frames with targets, which every candidate gets.

    Args:
        folder (Path): Where to write.
        count (int): Number of frames.
        size (tuple[int, int]): Height and width.

    Returns:
        Path: '.npy' file, uint8 (count, H, W).
    """
    path = folder / f'{count}x{size[0]}x{size[1]}.npy'
    np.save(path, np.broadcast_to(synthetic_frame(size), (count, *size)))
    return path


def _layers(candidate: Candidate, size: Size) -> list | None:
    """Costs of a file's layers, None for what has no file that can be read."""
    if not candidate.path.endswith(('.onnx', '.xml')):
        return None
    return count_costs(Path(candidate.path), (1, *size))


def run_session(
    candidates: Sequence[Candidate],
    threads: int,
    size: Size,
    sizes: Sequence[Size] = (),
    batches: Sequence[int] = (),
    tiled: int | None = None,
    whole: bool = True,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Compare candidates, each in a process of its own, in turns.

    Args:
        candidates (Sequence[Candidate]): At least one, with different names.
        threads (int): Threads of the CPU for each.
        size (tuple[int, int]): Height and width of the main comparison, batch 1.
        sizes (Sequence[tuple[int, int]]): More sizes, batch 1. Defaults to ().
        batches (Sequence[int]): Numbers of frames at ``size``. Defaults to ().
        tiled (int, optional): Side of a square image that is predicted in tiles once. Defaults to
            None.
        whole (bool): Time from bytes to targets and measure memory, too. Defaults to True.
        say (Callable): Called with a line of progress. Defaults to print.

    Returns:
        dict[str, Any]: ``machine``, ``threads``, ``size``, ``limits`` and, for each of
        ``candidates``, its fields with ``alone``, ``end_to_end``, ``memory_mib``, ``roofline``,
        ``by_size``, ``by_batch`` and ``tiled``; a text stands where there is no figure, and says
        why.
    """
    say('limits of the machine')
    limits = measure_limits(threads)
    rows: dict[str, dict[str, Any]] = {c.name: c.to_dict() for c in candidates}
    if len(rows) < len(candidates):
        raise ValueError('two candidates have the same name; give them names')
    processes = []
    for candidate in candidates:
        say(f'loading {candidate.name}')
        try:
            processes.append(Process(candidate, threads))
        except CandidateError as error:
            rows[candidate.name]['alone'] = str(error)
    with tempfile.TemporaryDirectory() as folder:

        def turn(count: int, shape: Size, **options: Any) -> dict[str, Any]:
            return compare(processes, write_scenes(Path(folder), count, shape), count, **options)

        def keep(key: str, results: dict[str, Any], part: str | None = None) -> None:
            for name, result in results.items():
                if part is None:
                    rows[name][key] = result
                else:
                    rows[name].setdefault(key, {})[part] = result

        say(f'{size[0]}x{size[1]}, model alone')
        keep('alone', turn(1, size))
        if whole:
            say(f'{size[0]}x{size[1]}, end to end')
            keep('end_to_end', turn(1, size, end_to_end=True))
            # Before larger inputs come.
            keep('memory_mib', {p.candidate.name: p.ask('memory')['mib'] for p in processes})
        for shape in sizes:
            say(f'{shape[0]}x{shape[1]}')
            keep('by_size', turn(1, shape, rounds=4), f'{shape[0]}x{shape[1]}')
        for count in batches:
            say(f'batch {count}')
            keep('by_batch', turn(count, size, rounds=4), str(count))
        if tiled:
            frames = write_scenes(Path(folder), 1, (tiled, tiled))
            for process in processes:
                say(f'{tiled}x{tiled} in tiles: {process.candidate.name}')
                result: dict[str, Any] | str
                try:
                    seconds = process.ask('tiled', frames=str(frames))['seconds'][0]
                    result = {'seconds': seconds, 'memory_mib': process.ask('memory')['mib']}
                except CandidateError as error:
                    result = str(error)
                keep('tiled', {process.candidate.name: result})
    for process in processes:
        process.close()
    for candidate in candidates:
        _add_roofline(rows[candidate.name], _layers(candidate, size), limits)
    return {
        'machine': describe_machine(),
        'threads': threads,
        'size': list(size),
        'limits': limits,
        'candidates': rows,
    }


def _add_roofline(row: dict[str, Any], layers: list | None, limits: dict[str, float]) -> None:
    """Set the model's own rate beside the machine's."""
    if not layers or not isinstance(row['alone'], dict):
        return
    seconds = row['alone']['median_ms'] / 1e3
    macs = sum(layer.macs for layer in layers)
    bound = shortest_time(layers, row['precision'], limits)
    row['roofline'] = {
        'macs': macs,
        'gmacs_per_s': macs / seconds / 1e9,
        'bound_ms': 1e3 * bound,
        'share_of_roofline': bound / seconds,
    }

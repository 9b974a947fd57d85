"""Measure what tiles of several sizes and overlaps change in large frames, and what they cost.

The reference is the same detector on whole frames. Times are those of the CPU, and within one run.

Example:
    python tools/analysis_tools/tile_overlap.py frames/ --scenes 8 --model mdpnet
"""

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.benchmark.tiling_effect import (
    Tiling,
    TilingEffect,
    measure_tilings,
    memory_of,
)
from mdp_plugin.cli.level_arguments import add_level_arguments, level_options
from mdp_plugin.detection import parse_detector_name
from mdp_plugin.detection.sources import find_sources, read_frames
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('frames', nargs='*', help='pictures, folders, patterns, videos')
    parser.add_argument('--scenes', type=int, default=0, help='synthetic scenes, too; default: 0')
    parser.add_argument(
        '--size', type=int, nargs=2, metavar=('H', 'W'), default=(1024, 1280),
        help='their size; default: 1024 1280',
    )  # fmt: skip
    parser.add_argument('--model', default='mdpnet', help='the detector; default: mdpnet')
    parser.add_argument(
        '--tiles', type=int, nargs='+', default=[256, 512, 1024], help='default: 256 512 1024'
    )
    parser.add_argument(
        '--overlaps', type=int, nargs='+', default=[32, 64, 128, 256],
        help='of them those of half a tile or less; default: 32 64 128 256',
    )  # fmt: skip
    parser.add_argument('--memory', action='store_true', help='measure it, too: a process a size')
    add_level_arguments(parser)
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    return parser.parse_args()


def images_of(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """Frames of the files, and scenes."""
    for source in find_sources(args.frames) if args.frames else ():
        for frame in read_frames(source):
            yield source.name, frame.image
    settings = SceneSettings(size=tuple(args.size))
    for index in range(args.scenes):
        yield f'scene {index}', SceneGenerator(settings)(index).image


def main() -> None:
    """Run the tool."""
    args = parse_args()
    pairs = [(tile, overlap) for tile in args.tiles for overlap in args.overlaps]
    tilings = [Tiling(*pair) for pair in pairs if 2 * pair[1] <= pair[0]]
    shapes: set[tuple[int, int]] = set()

    def images() -> Iterator[tuple[str, np.ndarray]]:
        for name, image in images_of(args):
            shapes.add(image.shape[:2])
            yield name, image

    try:
        named = parse_detector_name(args.model)
        detector = named.open(threads=args.threads, **level_options(args))
        whole, effects = measure_tilings(detector, images(), tilings)
        if not shapes:
            raise ValueError('no frames: name files, or give --scenes')
        parts: dict[str | int, tuple[int, int]] = {'whole': max(shapes, key=math.prod)}
        parts |= {tile: (tile, tile) for tile in args.tiles}
        memory: dict[str | int, float] = {}
        if args.memory:
            memory = {key: memory_of(named, args.threads, shape) for key, shape in parts.items()}
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    print(
        '| tile | overlap | largest difference | targets | lost | gained | pixels | time | MiB |\n'
        '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
    )
    rows: list[tuple[str | int, str | int, TilingEffect]] = [('whole', '-', whole)]
    rows += [(*tiling, effect) for tiling, effect in effects.items()]
    for tile, overlap, effect in rows:
        mib = f'{memory[tile]:.0f}' if memory else '-'
        print(
            f'| {tile} | {overlap} | {effect.difference:.3f} | {effect.targets} | {effect.lost} | '
            f'{effect.gained} | {effect.pixels / whole.pixels:.2f} | '
            f'{effect.seconds / whole.seconds:.2f} | {mib} |'
        )


if __name__ == '__main__':
    main()

"""Find the bad pixels of a camera in frames of a moving scene.

A pixel is bad that differs from its neighbourhood in nearly all frames: dead, hot and stuck ones.
The picture that is written, a PNG file, is 255 there, and is what `mdpnet detect --ignore-mask`
takes: the pixels are filled from their neighbours, and nothing is reported there. The scene has to
move in all of the frames; a point that stands still looks like a bad pixel.

Example:
    mdpnet bad-pixels recording.tif --out bad.png
    mdpnet detect frames/ --ignore-mask bad.png
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ..detection.sources import find_sources, read_frames
from ..detection.written_files import writing
from ..imaging.bad_pixels import find_bad_pixels
from ..imaging.grey_levels import grey_values
from ..whole_files import write_whole
from ..wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument(
        'inputs', nargs='+', metavar='INPUT', help='picture, video, folder or quoted pattern'
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('bad_pixels.png'),
        help='a PNG file; default: bad_pixels.png',
    )


def _frames(inputs: list[str]) -> Iterator[np.ndarray]:
    """Values (H, W) of the frames, in the camera's unit."""
    for source in find_sources(inputs):
        for image, _ in read_frames(source):
            yield grey_values(image, source.name).astype(np.float32)


def run(args: argparse.Namespace) -> int:
    """Find them, and write the picture."""
    if args.out.suffix.lower() != '.png':  # others lose sharp edges, or are read by few
        raise ValueError(f'--out must end in .png, got "{args.out}"')
    bad = find_bad_pixels(_frames(args.inputs))
    picture = cv2.imencode('.png', bad.astype(np.uint8) * 255)[1]
    with writing(args.out):
        write_whole(args.out, picture.tobytes())
    print(f'{counted(int(bad.sum()), "bad pixel", "bad pixels")} of {bad.size}: {args.out}')
    return 0

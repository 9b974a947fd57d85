"""The arguments on grey levels that several sub-commands share."""

import argparse
from typing import Any


def add_level_arguments(
    parser: argparse.ArgumentParser, default: str = 'as the model says, else auto'
) -> None:
    """Declare them; the default of the rule is said in words."""
    parser.add_argument('--black-level', type=float, help='value that is black, of any type')
    parser.add_argument(
        '--white-level', type=float, help='value that is white, e.g. 16383 for a 14-bit camera'
    )
    parser.add_argument(
        '--levels', choices=('auto', 'full'),
        help="without these: 'auto' measures both in each frame of more than 8 bits or of floats, "
        f"'full' takes the type's range; default: {default}",
    )  # fmt: skip
    parser.add_argument(
        '--polarity', choices=('white-hot', 'black-hot'),
        help='whether what is hot is bright in the frames or dark; default: as the model says, '
        'else white-hot',
    )  # fmt: skip


def level_options(args: argparse.Namespace) -> dict[str, Any]:
    """Those that are given, by the names that Python has for them."""
    keys = ('black_level', 'white_level', 'levels', 'polarity')
    return {key: getattr(args, key) for key in keys if getattr(args, key) is not None}

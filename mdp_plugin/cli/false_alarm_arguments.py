"""The arguments on rates of false alarms that several sub-commands share."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..evaluation.false_alarms import GRAMMAR, FalseAlarms
from ..evaluation.operating_points import OperatingPoints

if TYPE_CHECKING:
    from ..detection.sources import Source


def add_false_alarm_arguments(
    parser: argparse.ArgumentParser, purpose: str, rate_of_video: str = ''
) -> None:
    """Declare them.

    Args:
        parser (argparse.ArgumentParser): Of the sub-command.
        purpose (str): What the rate is for, in words.
        rate_of_video (str): What holds where no frame rate is given. Defaults to nothing.
    """
    parser.add_argument('--false-alarms', metavar='RATE', help=f'{purpose}: {GRAMMAR}')
    parser.add_argument(
        '--frame-rate', type=float, metavar='HZ',
        help=f'frames a second, for a rate an hour{rate_of_video}',
    )  # fmt: skip


def asked_rate(args: argparse.Namespace, sources: 'Sequence[Source]' = ()) -> FalseAlarms | None:
    """The rate that is asked for, an hour having as many frames as the videos say.

    Args:
        args (argparse.Namespace): What the command line holds.
        sources (Sequence[Source]): The files. Defaults to none.

    Returns:
        FalseAlarms | None: The rate, if one is asked for.

    Raises:
        ValueError: If it is none, or an hour has an unknown number of frames.
    """
    if args.false_alarms is None:
        return None
    frame_rate = args.frame_rate
    if frame_rate is None and args.false_alarms.endswith('/hour') and sources:
        from ..detection.sources import common_frame_rate

        frame_rate = common_frame_rate(sources)
    return FalseAlarms.parse(args.false_alarms, frame_rate)


def tell_doubt(
    points: OperatingPoints | None, asked: FalseAlarms | str | None, threshold: float
) -> None:
    """Say where the frames behind a threshold are too few to show the rate that was asked for."""
    doubt = points and asked and points.doubt(asked, threshold)
    if doubt:
        print(doubt, file=sys.stderr)

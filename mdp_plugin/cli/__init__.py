"""The console command `mdpnet`."""

import argparse
import sys
import warnings

from ..detection.written_files import WriteError
from ..evaluation.operating_points import FalseAlarmWarning
from ..imaging.grey_levels import LevelsWarning
from ..version import __version__
from . import (
    bad_pixels,
    benchmark,
    calibrate,
    demo,
    detect,
    evaluate,
    export,
    figure,
    report,
    synth,
    train,
    zoo,
)

COMMANDS = {
    'bad-pixels': bad_pixels,
    'benchmark': benchmark,
    'calibrate': calibrate,
    'demo': demo,
    'detect': detect,
    'evaluate': evaluate,
    'export': export,
    'figure': figure,
    'report': report,
    'synth': synth,
    'train': train,
    'zoo': zoo,
}


def main(argv: list[str] | None = None) -> int:
    """Run a sub-command.

    Args:
        argv (list[str], optional): Defaults to None: the command line.

    Returns:
        int: Exit status: 0 if all went well, 1 if files failed or nothing can be written, 2 for a
            mistake of the user's.
    """
    parser = argparse.ArgumentParser(
        prog='mdpnet', description='Find infrared small targets, and measure how well.'
    )
    parser.add_argument('--version', action='version', version=f'mdpnet {__version__}')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or name).splitlines()[0]  # Python may leave docstrings out
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
    args = parser.parse_args(argv)
    try:
        # Commands say it themselves when they are done, with all numbers.
        for kind in (LevelsWarning, FalseAlarmWarning):
            warnings.filterwarnings('ignore', category=kind)
        return COMMANDS[args.command].run(args)
    except KeyboardInterrupt:
        print('\nstopped; the same command goes on from here', file=sys.stderr)
        return 130
    except WriteError as error:
        print(f'mdpnet {args.command}: {error}', file=sys.stderr)
        return 1
    except (KeyError, ImportError, OSError, TypeError, ValueError) as error:
        # A user's mistake has a message that says what to do; a stack trace would hide it.
        text = error.args[0] if isinstance(error, KeyError) else error
        print(f'mdpnet {args.command}: {text}', file=sys.stderr)
        return 2

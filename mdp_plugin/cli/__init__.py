"""The console command `mdpnet`."""

import argparse
import importlib
import shlex
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from .output import add_quiet_argument, output_of
from .parser import CommandParser

#: The commands; what one does is in the module of its name, which is imported when it is run.
COMMANDS = (
    'bad-pixels', 'benchmark', 'calibrate', 'demo', 'detect', 'evaluate', 'export', 'figure',
    'report', 'synth', 'train', 'zoo',
)  # fmt: skip


def _module(command: str) -> ModuleType:
    """Import a command."""
    return importlib.import_module(f'.{command.replace("-", "_")}', __name__)


def _summary(command: str) -> str:
    """The first line of a command's docstring, read from its file: importing all takes a second."""
    file = Path(__file__).with_name(f'{command.replace("-", "_")}.py')
    with file.open(encoding='utf-8') as lines:
        return next(lines).lstrip('r').strip('"\n')


class _Version(argparse.Action):
    """Print the version and those of what computes."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print and end."""
        from ..installation import versions

        print('\n'.join(f'{name} {version}' for name, version in versions().items()))
        parser.exit()


class _Completion(argparse.Action):
    """Print what a shell needs to complete commands, options and models."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, shell: Any, *_: Any
    ) -> None:
        """Print and end."""
        from .completion import completion

        print(completion(_parser(COMMANDS), shell))
        parser.exit()


def _parser(filled: tuple[str, ...]) -> CommandParser:
    """The parser; of the commands, only those of ``filled`` have their arguments."""
    parser = CommandParser(
        prog='mdpnet', description='Find infrared small targets, and measure how well.'
    )
    parser.add_argument(
        '--version', action=_Version, nargs=0, help='show the versions of this and what it runs on'
    )
    parser.add_argument(
        '--completion', action=_Completion, choices=('bash', 'zsh'),
        help='print what this shell needs to complete commands, options and models',
    )  # fmt: skip
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name in COMMANDS:
        module = _module(name) if name in filled else None
        command = commands.add_parser(
            name, help=_summary(name), description=module.__doc__ if module else None
        )
        if module:
            module.add_arguments(command)
            add_quiet_argument(command)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run a sub-command.

    Args:
        argv (list[str], optional): Defaults to None: the command line.

    Returns:
        int: Exit status: 0 if all went well, 1 if files failed or nothing can be written, 2 for a
            mistake of the user's.
    """
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(tuple(text for text in argv if text in COMMANDS)[:1]).parse_args(argv)
    args.line = shlex.join(['mdpnet', *argv])
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    """Run the command that was asked for, and say in a sentence what went wrong."""
    # `mdpnet --help` needs none of them.
    from ..detection.written_files import WriteError
    from ..evaluation.operating_points import FalseAlarmWarning
    from ..imaging.grey_levels import LevelsWarning

    try:
        # Commands say it themselves when they are done, with all numbers.
        for kind in (LevelsWarning, FalseAlarmWarning):
            warnings.filterwarnings('ignore', category=kind)
        with output_of(args):
            return _module(args.command).run(args)
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

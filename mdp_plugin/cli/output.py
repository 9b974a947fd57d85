"""Where commands write to: people read lines, scripts read JSON, and some want neither."""

import argparse
import contextlib
import io
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..version import __version__

if TYPE_CHECKING:
    from tqdm import tqdm

#: Raised when a key of some JSON output goes or changes its meaning; new keys do not count.
SCHEMA = 1


def add_quiet_argument(parser: argparse.ArgumentParser) -> None:
    """Declare --quiet, which all commands have."""
    parser.add_argument(
        '--quiet', action='store_true', help='print nothing but what went wrong; no progress bar'
    )


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Declare --json, for commands that :func:`tell` what came out."""
    parser.add_argument(
        '--json', action='store_true', help='print one JSON object in place of lines, for scripts'
    )


class _Nowhere(io.TextIOBase):
    """Takes text and keeps none; it is never closed, since loggers may keep it."""

    def write(self, text: str) -> int:
        """Take the text."""
        return len(text)


def tell(args: argparse.Namespace, **content: Any) -> None:
    """Note what --json is to print.

    Args:
        args (argparse.Namespace): The command line.
        **content: Keys and plain values; NaN becomes null. ``written`` lists files, in order.
    """
    args.content.update(content)


@contextlib.contextmanager
def output_of(args: argparse.Namespace) -> Iterator[None]:
    """Send to standard output what the command line asks for, until the command ends.

    With --json that is one object, also where some files failed; none if the command fails.

    Args:
        args (argparse.Namespace): The command line.
    """
    wants_json = getattr(args, 'json', False)
    args.content = {'command': args.command, 'schema': SCHEMA, 'mdp_plugin': __version__}
    if not (wants_json or args.quiet):
        yield
        return
    # Whoever prints, libraries included, prints nothing.
    with contextlib.redirect_stdout(_Nowhere()):
        yield
    if wants_json:
        from ..evaluation.figures import without_nan

        print(json.dumps(without_nan(args.content), indent=1, default=str))


def progress(
    args: argparse.Namespace,
    items: Iterable[Any] | None,
    unit: str,
    name: str | None = None,
    **more: Any,
) -> 'tqdm':
    """Show how far a loop is: on a terminal only.

    Args:
        args (argparse.Namespace): The command line.
        items (Iterable, optional): What is gone through; None: the caller counts.
        unit (str): What one of them is, such as 'image'.
        name (str, optional): What the bar begins with. Defaults to None.
        **more: Of tqdm.

    Returns:
        tqdm: Yields the items.
    """
    from tqdm import tqdm

    # None leaves the bar out where standard error is no terminal.
    return tqdm(items, name, unit=unit, disable=args.quiet or None, **more)


def terminal_table(table: Any) -> str:
    """Lay a table out so that a terminal does not break its lines; files get it whole.

    Args:
        table (PrettyTable): The table; its first column names the rows.

    Returns:
        str: Its lines.
    """
    text = table.get_string()
    width = shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or len(text.partition('\n')[0]) <= width:
        return text
    # Narrow columns would break numbers, so each row becomes a paragraph.
    lines = []
    for first, *cells in table.rows:
        names = zip(table.field_names[1:], cells, strict=True)
        values = '; '.join(f'{name} {cell}' for name, cell in names if str(cell))
        lines += [str(first)] if str(first) else []
        lines.append(textwrap.fill(values, width, initial_indent='  ', subsequent_indent='  '))
    return '\n'.join(lines)

"""What all figures for a paper share: sizes, fonts, and files that are the same each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ..whole_files import open_whole

#: Widths in inches: one column of a journal's page, and both.
WIDTHS = {'single': 3.5, 'double': 7.16}
#: What a file holds besides the figure; None takes the date or the program's name out.
METADATA: dict[str, dict[str, Any]] = {
    'pdf': {'CreationDate': None, 'Creator': 'mdpnet figure', 'Producer': None},
    'svg': {'Date': None, 'Creator': 'mdpnet figure'},
    'png': {'Software': None},
}
_STYLE = {
    'font.family': 'STIXGeneral',  # comes with Matplotlib, and looks like a paper's Times
    'mathtext.fontset': 'stix',
    'font.size': 8,
    'axes.titlesize': 8,
    'axes.labelsize': 8,
    'legend.fontsize': 7,
    'xtick.labelsize': 7,
    'ytick.labelsize': 7,
    'axes.linewidth': 0.6,
    'grid.linewidth': 0.4,
    'lines.linewidth': 1.2,
    'pdf.fonttype': 42,  # TrueType, as publishers want it
    'ps.fonttype': 42,
    'svg.hashsalt': 'mdpnet',
    'savefig.dpi': 300,
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Fonts and lines of a paper, for the figures that are drawn and written meanwhile."""
    with plt.rc_context(_STYLE):
        yield


def width_in_inches(text: str) -> float:
    """Read a width: 'single', 'double' or inches.

    Args:
        text (str): The width as a user writes it.

    Returns:
        float: Inches.

    Raises:
        ValueError: If it is none of them, or no paper is as wide.
    """
    try:
        width = WIDTHS[text] if text in WIDTHS else float(text)
    except ValueError:
        width = 0.0
    if not 1 <= width <= 40:
        raise ValueError(f'a width is {" or ".join(WIDTHS)}, or 1 to 40 inches, not "{text}"')
    return width


def output_file(out: Path | None, chosen: str | None, kind: str, formats: tuple[str, ...]) -> Path:
    """Name the file of a figure, with the suffix of its format.

    Args:
        out (Path, optional): File that the user names, with or without suffix.
        chosen (str, optional): Format that the user names.
        kind (str): Kind of the figure, its name if the user names no file.
        formats (tuple[str, ...]): Formats that are possible, the default first.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the format is not possible, or suffix and format differ.
    """
    file = out or Path(f'figure_{kind}')
    suffix = file.suffix[1:].lower()
    wanted = chosen or suffix or formats[0]
    if wanted not in formats:
        raise ValueError(
            f'a figure of this kind is written as {", ".join(formats)}, not "{wanted}"'
        )
    if suffix and suffix != wanted:
        raise ValueError(f'"{file}" is not named as {wanted}; leave --format or the suffix out')
    return file if suffix else file.with_name(f'{file.name}.{wanted}')


def save_figure(figure: Figure, file: Path) -> None:
    """Write a figure; the same figure makes the same bytes.

    Args:
        figure (Figure): The figure, which is closed.
        file (Path): PDF, SVG or PNG; its folder is made.
    """
    kind = file.suffix[1:].lower()
    with open_whole(file) as whole:
        figure.savefig(whole, format=kind, metadata=METADATA[kind])
    plt.close(figure)

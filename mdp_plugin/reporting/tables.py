"""Tables as LaTeX, Markdown and CSV."""

import csv
import io
from collections.abc import Sequence

_SPECIAL = str.maketrans(
    {
        '\\': r'\textbackslash{}', '_': r'\_', '%': r'\%', '&': r'\&', '#': r'\#', '$': r'\$',
        '{': r'\{', '}': r'\}', '~': r'\textasciitilde{}', '^': r'\textasciicircum{}',
        '×': r'$\times$', '–': '--',
    }
)  # fmt: skip

Rows = Sequence[Sequence[str]]


def latex_text(text: str) -> str:
    """Escape what LaTeX would take for a command."""
    return text.translate(_SPECIAL)


def latex_tabular(
    heads: Sequence[str], rows: Rows, bold: set[tuple[int, int]] | None = None, words: int = 1
) -> str:
    """Lay rows out with the rules of booktabs.

    Args:
        heads (Sequence[str]): Heads of the columns, LaTeX already.
        rows (Sequence[Sequence[str]]): Cells as plain text.
        bold (set[tuple[int, int]], optional): Row and column of the bold cells. Defaults to None.
        words (int): Columns at the left that hold words, not numbers. Defaults to 1.

    Returns:
        str: A ``tabular``.
    """
    lines = []
    for index, row in enumerate(rows):
        cells = [
            rf'\textbf{{{latex_text(cell)}}}'
            if (index, column) in (bold or ())
            else latex_text(cell)
            for column, cell in enumerate(row)
        ]
        lines.append(' & '.join(cells) + r' \\')
    return '\n'.join(
        [
            rf'\begin{{tabular}}{{{"l" * words}{"r" * (len(heads) - words)}}}',
            r'\toprule',
            ' & '.join(heads) + r' \\',
            r'\midrule',
            *lines,
            r'\bottomrule',
            r'\end{tabular}',
            '',
        ]
    )


def markdown_table(
    heads: Sequence[str], rows: Rows, bold: set[tuple[int, int]], words: int = 1
) -> str:
    """Lay rows out in Markdown; the arguments are those of :func:`latex_tabular`."""
    cells = [
        [f'**{cell}**' if (index, column) in bold else cell for column, cell in enumerate(row)]
        for index, row in enumerate(rows)
    ]
    rule = ['---'] * words + ['---:'] * (len(heads) - words)
    return ''.join(f'| {" | ".join(line)} |\n' for line in [heads, rule, *cells])


def csv_table(heads: Sequence[str], rows: Rows) -> str:
    """Lay rows out for programs."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows([heads, *rows])
    return text.getvalue()

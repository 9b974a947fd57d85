"""Table and plot of a comparison."""

import json
import math
from pathlib import Path
from typing import Any

from prettytable import PrettyTable, TableStyle

from ..whole_files import write_whole
from ..wording import counted


def _number(result: object, key: str, digits: int = 2) -> str:
    """A figure, or a dash where there is none."""
    return f'{result[key]:.{digits}f}' if isinstance(result, dict) else '-'


def make_table(session: dict[str, Any]) -> PrettyTable:
    """The comparison as a table, with Markdown's lines.

    Args:
        session (dict): See :func:`~mdp_plugin.benchmark.session.run_session`.

    Returns:
        PrettyTable: One row for each candidate.
    """
    table = PrettyTable(
        [
            'candidate', 'median ms', 'p95 ms', 'FPS', 'end to end FPS', 'of alone',
            'GMACs', 'GMAC/s', 'of roofline', 'memory MiB',
        ],
        align='r',
    )  # fmt: skip
    table.align['candidate'] = 'l'
    table.set_style(TableStyle.MARKDOWN)
    for name, row in session['candidates'].items():
        alone, whole, roofline = (row.get(k) for k in ('alone', 'end_to_end', 'roofline'))
        both = isinstance(alone, dict) and isinstance(whole, dict)
        memory = row.get('memory_mib')
        table.add_row(
            [
                name,
                _number(alone, 'median_ms'),
                _number(alone, 'p95_ms'),
                _number(alone, 'fps', 0),
                _number(whole, 'fps', 0),
                f'{whole["fps"] / alone["fps"]:.0%}' if both else '-',
                f'{roofline["macs"] / 1e9:.3f}' if roofline else '-',
                _number(roofline, 'gmacs_per_s', 0),
                f'{roofline["share_of_roofline"]:.0%}' if roofline else '-',
                '-' if memory is None else f'{memory:.0f}',
            ]
        )
    return table


def describe_limits(session: dict[str, Any]) -> str:
    """One line with the machine and its limits.

    Args:
        session (dict): See :func:`~mdp_plugin.benchmark.session.run_session`.

    Returns:
        str: The line.
    """
    limits = session['limits']
    rates = ', '.join(
        f'{limits[f"{name}_gmacs"]:.0f} ({name})'
        for name in ('f32', 'bf16', 'int8')
        if f'{name}_gmacs' in limits
    )
    return (
        f'{session["machine"]}; {counted(session["threads"], "thread")} for each; '
        f'limits: {rates} GMAC/s, '
        f'{limits["map_gbytes"]:.0f} GB/s in the caches, {limits["memory_gbytes"]:.0f} GB/s in '
        'memory'
    )


def write_session(session: dict[str, Any], file: Path) -> list[Path]:
    """Write a comparison: figures (JSON), and beside them table (Markdown) and plot (PNG).

    Args:
        session (dict): See :func:`~mdp_plugin.benchmark.session.run_session`.
        file (Path): JSON file; its folder is made.

    Returns:
        list[Path]: The three files.
    """
    lines = [describe_limits(session), '', make_table(session).get_string(), '']
    text = '\n'.join([*lines, *explain_gaps(session)])
    file = file.resolve()
    written = [file, file.with_suffix('.md'), file.with_suffix('.png')]
    write_whole(file, json.dumps(session, indent=4).encode())
    write_whole(written[1], f'{text}\n'.encode())
    draw(session, written[2])
    return written


def explain_gaps(session: dict[str, Any]) -> list[str]:
    """What could not be measured, and why.

    Args:
        session (dict): See :func:`~mdp_plugin.benchmark.session.run_session`.

    Returns:
        list[str]: One line for each gap.
    """
    gaps = []
    for row in session['candidates'].values():
        for key, result in row.items():
            parts = result.values() if key in ('by_size', 'by_batch') else [result]
            if key in ('alone', 'end_to_end', 'tiled', 'by_size', 'by_batch'):
                gaps += [f'{key}: {part}' for part in parts if isinstance(part, str)]
    return list(dict.fromkeys(gaps))


def draw(session: dict[str, Any], file: Path) -> None:
    """Draw latency, latency against size and throughput against batch.

    Args:
        session (dict): See :func:`~mdp_plugin.benchmark.session.run_session`.
        file (Path): Picture to write.
    """
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    rows = {n: r for n, r in session['candidates'].items() if isinstance(r.get('alone'), dict)}
    series = [
        ('by_size', 'median_ms', 'pixels', 'median latency in ms', 'batch 1'),
        ('by_batch', 'fps', 'frames in a batch', 'frames a second', f'{session["size"]}'),
    ]
    series = [s for s in series if any(r.get(s[0]) for r in rows.values())]
    figure, axes = plt.subplots(
        1, 1 + len(series), figsize=(6 + 4.5 * len(series), 1.6 + 0.45 * max(6, len(rows))),
        squeeze=False, layout='constrained',
    )  # fmt: skip
    colours = plt.get_cmap('tab20').colors
    bars = axes[0, 0]
    for index, row in enumerate(rows.values()):
        median, p95 = row['alone']['median_ms'], row['alone']['p95_ms']
        bars.barh(index, median, xerr=[[0], [max(0, p95 - median)]], color=colours[index % 20])
        bars.annotate(
            f' {row["alone"]["fps"]:.0f} FPS', (max(median, p95), index), va='center', fontsize=8
        )
    bars.set_yticks(range(len(rows)), list(rows), fontsize=8)
    bars.invert_yaxis()
    bars.set_xmargin(0.2)
    height, width = session['size']
    threads = counted(session['threads'], 'thread')
    bars.set_xlabel('latency in ms: median, whisker to the 95th percentile')
    bars.set_title(f'{height}x{width}, batch 1, {threads}', fontsize=10)
    for axis, (key, figure_key, x_label, y_label, title) in zip(axes[0, 1:], series, strict=True):
        for index, (name, row) in enumerate(rows.items()):
            points = [
                (math.prod(map(int, part.split('x'))), result[figure_key])
                for part, result in row.get(key, {}).items()
                if isinstance(result, dict)
            ]
            if points:
                axis.plot(*zip(*sorted(points)), marker='o', color=colours[index % 20], label=name)
        axis.set_xscale('log', base=2)
        if key == 'by_size':
            axis.set_yscale('log')
        axis.set_xlabel(x_label)
        axis.set_ylabel(y_label)
        axis.set_title(title.replace('[', '').replace(']', '').replace(', ', 'x'), fontsize=10)
        axis.grid(alpha=0.3)
    figure.savefig(file, dpi=130)
    plt.close(figure)

"""Tables and plot of an experiment's results."""

import statistics
from pathlib import Path

from prettytable import PrettyTable, TableStyle

from ..benchmark.variants import BACKENDS, PEER

#: Figures of the table.
COLUMNS = ('nIoU', 'IoU', 'F1', 'Pd', 'Fa')


def make_table(
    results: dict[tuple[str, int], dict], variants: list[str], split: str = 'val'
) -> PrettyTable:
    """Tabulate mean and standard deviation over the seeds, and nIoU of each seed.

    Args:
        results (dict): Result of each (variant, seed).
        variants (list[str]): Order of the rows.
        split (str): 'val' or 'test'. Defaults to 'val'.

    Returns:
        PrettyTable: One row for each variant that has results.
    """
    table = PrettyTable([f'variant ({split})', 'seeds', *COLUMNS, 'nIoU of each seed'])
    table.set_style(TableStyle.MARKDOWN)
    table.align = 'r'
    table.align[f'variant ({split})'] = 'l'
    for variant in variants:
        records = figures_of(results, variant, split)
        if records:
            cells = []
            for column in COLUMNS:
                values = [record[column] for record in records.values()]
                spread = f' ± {statistics.stdev(values):.2f}' if len(values) > 1 else ''
                cells.append(f'{statistics.mean(values):.2f}{spread}')
            each = ', '.join(f'{record["nIoU"]:.2f}' for record in records.values())
            table.add_row([variant, len(records), *cells, each])
    return table


def make_speed_table(speed: dict, variants: list[str]) -> PrettyTable:
    """Tabulate times, alone and as multiples of the peer's rate.

    Args:
        speed (dict): See :func:`mdp_plugin.benchmark.variants.time_variants`.
        variants (list[str]): Order of the rows; the peer stands last.

    Returns:
        PrettyTable: One row for each variant that was timed.
    """
    names = {'onnxruntime': 'ONNX Runtime', 'openvino': 'OpenVINO'}
    table = PrettyTable(
        ['variant (speed)', 'GMACs', *(f'{names[b]} ms' for b in BACKENDS),
         *(f'{names[b]}, times {PEER}' for b in BACKENDS), 'of roofline']
    )  # fmt: skip
    table.set_style(TableStyle.MARKDOWN)
    table.align = 'r'
    table.align['variant (speed)'] = 'l'
    rows = speed['variants']
    for name in [*variants, PEER]:
        if name in rows:
            row = rows[name]
            table.add_row(
                [
                    name,
                    f'{row["gmacs"]:.3f}',
                    *(f'{row[b]:.2f}' for b in BACKENDS),
                    *(f'{rows[PEER][b] / row[b]:.2f}' for b in BACKENDS),
                    f'{row["share_of_roofline"]:.0%}',
                ]
            )
    return table


def figures_of(
    results: dict[tuple[str, int], dict], variant: str, split: str
) -> dict[int, dict[str, float]]:
    """Figures of a variant on a split by seed, seeds ascending."""
    records = {seed: record for (name, seed), record in sorted(results.items()) if name == variant}
    if split == 'test':
        return {seed: record['test'] for seed, record in records.items() if 'test' in record}
    return records


def plot(results: dict[tuple[str, int], dict], variants: list[str], file: Path) -> None:
    """Draw nIoU of every seed and the means, one row for each variant.

    Args:
        results (dict): Result of each (variant, seed).
        variants (list[str]): Order of the rows; those without results are left out.
        file (Path): Picture to write.
    """
    import matplotlib

    matplotlib.use('agg')
    from matplotlib import pyplot as plt

    variants = [v for v in variants if figures_of(results, v, 'val')]
    splits = [s for s in ('val', 'test') if any(figures_of(results, v, s) for v in variants)]
    figure, all_axes = plt.subplots(
        1, len(splits), figsize=(5 * len(splits), 0.4 * len(variants) + 1.2),
        sharey=True, squeeze=False,
    )  # fmt: skip
    for axes, split in zip(all_axes[0], splits):
        for row, variant in enumerate(variants):
            values = [r['nIoU'] for r in figures_of(results, variant, split).values()]
            if values:
                axes.plot(values, [row] * len(values), 'o', color='tab:blue', alpha=0.6)
                axes.plot(statistics.mean(values), row, '|', color='black', markersize=18)
        axes.set_yticks(range(len(variants)), variants)
        axes.set_ylim(-0.5, len(variants) - 0.5)
        axes.set_xlabel(f'nIoU on {split} (points: seeds, bar: mean)')
        axes.grid(axis='x', alpha=0.3)
    all_axes[0][0].invert_yaxis()
    # The names stand outside the figure, so that long ones take no width from the axes.
    figure.savefig(file, dpi=120, bbox_inches='tight')
    plt.close(figure)

"""Draw a figure or a table for a paper: images side by side, curves, surfaces, or LaTeX.

A MODEL is a name in the zoo, a classical method (top-hat, lcm, mpcm), CONFIG,WEIGHTS, an exported
file, or a folder of predictions of any program; NAME= in front of it is what the figure calls it.
The images are the test split of the first model's config, or those of --images and --truths.

Example:
    mdpnet figure grid --models Ours=mdpnet-sirst top-hat DNANet=maps/ \
        --images images/ --truths masks/ --out grid.pdf
    mdpnet figure table --models Ours=mdpnet-sirst top-hat --format md
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..whole_files import write_whole
from ..wording import counted
from .level_arguments import add_level_arguments, level_options
from .output import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from ..reporting.comparison import Comparison
    from ..reporting.scoring import Sample, Scores

#: Formats by kind of figure, the default first.
PICTURES = ('pdf', 'svg', 'png')
FORMATS = {'grid': PICTURES, 'roc': PICTURES, 'surface': PICTURES, 'table': ('tex', 'md', 'csv')}
SUMMARIES = {
    'grid': 'image, truth and models side by side, with enlarged targets',
    'roc': 'Pd against Fa, and the ROC curve of pixels',
    'surface': 'grey levels and probabilities around a target as surfaces',
    'table': 'costs and figures of the models, best in bold, with a caption',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    kinds = parser.add_subparsers(dest='kind', required=True, metavar='KIND')
    for kind, summary in SUMMARIES.items():
        part = kinds.add_parser(kind, help=summary, description=f'Draw {summary}.')
        part.add_argument(
            '--models', nargs='+', required=True, metavar='MODEL', help='what to compare'
        )
        part.add_argument('--images', type=Path, help='folder of images')
        part.add_argument('--truths', type=Path, help='folder of their true masks')
        part.add_argument('--names', type=Path, metavar='FILE', help='split: these images only')
        part.add_argument('--data', metavar='NAME', help='data set in the caption; default: folder')
        part.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
        part.add_argument('--out', type=Path, help=f'default: figure_{kind} and the suffix')
        part.add_argument('--format', choices=FORMATS[kind], help=f'default: {FORMATS[kind][0]}')
        if kind == 'table':
            part.add_argument(
                '--square', type=int, metavar='SIDE',
                help='score image and mask resized to a square; default: original size',
            )  # fmt: skip
            part.add_argument(
                '--cost', nargs='+', default=[], metavar='NAME=PARAMETERS,MACS',
                help='of models whose cost is not known, e.g. DNANet=4.70M,14.3G',
            )  # fmt: skip
        else:
            part.add_argument(
                '--width', default='double' if kind != 'roc' else 'single',
                help='single (3.5 in), double (7.16 in) or inches',
            )  # fmt: skip
        if kind in ('grid', 'surface'):
            part.add_argument(
                '--show', nargs='+', metavar='IMAGE',
                help='images to draw; default: those with most mistakes',
            )  # fmt: skip
            part.add_argument(
                '--rows', type=int, default=3, help='number of these by default; default: 3'
            )
            part.add_argument(
                '--zoom', type=int, default=32 if kind == 'grid' else 48, metavar='PIXELS',
                help='side of the part around a target; 0 in a grid: none',
            )  # fmt: skip
        if kind == 'grid':
            part.add_argument(
                '--panels', choices=('mask', 'image', 'probability'), default='mask',
                help="what the models' panels show; default: mask",
            )  # fmt: skip
        add_level_arguments(part)
        part.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')


def run(args: argparse.Namespace) -> int:
    """Draw, write, and print a caption."""
    from ..reporting.comparison import open_comparison
    from ..reporting.paper import output_file, paper_style, save_figure, width_in_inches

    # Mistakes come before minutes of work.
    file = output_file(args.out, args.format, args.kind, FORMATS[args.kind])
    if not 0 <= args.threshold < 1:
        raise ValueError(f'threshold must be a probability in [0, 1), not {args.threshold:g}')
    width = None if args.kind == 'table' else width_in_inches(args.width)
    compared = open_comparison(
        args.models,
        images=args.images,
        truths=args.truths,
        names=getattr(args, 'show', None) or args.names,
        threads=args.threads,
        **level_options(args),
    )
    if width is None:
        _write_table(args, compared, file)
    else:
        with paper_style():
            figure, caption = (_curves if args.kind == 'roc' else _rows)(args, compared, width)
            save_figure(figure, file)
        print(f'figure: {file}\ncaption: {caption}')
    for remark in compared.remarks():
        print(remark, file=sys.stderr)
    return 0


def _scores(
    args: argparse.Namespace, compared: 'Comparison', size: int | None = None
) -> 'list[Scores]':
    """Score the models on all images."""
    from ..reporting.comparison import score_all

    def shown(samples: 'Sequence[Sample]', name: str) -> 'Sequence[Sample]':
        return progress(args, samples, 'image', name)

    return score_all(compared, size, args.threshold, shown)


def _curves(args: argparse.Namespace, compared: 'Comparison', width: float) -> 'tuple[Figure, str]':
    """Both curves of all models."""
    from ..reporting.paper_plots import plot_paper_curves

    figure = plot_paper_curves(_scores(args, compared), width)
    images = counted(len(compared.samples), 'image')
    return figure, (
        f'Results on {args.data or compared.data} ({images}) over all '
        f'thresholds; markers show the threshold {args.threshold:g}. First: targets; a threshold '
        'is left out if another one finds as many targets with fewer false pixels. Second: ROC '
        'curve of pixels. A rate of 0 is drawn at half a pixel of the set.'
    )


def _rows(args: argparse.Namespace, compared: 'Comparison', width: float) -> 'tuple[Figure, str]':
    """Images side by side, or surfaces of them."""
    from ..reporting.paper_grid import grid_rows, plot_grid
    from ..reporting.paper_plots import plot_paper_surfaces

    if (
        args.rows < 1
        or args.zoom < 0
        or 0 < args.zoom < 8
        or (args.kind, args.zoom) == ('surface', 0)
    ):
        raise ValueError('--rows must be 1 or more, and --zoom 8 or more (in a grid, or 0)')
    samples = compared.samples
    if not args.show:
        samples = compared.most_mistaken(_scores(args, compared))[: args.rows]
    rows = grid_rows(compared, samples, args.threshold)
    shown = ', '.join(sample.name for sample in samples)
    if args.kind == 'surface':
        figure = plot_paper_surfaces(rows, width, args.zoom)
        return figure, (
            f'Grey levels and probabilities in {args.zoom}x{args.zoom} pixels around a target of '
            f'{args.data or compared.data}: {shown}.'
        )
    figure = plot_grid(rows, width, zoom=args.zoom, panels=args.panels)
    inset = f' Insets enlarge the framed {args.zoom}x{args.zoom} pixels.' if args.zoom else ''
    return figure, (
        f'Results on {args.data or compared.data}, from top to bottom: {shown}; probability > '
        f'{args.threshold:g}. Solid blue circles: hits, dashed vermilion squares: misses, dotted '
        f'yellow diamonds: false alarms.{inset}'
    )


def _write_table(args: argparse.Namespace, compared: 'Comparison', file: Path) -> None:
    """Score, look costs up, and write the table."""
    from ..reporting.costs import cost_of, read_costs
    from ..reporting.paper_table import paper_table

    stated = read_costs(args.cost, list(compared.named))
    costs = {label: cost_of(named) for label, named in compared.named.items()} | stated
    scores = _scores(args, compared, args.square)
    # Where all images have the square's size, there is one protocol.
    protocol = list(scores[0].figures)[-1]
    data = args.data or compared.data
    table = paper_table(scores, costs, data, threshold=args.threshold, protocol=protocol)
    write_whole(file, table.text(file.suffix[1:].lower()).encode())
    print(f'table: {file}\ncaption: {table.caption}')

"""List the models that come with weights, with their figures on test images.

Example:
    mdpnet zoo
    mdpnet zoo --all
"""

import argparse
from typing import Any

from .output import add_json_argument, tell, terminal_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('--all', action='store_true', help='networks without a short name, too')
    add_json_argument(parser)


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """What scripts may want of an entry."""
    about = entry.get('Metadata', {})
    return {
        'name': entry['Name'],
        'alias': entry.get('Alias'),
        'config': entry['Config'],
        'weights': entry['Weights'],
        'parameters': about.get('Parameters'),
        'macs': about.get('MACs'),
        'input': about.get('Input'),
        'results': [
            {'data': each['Dataset'], 'scored_at': each['Protocol'], 'figures': each['Metrics']}
            for each in entry.get('Results', [])
        ],
    }


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    from prettytable import PrettyTable

    from ..zoo.entries import installed_entries

    table = PrettyTable(
        [
            'name', 'parameters', 'MACs', 'input', 'test split', 'scored at', 'nIoU', 'IoU', 'Pd',
            'Fa', 'false targets a frame',
        ],
        align='r',
    )  # fmt: skip
    table.align['name'] = table.align['test split'] = 'l'
    entries = [e for e in installed_entries() if args.all or 'Alias' in e]
    for entry in entries:
        about = entry.get('Metadata', {})
        name = ' = '.join(filter(None, (entry.get('Alias'), entry['Name'])))
        size = 'x'.join(str(side) for side in about.get('Input', [])[1:])
        first = [name, f'{about["Parameters"]:,}', f'{about["MACs"] / 1e9:.3f} G', size]
        for result in entry.get('Results', []):
            figures = [f'{result["Metrics"][key]:.2f}' for key in ('nIoU', 'IoU', 'Pd', 'Fa')]
            figures.append(
                f'{rate:.3f}' if (rate := result['Metrics'].get('FPPI')) is not None else ''
            )
            table.add_row([*first, result['Dataset'], result['Protocol'], *figures])
            first = [''] * len(first)
    print(terminal_table(table))
    tell(args, models=[_plain(entry) for entry in entries])
    if not args.all:
        print('networks for comparisons: mdpnet zoo --all')
    return 0

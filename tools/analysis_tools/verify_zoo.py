"""Measure the models that come with weights, and compare with their metafile entries.

Each entry's digest, parameters, multiply-accumulates and test figures (scored at the original
size and on the network's square) are measured anew. The exit status is 0 if all agree.

Example:
    python tools/analysis_tools/verify_zoo.py
    python tools/analysis_tools/verify_zoo.py --update mdpnet-base_sirst-320x320
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from prettytable import PrettyTable

from mdp_plugin.engine.machine import describe_machine
from mdp_plugin.host.cpu_allocator import keep_freed_memory
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.zoo.entries import metafiles, read_entries, write_entries
from mdp_plugin.zoo.measuring import compare, configs_of, data_is_there, measure_entry


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', help='entries to take; default: all')
    parser.add_argument(
        '--update', action='store_true', help='write the measured values into the metafiles'
    )
    parser.add_argument(
        '--data',
        choices=['require', 'skip'],
        default='require',
        help='what to do where the test images are absent: fail, or skip the figures',
    )
    parser.add_argument(
        '--index', type=Path, default=PROJECT_ROOT / 'model-index.yml', help='list of metafiles'
    )
    return parser.parse_args(argv)


def check_entry(entry: dict, root: Path, data: str) -> tuple[dict, list[list]]:
    """Measure an entry and lay out the comparison.

    Args:
        entry (dict): Entry of a metafile.
        root (Path): Folder of the index.
        data (str): 'require' or 'skip'.

    Returns:
        tuple[dict, list[list]]: The measured entry, whose results are None if they were skipped,
        and lines of the table.
    """
    absent = data_is_there(configs_of(entry, root))
    if absent and data == 'require':
        raise FileNotFoundError(f'{entry["Name"]}: {absent} Or pass --data skip.')
    if absent:
        print(f'{entry["Name"]}: figures skipped. {absent}')
    measured = measure_entry(entry, root, with_data=not absent)
    lines = []
    for name, stated, value, agrees in compare(entry, measured):
        shown = [f'{v[:12]}...' if name == 'SHA256' and v else v for v in (stated, value)]
        lines.append([entry['Name'], name, *shown, 'ok' if agrees else 'DIFFERS'])
    return measured, lines


def main(argv: list[str] | None = None) -> int:
    """Run the tool.

    Returns:
        int: Exit status: 0 if all entries agree (or were updated), 1 if not.
    """
    args = parse_args(argv)
    keep_freed_memory()
    entries = {file: read_entries(file) for file in metafiles(args.index)}
    known = [entry['Name'] for models in entries.values() for entry in models]
    unknown = sorted(set(args.names) - set(known))
    if unknown or not known:
        print(f'no entry {", ".join(unknown) or "at all"} in {args.index}; there are: {known}')
        return 1
    table = PrettyTable(['model', 'value', 'stated', 'measured', 'result'], align='l')
    failed, skipped = [], []
    for file, models in entries.items():
        chosen = [m for m in models if not args.names or m['Name'] in args.names]
        updated = []
        for entry in chosen:
            try:
                measured, lines = check_entry(entry, args.index.parent, args.data)
            except (FileNotFoundError, RuntimeError) as error:
                print(f'{entry["Name"]}: {error}')
                failed.append(entry['Name'])
                continue
            table.add_rows(lines)
            if measured['Results'] is None:
                skipped.append(entry['Name'])
            if any(line[-1] == 'DIFFERS' for line in lines):
                failed.append(entry['Name'])
                measured['Metadata']['Machine'] = describe_machine()
                updated.append(measured)
        if args.update and updated:
            write_entries(file, updated)
            failed = [name for name in failed if name not in {m['Name'] for m in updated}]
            print(f'wrote {", ".join(m["Name"] for m in updated)} into {file}')
    print(table)
    chosen = args.names or known
    print(
        f'{len(chosen) - len(set(failed))} of {len(chosen)} entries agree'
        + (f'; without figures: {", ".join(skipped)}' if skipped else '')
    )
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

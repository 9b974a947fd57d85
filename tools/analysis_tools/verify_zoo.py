"""Measure the models that come with weights, and compare with their metafile entries.

Each entry's digest, parameters, multiply-accumulates and test figures (scored at the original
size and on the network's square) are measured anew, and an exported file beside the weights is held
to be theirs. The exit status is 0 if all agree.

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

from mdp_plugin.deploy import load_exported
from mdp_plugin.detection import TargetDetector
from mdp_plugin.engine.machine import describe_machine
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.host.cpu_allocator import keep_freed_memory
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings
from mdp_plugin.zoo.entries import exported_beside, metafiles, read_entries, sha256, write_entries
from mdp_plugin.zoo.measuring import compare, configs_of, data_is_there, measure_entry

#: By how much probabilities of an exported file may differ from those of PyTorch, for frames of the
#: network's size and of others. Resizing multiplies the rounding of float32 where edges are steep.
EXPORT_TOLERANCE, RESIZE_TOLERANCE = 1e-5, 1e-4


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


def check_exported(entry: dict, root: Path) -> list[list]:
    """Hold an exported file against the weights that it stands beside.

    Args:
        entry (dict): Entry of a metafile.
        root (Path): Folder of the index.

    Returns:
        list[list]: Lines of the table; none if there is no exported file.
    """
    weights = root / entry['Weights']
    file = exported_beside(weights)
    if file is None:
        return []
    metadata = load_exported(file, threads=1).metadata
    points = OperatingPoints.beside(weights)
    native = TargetDetector.from_config(root / entry['Config'], weights, threads=1)
    exported = TargetDetector.from_export(file, threads=1)
    digests = [f'{digest[:12]}...' for digest in (sha256(weights), metadata.weights_sha256)]
    rows = [('weights', *digests, sha256(weights) == metadata.weights_sha256)]
    known = [found and found.to_dict() for found in (points, exported.operating_points)]
    texts = [found and f'threshold {found["threshold"]:g}' for found in known]
    rows.append(('operating points', *texts, known[0] == known[1]))
    whole = native.size or (320, 256)
    for size, limit in ((whole, EXPORT_TOLERANCE), ((200, 240), RESIZE_TOLERANCE)):
        image = SceneGenerator(SceneSettings(size=size), 0)(0).image
        difference = abs(native(image).probability - exported(image).probability).max()
        name = f'difference at {size[0]}x{size[1]}'
        rows.append((name, f'<= {limit:g}', f'{difference:.1e}', difference <= limit))
    return [
        [entry['Name'], f'{name} of the exported file', *values, 'ok' if agrees else 'DIFFERS']
        for name, *values, agrees in rows
    ]


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
    failed, skipped, outdated = [], [], []
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
            exported = check_exported(entry, args.index.parent)
            table.add_rows([*lines, *exported])
            if any(line[-1] == 'DIFFERS' for line in exported):
                outdated.append(entry['Name'])
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
    if outdated:
        print(f'export anew, with --frame-type float32, beside the weights: {", ".join(outdated)}')
    failed += outdated  # which --update cannot mend
    chosen = args.names or known
    print(
        f'{len(chosen) - len(set(failed))} of {len(chosen)} entries agree'
        + (f'; without figures: {", ".join(skipped)}' if skipped else '')
    )
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

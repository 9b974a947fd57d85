"""Kill `mdpnet detect` many times, and compare its tables with those of an undisturbed run.

    python tools/analysis_tools/interrupt_detection.py --frames 20000 --times 30 --out DIR

The frames are synthetic: pictures, multi-page TIFFs and videos. The process is killed (SIGKILL) at
random moments and started anew with the same command. With workers every second kill is of one of
them. Status 1 says that something differs at the end: a table, an overlay, or the record.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.detection.tables import FORMATS
from mdp_plugin.experiments.interrupted_detection import (
    differences,
    interrupt_detection,
    write_frames,
)
from mdp_plugin.zoo.entries import DEFAULT_MODEL


def main(argv: list[str] | None = None) -> int:
    """Run both detections and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--frames', type=int, default=20_000, help='default: 20000')
    parser.add_argument('--times', type=int, default=30, help='number of kills; default: 30')
    parser.add_argument('--seed', type=int, default=0, help='of the frames and the moments')
    parser.add_argument('--model', default=DEFAULT_MODEL, help=f'default: {DEFAULT_MODEL}')
    parser.add_argument('--overlay', action='store_true', help='draw the targets, too')
    parser.add_argument('--workers', type=int, default=1, help='default: 1')
    parser.add_argument('--out', type=Path, required=True, help='folder of all files, new')
    args = parser.parse_args(argv)
    if args.out.exists():
        raise SystemExit(f'error: "{args.out}" exists; name a new folder with --out')
    out = args.out.resolve()
    write_frames(out / 'frames', args.frames, args.seed)
    command = [str(out / 'frames'), '--model', args.model, '--format', *FORMATS]
    command += ['--workers', str(args.workers), *(['--overlay'] if args.overlay else [])]
    print('| no. | killed | after | files done | record ended with |')
    print('|---|---|---|---|---|')
    try:
        kills = interrupt_detection(command, out, args.times, args.seed)
        for number, (seconds, files, last, worker) in enumerate(kills, 1):
            what = 'a worker' if worker else 'all'
            print(f'| {number} | {what} | {seconds:.1f} s | {files} | {last} |', flush=True)
    except RuntimeError as error:
        raise SystemExit(f'error: {error}') from error
    found = differences(out / 'undisturbed', out / 'interrupted')
    print('\n'.join(['', 'not the same:', *found]) if found else '\nno difference')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())

"""Interrupt a training many times, and compare it with an undisturbed one bit for bit.

    python tools/analysis_tools/interrupt_training.py CONFIG --times 30 --out DIR

It is killed at random moments, killed while it writes a checkpoint, and stopped by a write for
which there is no room; each time `--resume` goes on. Status 1 says that something differs at the
end: weights, averages, optimizer, figures of a validation, or the files that are left.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mdp_plugin.experiments.interruptions import differences, interrupt_training, summary


def main(argv: list[str] | None = None) -> int:
    """Run both trainings, print what happened and count it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('--times', type=int, default=30, help='number of interruptions')
    parser.add_argument('--seed', type=int, default=0, help='of the kinds and moments')
    parser.add_argument('--out', type=Path, required=True, help='folder of the work dirs, new')
    parser.add_argument('--cfg-options', nargs='+', default=[], help='as those of train.py')
    args = parser.parse_args(argv)
    if args.out.exists():
        raise SystemExit(f'error: "{args.out}" exists; name a new folder with --out')
    try:
        print('| no. | what happened | reached | newest whole checkpoint | unfinished files |')
        print('|---|---|---|---|---|')
        argv = [args.config, '--cfg-options', *args.cfg_options]
        happened = interrupt_training(argv, args.out, args.times, args.seed)
        interruptions = []
        for number, interruption in enumerate(happened, 1):
            interruptions.append(interruption)
            print(f'| {number} | {" | ".join(map(str, interruption))} |', flush=True)
    except RuntimeError as error:
        raise SystemExit(f'error: {error}') from error
    print(f'\n{summary(interruptions)}')
    found = differences(args.out / 'undisturbed', args.out / 'interrupted')
    print('\n'.join(['', *found]) if found else '\nno difference')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())

"""Train the variants of one config over seeds and tabulate their validation figures.

    python tools/analysis_tools/ablate.py docs/experiments/reconstruction.yaml

The experiment file (YAML) holds the config, the options that all runs share and the variants:

    config: configs/mdpnet/mdpnet-base_sirst-320x320.py
    seeds: [0]
    options: {train_cfg.max_epochs: 60}
    variants:
      baseline: {}
      bilinear head: {model.decode_head.upscale: 1}

Each finished run is one line of the results file (JSON lines). A run that is there already is not
run again and a run that was cut off is resumed, so the command can be stopped and repeated;
several processes share the work by `--shard`. The figures are those of the last epoch on the
validation split: nothing is selected.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import yaml
from prettytable import PrettyTable

PROJECT_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT_ROOT))  # works without installation too

from mdp_plugin.engine.machine import describe_machine

COLUMNS = ('nIoU', 'IoU', 'F1', 'Pd', 'Fa')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('experiment', type=Path, help='YAML file of the experiment')
    parser.add_argument('--results', type=Path, help='JSON lines; default: beside the experiment')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/ablations'))
    parser.add_argument('--shard', default='0/1', metavar='I/N', help='run every N-th run, from I')
    parser.add_argument('--table', action='store_true', help='only print the table')
    return parser.parse_args()


def load_experiment(path: Path) -> dict:
    """Read and check an experiment file.

    Args:
        path (Path): The YAML file.

    Returns:
        dict: With config, seeds, options and variants.

    Raises:
        SystemExit: If the file lacks a key or names a missing config.
    """
    experiment = yaml.safe_load(path.read_text())
    missing = {'config', 'variants'} - set(experiment)
    if missing:
        raise SystemExit(f'{path}: missing {", ".join(sorted(missing))}')
    experiment.setdefault('seeds', [0])
    experiment.setdefault('options', {})
    if not (PROJECT_ROOT / experiment['config']).is_file():
        raise SystemExit(f'{path}: there is no config {experiment["config"]}')
    return experiment


def load_results(path: Path) -> dict[tuple[str, int], dict]:
    """Read the finished runs.

    Args:
        path (Path): The JSON lines file, which need not exist.

    Returns:
        dict: Result of each (variant, seed).
    """
    if not path.is_file():
        return {}
    records = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return {(record['variant'], record['seed']): record for record in records}


def run_variant(experiment: dict, variant: str, seed: int, work_dir: Path) -> dict:
    """Train one variant with one seed through `tools/train.py`, or finish a run that was cut off.

    Args:
        experiment (dict): The checked experiment.
        variant (str): Name of the variant.
        seed (int): Random seed.
        work_dir (Path): Folder of this run.

    Returns:
        dict: The record for the results file.

    Raises:
        SystemExit: If the training fails; its log's end is shown.
    """
    options = {**experiment['options'], **(experiment['variants'][variant] or {})}
    options['randomness.seed'] = seed
    command = [sys.executable, str(PROJECT_ROOT / 'tools' / 'train.py')]
    command += [str(PROJECT_ROOT / experiment['config']), '--work-dir', str(work_dir), '--resume']
    command += ['--cfg-options', *(f'{key}={value}' for key, value in options.items())]
    work_dir.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(work_dir / 'train.out', 'a') as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = (work_dir / 'train.out').read_text()[-2000:]
        raise SystemExit(f'{variant}, seed {seed}: training failed\n{tail}')
    return dict(
        variant=variant,
        seed=seed,
        options=options,
        minutes=round((time.monotonic() - start) / 60, 1),
        machine=describe_machine(),
        **last_figures(work_dir),
    )


def last_figures(work_dir: Path) -> dict[str, float]:
    """Find the figures of the last validation in a run's logs.

    Args:
        work_dir (Path): Folder of the run.

    Returns:
        dict: The metric's values without their prefix.
    """
    figures: dict[str, float] = {}
    for scalars in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in scalars.read_text().splitlines():
            record = json.loads(line)
            if 'irstd/nIoU' in record:
                figures = {k.split('/')[1]: v for k, v in record.items() if k.startswith('irstd/')}
    return figures


def make_table(results: dict[tuple[str, int], dict], variants: list[str]) -> PrettyTable:
    """Tabulate mean and standard deviation over the seeds.

    Args:
        results (dict): Result of each (variant, seed).
        variants (list[str]): Order of the rows.

    Returns:
        PrettyTable: One row for each variant that has results.
    """
    table = PrettyTable(['variant', 'seeds', *COLUMNS])
    table.align['variant'] = 'l'
    for variant in variants:
        records = [record for (name, _), record in sorted(results.items()) if name == variant]
        if records:
            cells = []
            for column in COLUMNS:
                values = [record[column] for record in records]
                spread = f' ± {statistics.stdev(values):.2f}' if len(values) > 1 else ''
                cells.append(f'{statistics.mean(values):.2f}{spread}')
            table.add_row([variant, len(records), *cells])
    return table


def main() -> None:
    """Run what is missing, then print the table."""
    args = parse_args()
    experiment = load_experiment(args.experiment)
    results_path = args.results or args.experiment.with_suffix('.jsonl')
    if not re.fullmatch(r'\d+/[1-9]\d*', args.shard):
        raise SystemExit(f'--shard must look like 0/2, got {args.shard}')
    shard, num_shards = map(int, args.shard.split('/'))
    runs = [(variant, seed) for seed in experiment['seeds'] for variant in experiment['variants']]
    for index, (variant, seed) in enumerate(runs):
        if args.table or index % num_shards != shard:
            continue
        # Other shards write to the same file, so it is read anew before each run.
        if (variant, seed) in load_results(results_path):
            continue
        folder = re.sub(r'[^\w.-]+', '-', variant)
        run_dir = args.work_dir / args.experiment.stem / f'{folder}_seed{seed}'
        print(f'[{index + 1}/{len(runs)}] {variant}, seed {seed} -> {run_dir}', flush=True)
        record = run_variant(experiment, variant, seed, run_dir)
        with open(results_path, 'a') as file:
            file.write(json.dumps(record) + '\n')
    print(make_table(load_results(results_path), list(experiment['variants'])))


if __name__ == '__main__':
    main()

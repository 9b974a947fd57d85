"""Train the variants of one config over seeds and tabulate their validation figures.

    python tools/analysis_tools/ablate.py docs/experiments/reconstruction.yaml

The experiment file (YAML) holds the config, the options that all runs share and the variants:

    config: configs/mdpnet/mdpnet-base_sirst-320x320.py
    test_config: configs/mdpnet/mdpnet-base_sirst-320x320.py    # optional
    seeds: [0, 1]
    options: {train_cfg.max_epochs: 60}
    variants:
      baseline: {}
      bilinear head: {model.decode_head.upscale: 1}
      another network: {config: configs/mdpnet/mdpnet-fine_sirst-320x320.py}

A variant may name its own `config` and `test_config` beside its options.

Each finished run is one line of the results file (JSON lines). A run that is there already is not
run again and a run that was cut off is resumed, so the command can be stopped and repeated;
several processes share the work by `--shard`. The figures are those of the last epoch on the
validation split: nothing is selected. With `test_config` the same weights are measured once on its
test split, too. Beside the results stand a table of means, deviations and seeds (Markdown) and a
plot.

`--speed` times the deployment forms of all variants and of LW-IRSTNet in turns, in ONNX Runtime and
OpenVINO, and adds them to the table; run it on an otherwise idle machine. Options of the timing are
`speed: {size: [256, 256], threads: 1}` in the experiment file.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import yaml
from prettytable import PrettyTable, TableStyle

PROJECT_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT_ROOT))  # works without installation too

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import Config, DictAction

from mdp_plugin.benchmark.report import describe_limits
from mdp_plugin.benchmark.variants import BACKENDS, PEER, time_variants
from mdp_plugin.engine.machine import describe_machine
from mdp_plugin.engine.tool_config import load_tool_config

CONFIG_KEYS = {'config', 'test_config'}
COLUMNS = ('nIoU', 'IoU', 'F1', 'Pd', 'Fa')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('experiment', type=Path, help='YAML file of the experiment')
    parser.add_argument('--results', type=Path, help='JSON lines; default: beside the experiment')
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/ablations'))
    parser.add_argument('--shard', default='0/1', metavar='I/N', help='run every N-th run, from I')
    parser.add_argument('--only', nargs='+', metavar='VARIANT', help='run these variants')
    parser.add_argument('--speed', action='store_true', help='time the variants, train nothing')
    parser.add_argument('--table', action='store_true', help='run nothing, only tabulate and plot')
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
    experiment.setdefault('speed', {})
    unknown = set(experiment['speed']) - {'size', 'threads'}
    if unknown:
        raise SystemExit(f'{path}: speed has no option {", ".join(sorted(unknown))}')
    experiment['variants'] = {
        name: settings or {} for name, settings in experiment['variants'].items()
    }
    for settings in (experiment, *experiment['variants'].values()):
        for key in CONFIG_KEYS & set(settings):
            if not (PROJECT_ROOT / settings[key]).is_file():
                raise SystemExit(f'{path}: there is no config {settings[key]}')
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


def settings_of(experiment: dict, variant: str) -> tuple[dict, dict]:
    """What a variant runs with.

    Args:
        experiment (dict): The checked experiment.
        variant (str): Name of the variant.

    Returns:
        tuple[dict, dict]: The configs by :data:`CONFIG_KEYS`, and the overrides.
    """
    own = experiment['variants'][variant]
    options = {**experiment['options'], **own}
    return {**experiment, **own}, {k: v for k, v in options.items() if k not in CONFIG_KEYS}


def variant_config(experiment: dict, variant: str) -> Config:
    """The config that a variant trains, its overrides read as on the command line."""
    settings, options = settings_of(experiment, variant)
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    words = [f'{key}={value}' for key, value in options.items()]
    parsed = parser.parse_args(['--cfg-options', *words] if words else [])
    return load_tool_config(PROJECT_ROOT / settings['config'], parsed.cfg_options)


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
        SystemExit: If the training or the test fails.
    """
    settings, options = settings_of(experiment, variant)
    options['randomness.seed'] = seed
    work_dir.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    run_tool(
        'train', settings['config'], '--work-dir', work_dir, '--resume',
        '--cfg-options', *(f'{key}={value}' for key, value in options.items()), log=work_dir,
    )  # fmt: skip
    record = dict(
        variant=variant,
        seed=seed,
        config=settings['config'],
        options=options,
        minutes=round((time.monotonic() - start) / 60, 1),
        machine=describe_machine(),
        **last_figures(work_dir),
    )
    if 'test_config' in settings:
        checkpoint = Path((work_dir / 'last_checkpoint').read_text().strip())
        run_tool(
            'test', settings['test_config'], checkpoint, '--work-dir', work_dir / 'test',
            log=work_dir,
        )  # fmt: skip
        file = max((work_dir / 'test').glob('*/*.json'))
        record['test'] = metric_values(json.loads(file.read_text()))
    return record


def run_tool(tool: str, *arguments: object, log: Path) -> None:
    """Run `tools/{tool}.py`, its output appended to `{log}/{tool}.out`.

    Args:
        tool (str): 'train' or 'test'.
        *arguments (object): Of the command line; the first one is a config of the project.
        log (Path): Folder of the output.

    Raises:
        SystemExit: If it fails; the end of its output is shown.
    """
    config, *others = map(str, arguments)
    command = [sys.executable, str(PROJECT_ROOT / 'tools' / f'{tool}.py')]
    out = log / f'{tool}.out'
    with open(out, 'a') as file:
        done = subprocess.run(
            [*command, str(PROJECT_ROOT / config), *others],
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f'{tool}.py failed, see {out}\n{out.read_text()[-2000:]}')


def metric_values(record: dict) -> dict[str, float]:
    """The metric's values of a line of the host's log, without their prefix."""
    return {key.split('/')[1]: value for key, value in record.items() if key.startswith('irstd/')}


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
                figures = metric_values(record)
    return figures


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


def main() -> None:
    """Run what is missing, then print the table."""
    args = parse_args()
    experiment = load_experiment(args.experiment)
    results_path = args.results or args.experiment.with_suffix('.jsonl')
    if not re.fullmatch(r'\d+/[1-9]\d*', args.shard):
        raise SystemExit(f'--shard must look like 0/2, got {args.shard}')
    shard, num_shards = map(int, args.shard.split('/'))
    unknown = set(args.only or ()) - set(experiment['variants'])
    if unknown:
        raise SystemExit(f'{args.experiment}: there is no variant {", ".join(sorted(unknown))}')
    chosen = args.only or list(experiment['variants'])
    speed_path = results_path.with_name(f'{results_path.stem}_speed.json')
    if args.speed:
        configs = {variant: variant_config(experiment, variant) for variant in chosen}
        speed = time_variants(configs, **experiment['speed'])
        speed_path.write_text(json.dumps(speed, indent=1) + '\n')
    runs = [(variant, seed) for seed in experiment['seeds'] for variant in chosen]
    for index, (variant, seed) in enumerate(runs):
        if args.table or args.speed or index % num_shards != shard:
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
    results, variants = load_results(results_path), list(experiment['variants'])
    tables = [str(make_table(results, variants))]
    if any('test' in record for record in results.values()):
        tables.append(str(make_table(results, variants, 'test')))
    if speed_path.is_file():
        speed = json.loads(speed_path.read_text())
        tables += [describe_limits(speed), str(make_speed_table(speed, variants))]
    text = '\n\n'.join(tables)
    print(text)
    if results:
        results_path.with_suffix('.md').write_text(text + '\n')
        plot(results, variants, results_path.with_suffix('.png'))


if __name__ == '__main__':
    main()

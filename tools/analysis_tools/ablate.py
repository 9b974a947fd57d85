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
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mdp_plugin.benchmark.comparison import CandidateError
from mdp_plugin.benchmark.report import describe_limits
from mdp_plugin.benchmark.variants import time_variants
from mdp_plugin.experiments.experiment import ExperimentError, load_experiment, variant_config
from mdp_plugin.experiments.runs import load_results, run_missing
from mdp_plugin.experiments.tables import make_speed_table, make_table, plot


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
    elif not args.table:
        run_missing(
            experiment,
            chosen,
            results_path,
            args.work_dir / args.experiment.stem,
            (shard, num_shards),
            partial(print, flush=True),
        )
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
    try:
        main()
    except (ExperimentError, CandidateError) as error:
        raise SystemExit(str(error)) from error

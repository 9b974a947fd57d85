"""Running the variants of an experiment: what has a result is not run again."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..engine.machine import describe_machine
from ..project_files import PROJECT_ROOT
from .experiment import ExperimentError, settings_of


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
        ExperimentError: If the training or the test fails.
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
        ExperimentError: If it fails; the end of its output is shown.
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
        raise ExperimentError(f'{tool}.py failed, see {out}\n{out.read_text()[-2000:]}')


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


def run_missing(
    experiment: dict,
    variants: Sequence[str],
    results: Path,
    work_dir: Path,
    shard: tuple[int, int] = (0, 1),
    say: Callable[[str], None] = print,
) -> None:
    """Run what has no result yet, and add each result to the file.

    Args:
        experiment (dict): The checked experiment.
        variants (Sequence[str]): Those to run, with every seed.
        results (Path): JSON lines, see :func:`load_results`.
        work_dir (Path): Folder of the runs' folders.
        shard (tuple[int, int]): Which of how many equal shares to run. Defaults to (0, 1): all.
        say (Callable): Called with a line of progress. Defaults to print.

    Raises:
        ExperimentError: If a training or a test fails.
    """
    runs = [(variant, seed) for seed in experiment['seeds'] for variant in variants]
    for index, (variant, seed) in enumerate(runs):
        # Other shards write to the same file, so it is read anew before each run.
        if index % shard[1] != shard[0] or (variant, seed) in load_results(results):
            continue
        folder = re.sub(r'[^\w.-]+', '-', variant)
        run_dir = work_dir / f'{folder}_seed{seed}'
        say(f'[{index + 1}/{len(runs)}] {variant}, seed {seed} -> {run_dir}')
        record = run_variant(experiment, variant, seed, run_dir)
        with open(results, 'a') as file:
            file.write(json.dumps(record) + '\n')

"""Measure speed: the eager forward pass of a model, or with --training one epoch of training.

The flags of the host's tool work here, too. Random images of one size take the place of a data
set, so that few or no images suffice; --training uses the config's training images.

Example:
    python tools/analysis_tools/benchmark.py CONFIG --threads 2
    python tools/analysis_tools/benchmark.py CONFIG --threads 2 --deploy
    python tools/analysis_tools/benchmark.py CONFIG --threads 2 --training
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np
import torch
from mmengine.config import Config, DictAction
from mmengine.fileio import dump
from mmengine.hooks import Hook
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint
from mmseg.registry import MODELS
from prettytable import PrettyTable
from torch import nn

from mdp_plugin.deploy import deploy_form
from mdp_plugin.engine.cpu_allocator import keep_freed_memory
from mdp_plugin.engine.machine import describe_machine
from mdp_plugin.engine.model_complexity import image_channels, measure_complexity
from mdp_plugin.engine.tool_config import load_tool_config

NUM_WARMUP = 10


class StepTimes(Hook):
    """Record when batches arrive and when their steps end.

    Attributes:
        loading (list[float]): Seconds of waiting for each batch.
        steps (list[float]): Seconds of each iteration, waiting included.
        started (float): Time of the epoch's beginning.
        seconds (float): Length of the epoch.
        images (int): Images of the epoch.
    """

    # Behind every other hook of an iteration, so that their time belongs to it.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.loading: list[float] = []
        self.steps: list[float] = []
        self.images = 0

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the clock; the workers start right after."""
        self.started = self.last = time.perf_counter()

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        """A batch has arrived."""
        self.loading.append(time.perf_counter() - self.last)
        self.images += len(data_batch['inputs'])

    def after_train_iter(self, runner: Runner, *args: object, **kwargs: object) -> None:
        """A step has ended."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.steps.append(now - self.last)
        self.last = now

    def after_train_epoch(self, runner: Runner) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.started


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('checkpoint', nargs='?', help='path of the weights; default: random')
    parser.add_argument('--log-interval', type=int, default=50, help='passes between two reports')
    parser.add_argument('--work-dir', help='folder for the figures (JSON)')
    parser.add_argument('--repeat-times', type=int, default=1, help='repetitions')
    parser.add_argument('--shape', type=int, nargs='+', help="height and width; default: config's")
    parser.add_argument('--batch', type=int, default=1, help='images of a forward pass')
    parser.add_argument('--iters', type=int, default=200, help='timed forward passes')
    parser.add_argument('--threads', type=int, help="threads of a CPU; default: torch's")
    parser.add_argument('--device', help="default: 'cuda:0' if there is a GPU, else 'cpu'")
    parser.add_argument(
        '--mode',
        choices=('tensor', 'predict'),
        default='tensor',
        help='time the forward pass up to the logits or up to the prediction; default: tensor',
    )
    parser.add_argument(
        '--deploy', action='store_true', help='time the deployment form: norms and branches merged'
    )
    parser.add_argument('--training', action='store_true', help='time one epoch of training')
    parser.add_argument('--steps', type=int, help='with --training: this many steps only')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='overrides of the config: key=value'
    )
    args = parser.parse_args(argv)
    numbers = [args.log_interval, args.repeat_times, args.batch, args.iters]
    numbers += [n for n in (args.threads, args.steps, *(args.shape or ())) if n is not None]
    if args.training and args.deploy:
        parser.error('the deployment form cannot be trained; leave --deploy or --training out')
    if min(numbers) < 1 or len(args.shape or ()) > 2:
        parser.error('numbers must be positive, and --shape takes one or two of them')
    return args


def time_forward(
    model: nn.Module,
    inputs: torch.Tensor,
    iters: int,
    log_interval: int = 50,
    mode: str = 'tensor',
) -> dict[str, float]:
    """Time forward passes.

    Args:
        model (nn.Module): Segmentor in eval mode.
        inputs (Tensor): (N, C, H, W), preprocessed.
        iters (int): Passes, after some that do not count.
        log_interval (int): Passes between two reports. Defaults to 50.
        mode (str): 'tensor' up to the logits, 'predict' with the resize to the image's size, the
            threshold and the data samples. Defaults to 'tensor'.

    Returns:
        dict[str, float]: Milliseconds of a pass (median and 95th percentile), images a second
        by the median, and milliseconds of processor time a pass, over all threads.
    """
    elapsed = []
    for index in range(NUM_WARMUP + iters):
        if index == NUM_WARMUP:
            processor = time.process_time()
        start = time.perf_counter()
        with torch.no_grad():
            model(inputs, mode=mode)
        if inputs.is_cuda:
            torch.cuda.synchronize()
        if index >= NUM_WARMUP:
            elapsed.append(time.perf_counter() - start)
            if len(elapsed) % log_interval == 0:
                rate = len(inputs) / np.median(elapsed)
                print(f'Done pass [{len(elapsed):>4}/{iters}], fps: {rate:.2f} img / s')
    processor = (time.process_time() - processor) / iters
    return {
        'latency_median_ms': 1e3 * float(np.median(elapsed)),
        'latency_p95_ms': 1e3 * float(np.percentile(elapsed, 95)),
        'fps': len(inputs) / float(np.median(elapsed)),
        'processor_ms': 1e3 * processor,
    }


def time_training(cfg: Config, steps: int | None = None) -> dict[str, float]:
    """Time one epoch of training: loading, steps, averaging of weights; no validation.

    Args:
        cfg (Config): The config; not changed.
        steps (int, optional): Number of batches; None is the whole data set. Defaults to None.

    Returns:
        dict[str, float]: Length of the epoch in seconds, images a second, share of the time spent
        waiting for data (the start of the workers included), median of a step in milliseconds.
    """
    cfg = cfg.copy()
    for key in ('val', 'test'):
        cfg.update({f'{key}_dataloader': None, f'{key}_evaluator': None, f'{key}_cfg': None})
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
    if steps is not None:
        cfg.train_dataloader.dataset.indices = steps * cfg.train_dataloader.batch_size
    # None switches a hook of the host's off; others are left out.
    cfg.default_hooks.checkpoint = None
    for name in ('visualization', 'resume_fallback'):
        cfg.default_hooks.pop(name, None)
    cfg.visualizer = None
    cfg.load_from, cfg.resume, cfg.log_level = None, False, 'WARNING'
    times = StepTimes()
    with tempfile.TemporaryDirectory() as work_dir:
        cfg.work_dir = work_dir
        cfg.experiment_name = f'benchmark_{Path(work_dir).name}'
        runner = Runner.from_cfg(cfg)
        runner.register_hook(times, priority='LOWEST')
        runner.train()
    return {
        'epoch_s': times.seconds,
        'images': times.images,
        'images_per_s': times.images / times.seconds,
        'data_loading_share': sum(times.loading) / times.seconds,
        'step_median_ms': 1e3 * float(np.median(times.steps)),
    }


def peak_memory(device: str) -> float:
    """Highest memory use so far in MiB: of the process on a CPU, of tensors on a GPU."""
    if device.startswith('cuda'):
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def main(argv: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(argv)
    device = args.device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
    kept = keep_freed_memory()
    if args.threads:
        torch.set_num_threads(args.threads)
    cfg = load_tool_config(args.config, args.cfg_options, args.work_dir)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    size = tuple(args.shape or ())[-2:] * (2 if len(args.shape or ()) == 1 else 1)
    shape = (image_channels(cfg.model), *(size or tuple(cfg.scale)[::-1]))
    model = revert_sync_batchnorm(MODELS.build(cfg.model))
    if args.checkpoint:
        load_checkpoint(model, args.checkpoint, map_location='cpu')
    model = model.to(device).eval()
    if args.deploy:
        model = deploy_form(model)
    complexity = measure_complexity(model, shape)
    inputs = torch.randn(args.batch, *shape, device=device)

    report = {
        'config': args.config,
        'mode': 'training' if args.training else f'eager, {args.mode}',
        'deployment_form': args.deploy,
        'machine': describe_machine(device),
        'freed_memory_kept': kept,
        'parameters': complexity.parameters,
        'macs': complexity.macs,
    }
    if not args.training:
        report.update(input=[args.batch, *shape])
    report['runs'] = []
    for repetition in range(args.repeat_times):
        print(f'Run {repetition + 1}:')
        report['runs'].append(
            time_training(cfg, args.steps)
            if args.training
            else time_forward(model, inputs, args.iters, args.log_interval, args.mode)
        )
    for key in report['runs'][0]:
        report[key] = float(np.mean([run[key] for run in report['runs']]))
    report['peak_memory_mib'] = peak_memory(device)

    table = PrettyTable(['figure', 'value'], align='l')
    for key, value in report.items():
        if key != 'runs':
            table.add_row([key, f'{value:.2f}' if isinstance(value, float) else value])
    print(table)
    file = Path(cfg.work_dir) / f'benchmark_{time.strftime("%Y%m%d_%H%M%S")}.json'
    file.parent.mkdir(parents=True, exist_ok=True)
    dump(report, file, indent=4)
    print(f'figures: {file.resolve()}')


if __name__ == '__main__':
    main()

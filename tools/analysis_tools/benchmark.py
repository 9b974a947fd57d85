"""Measure speed: of one model, of several side by side (--against), or of training (--training).

The flags of the host's tool work here, too. Random images of one size take the place of a data
set, so that few or no images suffice; --training uses the config's training images.

With --against everything runs in turns, each candidate in a process of its own: configs with
weights, files of tools/deployment/export.py, and ONNX files of any origin. A candidate is
PATH[,weights=FILE][,backend=onnxruntime|openvino|torch][,precision=f32|bf16|f16][,deploy][,name=TEXT];
its end-to-end time runs from the bytes of a frame to the list of targets. Beside the times stand
the machine's own limits, measured in the same run.

Example:
    python tools/analysis_tools/benchmark.py CONFIG --threads 2
    python tools/analysis_tools/benchmark.py CONFIG --threads 2 --deploy
    python tools/analysis_tools/benchmark.py CONFIG --threads 2 --training
    python tools/analysis_tools/benchmark.py CONFIG WEIGHTS --threads 2 --shape 320 \
        --against sirst.onnx sirst.onnx,backend=openvino,precision=bf16 peer.onnx \
        --sizes 256x256 512x640 --batches 1 4 16
"""

import argparse
import os
import resource
import sys
import time
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np
import torch
from mmengine.config import DictAction
from mmengine.fileio import dump
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmseg.registry import MODELS
from prettytable import PrettyTable
from torch import nn

from mdp_plugin.benchmark.candidate import Candidate, parse_candidate
from mdp_plugin.benchmark.report import describe_limits, draw, explain_gaps, make_table
from mdp_plugin.benchmark.session import run_session
from mdp_plugin.benchmark.training_speed import time_training
from mdp_plugin.engine.machine import describe_machine
from mdp_plugin.engine.model_complexity import image_channels, measure_complexity
from mdp_plugin.engine.tool_config import load_tool_config
from mdp_plugin.export.deploy_form import deploy_form
from mdp_plugin.host.cpu_allocator import keep_freed_memory
from mdp_plugin.project_files import find_project_file

NUM_WARMUP = 10


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
    against = parser.add_argument_group('side by side')
    against.add_argument('--against', nargs='+', metavar='CANDIDATE', help='more candidates')
    against.add_argument(
        '--sizes', nargs='+', default=[], metavar='HxW', help='more sizes, one frame at a time'
    )
    against.add_argument(
        '--batches', nargs='+', type=int, default=[], metavar='N', help='frames of a pass'
    )
    against.add_argument(
        '--tiled', type=int, metavar='SIDE', help='predict a square image of this side in tiles'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='overrides of the config: key=value'
    )
    args = parser.parse_args(argv)
    numbers = [args.log_interval, args.repeat_times, args.batch, args.iters]
    numbers += [n for n in (args.threads, args.steps, *(args.shape or ())) if n is not None]
    if args.training and args.deploy:
        parser.error('the deployment form cannot be trained; leave --deploy or --training out')
    numbers += args.batches + ([args.tiled] if args.tiled is not None else [])
    if not args.against and (args.sizes or args.batches or args.tiled):
        parser.error('--sizes, --batches and --tiled need --against')
    if args.against and (args.training or args.cfg_options):
        parser.error('--against takes neither --training nor --cfg-options')
    try:
        args.sizes = [parse_size(text) for text in args.sizes]
        args.against = [parse_candidate(text) for text in args.against or ()]
    except ValueError as error:
        parser.error(str(error))
    if min(numbers) < 1 or len(args.shape or ()) > 2:
        parser.error('numbers must be positive, and --shape takes one or two of them')
    return args


def parse_size(text: str) -> tuple[int, int]:
    """Height and width of '512x640'.

    Raises:
        ValueError: If the text is something else.
    """
    sides = text.split('x')
    if len(sides) != 2 or not all(side.isdecimal() and int(side) >= 32 for side in sides):
        raise ValueError(f'a size is HEIGHTxWIDTH, 32 or more each, got {text!r}')
    return int(sides[0]), int(sides[1])


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


def peak_memory(device: str) -> float:
    """Highest memory use so far in MiB: of the process on a CPU, of tensors on a GPU."""
    if device.startswith('cuda'):
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def main_comparison(args: argparse.Namespace) -> None:
    """Time candidates side by side; print the table, write it, the figures and the plot."""
    cfg = load_tool_config(args.config, work_dir=args.work_dir)
    first = Candidate(
        str(find_project_file(args.config, 'config file')),
        weights=args.checkpoint,
        deploy=args.deploy,
        name=f'{Path(args.config).stem} eager{" deploy" if args.deploy else ""}',
    )
    size = tuple(args.shape or ())[-2:] * (2 if len(args.shape or ()) == 1 else 1)
    session = run_session(
        [first, *args.against],
        args.threads or os.cpu_count(),
        size or tuple(cfg.scale)[::-1],
        args.sizes,
        args.batches,
        args.tiled,
    )
    table = make_table(session)
    lines = [describe_limits(session), '', table.get_string(), '', *explain_gaps(session)]
    print('\n'.join(lines))
    file = Path(cfg.work_dir) / f'comparison_{time.strftime("%Y%m%d_%H%M%S")}.json'
    file.parent.mkdir(parents=True, exist_ok=True)
    dump(session, file, indent=4)
    file.with_suffix('.md').write_text('\n'.join(lines) + '\n')
    draw(session, file.with_suffix('.png'))
    print(f'figures, table and plot: {file.resolve()}, .md, .png')


def main(argv: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(argv)
    if args.against:
        main_comparison(args)
        return
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

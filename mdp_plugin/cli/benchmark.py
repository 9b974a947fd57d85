r"""Measure speed: of one model, of several side by side (--against), or of training (--training).

The flags of the host's tool work here, too. Random images of one size take the place of a data
set, so that few or no images suffice; --training uses the config's training images.

With --against everything runs in turns, each candidate in a process of its own: configs with
weights, files of `mdpnet export`, and ONNX files of any origin. A candidate is
PATH[,weights=FILE][,backend=onnxruntime|openvino|torch][,precision=f32|bf16|f16][,deploy][,name=TEXT];
its end-to-end time runs from the bytes of a frame to the list of targets. Beside the times stand
the machine's own limits, measured in the same run.

A file of `mdpnet export` in the place of the config is timed alone, without PyTorch, and printed as
a row for a table of machines.

Example:
    mdpnet benchmark sirst.onnx,backend=openvino --threads 4 --shape 512 640
    mdpnet benchmark CONFIG --threads 2
    mdpnet benchmark CONFIG --threads 2 --deploy
    mdpnet benchmark CONFIG --threads 2 --training
    mdpnet benchmark CONFIG WEIGHTS --threads 2 --shape 320 \
        --against sirst.onnx sirst.onnx,backend=openvino,precision=bf16 peer.onnx \
        --sizes 256x256 512x640 --batches 1 4 16
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from ..project_files import find_project_file
from ..whole_files import write_whole
from .output import add_json_argument, tell, terminal_table


class _ConfigOptions(argparse.Action):
    """The host's `DictAction`, imported when it is needed: other commands run without the host."""

    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> None:
        """Parse `key=value` pairs."""
        from mmengine.config import DictAction

        DictAction(self.option_strings, self.dest, nargs=self.nargs)(parser, *args)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('config', help='path of the config, or of an exported file')
    parser.add_argument('checkpoint', nargs='?', help='path of the weights; default: random')
    parser.add_argument('--log-interval', type=int, default=50, help='passes between two reports')
    parser.add_argument('--work-dir', help='folder for the figures (JSON)')
    parser.add_argument('--repeat-times', type=int, default=1, help='repetitions')
    parser.add_argument(
        '--shape', type=int, nargs='+', help="height and width; default: config's or file's"
    )
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
        '--cfg-options', nargs='+', action=_ConfigOptions, help='overrides of the config: key=value'
    )
    add_json_argument(parser)


def _parse_size(text: str) -> tuple[int, int]:
    """Height and width of '512x640'.

    Raises:
        ValueError: If the text is something else.
    """
    sides = text.split('x')
    if len(sides) != 2 or not all(side.isdecimal() and int(side) >= 32 for side in sides):
        raise ValueError(f'a size is HEIGHTxWIDTH, 32 or more each, got {text!r}')
    return int(sides[0]), int(sides[1])


def _check(args: argparse.Namespace) -> None:
    """Refuse what cannot be combined.

    Raises:
        ValueError: If something cannot.
    """
    if args.training and args.deploy:
        raise ValueError('the deployment form cannot be trained; leave --deploy or --training out')
    if not args.against and (args.sizes or args.batches or args.tiled):
        raise ValueError('--sizes, --batches and --tiled need --against')
    if args.against and (args.training or args.cfg_options):
        raise ValueError('--against takes neither --training nor --cfg-options')
    numbers = [args.log_interval, args.repeat_times, args.batch, args.iters, *args.batches]
    others = (args.threads, args.steps, args.tiled, *(args.shape or ()))
    numbers += [number for number in others if number is not None]
    if min(numbers) < 1 or len(args.shape or ()) > 2:
        raise ValueError('numbers must be positive, and --shape takes one or two of them')


def _compare(args: argparse.Namespace, size: tuple[int, int] | None) -> None:
    """Time candidates side by side; print the table, write it, the figures and the plot."""
    from ..benchmark.candidate import Candidate, parse_candidate

    sizes = [_parse_size(text) for text in args.sizes]
    others = [parse_candidate(text) for text in args.against]
    # Their imports take seconds, and mistakes are to show at once.
    from ..benchmark.report import describe_limits, explain_gaps, make_table, write_session
    from ..benchmark.session import run_session
    from ..engine.tool_config import load_tool_config

    cfg = load_tool_config(args.config, work_dir=args.work_dir)
    first = Candidate(
        str(find_project_file(args.config, 'config file')),
        weights=args.checkpoint,
        deploy=args.deploy,
        name=f'{Path(args.config).stem} eager{" deploy" if args.deploy else ""}',
    )
    session = run_session(
        [first, *others],
        args.threads or os.cpu_count() or 1,
        size or tuple(cfg.scale)[::-1],
        sizes,
        args.batches,
        args.tiled,
    )
    file = Path(cfg.work_dir) / f'comparison_{time.strftime("%Y%m%d_%H%M%S")}.json'
    written = write_session(session, file)
    lines = [describe_limits(session), '', terminal_table(make_table(session)), '']
    print('\n'.join([*lines, *explain_gaps(session)]))
    print(f'figures, table and plot: {", ".join(str(path) for path in written)}')
    tell(args, figures=session, written=written)


def _measure(args: argparse.Namespace, size: tuple[int, int] | None) -> None:
    """Time one model; print the figures and write them."""
    from prettytable import PrettyTable

    from ..benchmark.model_speed import measure_speed
    from ..engine.tool_config import load_tool_config

    cfg = load_tool_config(args.config, args.cfg_options, args.work_dir)
    report = {'config': args.config} | measure_speed(
        cfg,
        args.checkpoint,
        size=size,
        batch=args.batch,
        iters=args.iters,
        repeat_times=args.repeat_times,
        log_interval=args.log_interval,
        mode=args.mode,
        deploy=args.deploy,
        training=args.training,
        steps=args.steps,
        threads=args.threads,
        device=args.device,
    )
    table = PrettyTable(['figure', 'value'], align='l')
    for key, value in report.items():
        if key != 'runs':
            table.add_row([key, f'{value:.2f}' if isinstance(value, float) else value])
    print(terminal_table(table))
    file = Path(cfg.work_dir) / f'benchmark_{time.strftime("%Y%m%d_%H%M%S")}.json'
    write_whole(file, json.dumps(report, indent=4).encode())
    print(f'figures: {file.resolve()}')
    tell(args, figures=report, written=[file.resolve()])


def _measure_file(args: argparse.Namespace, size: tuple[int, int] | None) -> None:
    """Time an exported file; print its row.

    Raises:
        ValueError: If an option needs a config.
    """
    from ..benchmark.board import board_table, measure_file
    from ..benchmark.candidate import parse_candidate
    from ..deploy.runtime import backends_of, load_exported

    if args.checkpoint or args.against or args.training or args.deploy or args.batch != 1:
        raise ValueError('an exported file is timed alone, one frame at a time, without weights')
    if args.device is not None:
        raise ValueError(f'"{args.config}" is not run by PyTorch; leave --device out')
    candidate, threads = parse_candidate(args.config), args.threads or os.cpu_count() or 1
    detector = load_exported(
        candidate.path,
        backend=candidate.backend,
        threads=threads,
        precision=candidate.precision,
    )
    about = detector.metadata
    size = size or about.frame_size or about.size or (512, 640)
    figures = measure_file(detector, size, args.iters)
    backend = candidate.backend or backends_of(Path(candidate.path))[0]
    how = backend if candidate.precision == 'f32' else f'{backend}, {candidate.precision}'
    print(board_table(detector, how, threads, size, figures))
    tell(args, figures=figures)


def run(args: argparse.Namespace) -> int:
    """Measure, print and write."""
    _check(args)
    # One number is the side of a square.
    size = (args.shape[0], args.shape[-1]) if args.shape else None
    if not args.config.split(',')[0].endswith('.py'):
        _measure_file(args, size)
    else:
        (_compare if args.against else _measure)(args, size)
    return 0

"""Train a model: `python tools/train.py CONFIG`."""

import argparse
import os
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import DictAction

from mdp_plugin.engine.tool_config import load_tool_config, mistakes_in_one_sentence
from mdp_plugin.engine.training import build_runner, enable_amp, run_training
from mdp_plugin.host.cpu_allocator import keep_freed_memory


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; the flags are those of the stock tool."""
    parser = argparse.ArgumentParser(description='Train a segmentor')
    parser.add_argument('config', help='path of the config')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint of the work dir'
    )
    parser.add_argument(
        '--allow-mismatch',
        action='store_true',
        help='start from what fits of the weights in load_from, for transfer learning',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='mixed precision: float16 on GPUs, bfloat16 on CPUs that have it',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='overrides of the config, as key=value; keys may be nested (a.b=1), lists are '
        'written key="[a,b]" without spaces',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    # torchrun's predecessor passes the rank as an argument, newer ones by environment.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args(argv)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main(argv: list[str] | None = None) -> None:
    """Build the runner and train."""
    args = parse_args(argv)
    keep_freed_memory()
    with mistakes_in_one_sentence('tools/train.py'):
        cfg = load_tool_config(args.config, args.cfg_options, args.work_dir, args.launcher)
        cfg.resume = args.resume
        if args.allow_mismatch:
            cfg.allow_mismatch = True
        if args.amp:
            enable_amp(cfg)
        run_training(build_runner(cfg))


if __name__ == '__main__':
    main()

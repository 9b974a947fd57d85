"""Test a trained model: `python tools/test.py CONFIG CHECKPOINT`."""

import argparse
import os
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from mdp_plugin.engine.tool_config import (
    load_tool_config,
    mistakes_in_one_sentence,
    without_teacher,
)
from mdp_plugin.host.cpu_allocator import keep_freed_memory


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; the flags are those of the stock tool."""
    parser = argparse.ArgumentParser(description='Test a segmentor')
    parser.add_argument('config', help='path of the config')
    parser.add_argument('checkpoint', help='path of the weights')
    parser.add_argument('--work-dir', help='folder for the log and the metrics (JSON)')
    parser.add_argument('--out', help='folder for the predicted masks')
    parser.add_argument('--show', action='store_true', help='show predictions in a window')
    parser.add_argument(
        '--show-dir', help='folder for pictures of the predictions (in vis_data/vis_image)'
    )
    parser.add_argument('--wait-time', type=float, default=2, help='seconds per shown picture')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='overrides of the config, as key=value; keys may be nested (a.b=1), lists are '
        'written key="[a,b]" without spaces',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--tta', action='store_true', help='average over augmented views')
    # torchrun's predecessor passes the rank as an argument, newer ones by environment.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args(argv)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def enable_pictures(cfg: Config, show: bool, show_dir: str | None, wait_time: float) -> None:
    """Make the visualization hook draw every prediction.

    Args:
        cfg (Config): The config; changed in place.
        show (bool): Open windows.
        show_dir (str, optional): Where to save pictures.
        wait_time (float): Seconds per window.

    Raises:
        ValueError: If the config has no visualization hook.
    """
    hook = cfg.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise ValueError(
            '--show and --show-dir need default_hooks.visualization in the config, for example '
            "dict(type='SegVisualizationHook')"
        )
    hook.draw = True
    if show:
        hook.update(show=True, wait_time=wait_time)
    if show_dir:
        cfg.visualizer.save_dir = show_dir


def enable_tta(cfg: Config) -> None:
    """Wrap the model and replace the test pipeline for test-time augmentation.

    Args:
        cfg (Config): The config; changed in place.

    Raises:
        ValueError: If the config lacks ``tta_model`` or ``tta_pipeline``.
    """
    missing = [key for key in ('tta_model', 'tta_pipeline') if key not in cfg]
    if missing:
        raise ValueError(f'--tta needs {" and ".join(missing)} in the config')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)


def enable_output(cfg: Config, out_dir: str) -> None:
    """Make the metric write the predicted masks.

    Args:
        cfg (Config): The config; changed in place.
        out_dir (str): Folder for the masks.

    Raises:
        ValueError: If the config's ``test_evaluator`` is a list.
    """
    if not isinstance(cfg.test_evaluator, dict):
        raise ValueError('--out needs test_evaluator to be one dict, not a list of metrics')
    cfg.test_evaluator.update(output_dir=out_dir, keep_results=True)


def main(argv: list[str] | None = None) -> None:
    """Build the runner and test."""
    args = parse_args(argv)
    keep_freed_memory()
    with mistakes_in_one_sentence('tools/test.py'):
        cfg = load_tool_config(args.config, args.cfg_options, args.work_dir, args.launcher)
        without_teacher(cfg).load_from = args.checkpoint
        if args.show or args.show_dir:
            enable_pictures(cfg, args.show, args.show_dir, args.wait_time)
        if args.tta:
            enable_tta(cfg)
        if args.out:
            enable_output(cfg, args.out)
        runner = RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
        runner.test()


if __name__ == '__main__':
    main()

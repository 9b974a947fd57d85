"""Count parameters and multiply-accumulates of a model, in total and stage by stage.

The flags are those of the host's tool, which knows three-channel images only.

Example:
    python tools/analysis_tools/get_flops.py CONFIG --shape 320 320
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import Config, DictAction
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from prettytable import PrettyTable

from mdp_plugin.engine.model_complexity import (
    COUNTED,
    Complexity,
    image_channels,
    measure_complexity,
)
from mdp_plugin.engine.tool_config import (
    load_tool_config,
    mistakes_in_one_sentence,
    without_teacher,
)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        '--shape',
        type=int,
        nargs='+',
        help="height and width of the image, or the side of a square; default: the config's scale",
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='overrides of the config: key=value'
    )
    args = parser.parse_args(argv)
    if args.shape is not None and (len(args.shape) > 2 or min(args.shape) < 1):
        parser.error('--shape takes one or two positive numbers: height and width')
    return args


def image_size(cfg: Config, shape: list[int] | None) -> tuple[int, int]:
    """Decide on the size of the image.

    Args:
        cfg (Config): The config.
        shape (list[int], optional): What the command line says.

    Returns:
        tuple[int, int]: Height and width.

    Raises:
        ValueError: If neither the command line nor the config names a size.
    """
    if shape:
        return (shape[0], shape[-1])
    if 'scale' not in cfg:
        raise ValueError('the config has no `scale`; give --shape HEIGHT WIDTH')
    return tuple(cfg.scale)[::-1]


def complexity_table(complexity: Complexity) -> str:
    """Lay the counts out, a line for each part of the model."""
    table = PrettyTable(['part', 'parameters', 'MACs (M)', 'share'], align='r')
    table.align['part'] = 'l'
    for name, (parameters, macs) in complexity.stages.items():
        share = f'{macs / max(complexity.macs, 1):.1%}'
        table.add_row([name, f'{parameters:,}', f'{macs / 1e6:,.2f}', share])
    table.add_row(['total', f'{complexity.parameters:,}', f'{complexity.macs / 1e6:,.2f}', '100%'])
    return table.get_string()


def main(argv: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(argv)
    cfg = without_teacher(load_tool_config(args.config, args.cfg_options))
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    model = revert_sync_batchnorm(MODELS.build(cfg.model))
    shape = (image_channels(cfg.model), *image_size(cfg, args.shape))
    complexity = measure_complexity(model, shape)
    print(complexity_table(complexity))
    print(f'Input shape: {shape}')
    print(f'MACs: {complexity.macs / 1e9:.4f} G ({complexity.macs:,})')
    print(f'Params: {complexity.parameters / 1e6:.4f} M ({complexity.parameters:,})')
    print(COUNTED)


if __name__ == '__main__':
    with mistakes_in_one_sentence('tools/analysis_tools/get_flops.py'):
        main()

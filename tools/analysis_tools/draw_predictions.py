"""Draw input, truth and prediction of test images side by side, and a contact sheet of all.

Hits, misses and false alarms are decided by the metric's own matching (8-connected components,
centroids less than 3 pixels apart).

Example:
    python tools/analysis_tools/draw_predictions.py CONFIG CHECKPOINT --out pictures
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import DictAction

from mdp_plugin.engine.tool_config import load_tool_config, mistakes_in_one_sentence
from mdp_plugin.visualization.predictions import draw_predictions
from mdp_plugin.wording import counted


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('checkpoint', help='path of the weights')
    parser.add_argument('--out', help='folder of the pictures; default: WORK_DIR/pictures')
    parser.add_argument('--max-images', type=int, help='draw the first N images only')
    parser.add_argument('--device', help="default: 'cuda:0' if there is a GPU, else 'cpu'")
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='overrides of the config: key=value'
    )
    args = parser.parse_args()
    if args.max_images is not None and args.max_images < 1:
        parser.error('--max-images must be at least 1')
    return args


def main() -> None:
    """Run the tool."""
    args = parse_args()
    cfg = load_tool_config(args.config, args.cfg_options)
    out = Path(args.out or Path(cfg.work_dir) / 'pictures')
    number = draw_predictions(
        cfg, args.checkpoint, out, max_images=args.max_images, device=args.device
    )
    print(f'{counted(number, "picture")} and contact_sheet.png in {out.resolve()}')


if __name__ == '__main__':
    with mistakes_in_one_sentence('tools/analysis_tools/draw_predictions.py'):
        main()

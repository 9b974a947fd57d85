"""Draw what training sees: images after the training pipeline, targets outlined.

The flags are those of the host's tool, which cannot draw images of one channel or of 16 bit.

Example:
    python tools/analysis_tools/browse_dataset.py CONFIG --not-show --output-dir pictures
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import cv2
import numpy as np
from mmengine.config import DictAction
from mmengine.registry import init_default_scope
from mmengine.utils import ProgressBar
from mmseg.registry import DATASETS

from mdp_plugin.engine.tool_config import load_tool_config, mistakes_in_one_sentence
from mdp_plugin.imaging.drawing import as_display_image, enlarge, outline
from mdp_plugin.imaging.picture_files import write_picture

TARGET, IGNORED = (60, 60, 255), (255, 160, 60)  # BGR: red, blue
SIDE = 512  # smallest side of a picture after enlargement, in pixels


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('--output-dir', help='folder for the pictures')
    parser.add_argument('--not-show', action='store_true', help='open no window')
    parser.add_argument('--show-interval', type=float, default=2, help='seconds a picture is shown')
    parser.add_argument('--max-images', type=int, help='draw the first N images only')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='overrides of the config: key=value'
    )
    args = parser.parse_args(argv)
    if args.not_show and not args.output_dir:
        parser.error('--not-show without --output-dir leaves nothing to do')
    return args


def draw(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Outline the targets of an image, outside of their pixels.

    Args:
        image (np.ndarray): (H, W) or (H, W, C) of any depth, see
            :func:`~mdp_plugin.imaging.drawing.as_display_image`.
        mask (np.ndarray): (H, W), 1 target, 255 ignored.

    Returns:
        np.ndarray: uint8 BGR, enlarged by a whole number.
    """
    factor = max(1, -(-SIDE // min(mask.shape)))
    picture = enlarge(as_display_image(image), factor)
    for label, colour in ((255, IGNORED), (1, TARGET)):
        outline(picture, mask == label, colour, factor=factor)
    return picture


def main(argv: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(argv)
    cfg = load_tool_config(args.config, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    number = min(len(dataset), args.max_images or len(dataset))
    if args.output_dir:
        Path(args.output_dir).mkdir(parents=True, exist_ok=True)
    progress = ProgressBar(number)
    for index in range(number):
        item = dataset[index]
        sample = item['data_samples']
        image = item['inputs'].permute(1, 2, 0).numpy()
        picture = draw(image, sample.gt_sem_seg.data.squeeze(0).numpy())
        if args.output_dir:
            # The number keeps images of one name in different folders apart.
            name = f'{index:05d}_{Path(sample.img_path).stem}.png'
            file = Path(args.output_dir) / name
            write_picture(file, picture)
        if not args.not_show:
            cv2.imshow('browse_dataset', picture)
            if cv2.waitKey(max(1, int(1000 * args.show_interval))) == 27:  # escape
                break
        progress.update()
    print()


if __name__ == '__main__':
    with mistakes_in_one_sentence('tools/analysis_tools/browse_dataset.py'):
        main()

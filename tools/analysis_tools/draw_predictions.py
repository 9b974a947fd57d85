"""Draw input, truth and prediction of test images side by side, and a contact sheet of all.

Hits, misses and false alarms are decided by the metric's own matching (8-connected components,
centroids less than 3 pixels apart).

Example:
    python tools/analysis_tools/draw_predictions.py CONFIG CHECKPOINT --out pictures
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import cv2
import numpy as np
import torch
from mmengine.config import DictAction
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.apis import init_model

from mdp_plugin.engine.tool_config import load_tool_config
from mdp_plugin.evaluation.functional import Components, label_components, match_components
from mdp_plugin.imaging.drawing import (
    FALSE,
    HIT,
    MISS,
    as_display_image,
    enlarge,
    ring,
    to_display,
)
from mdp_plugin.imaging.grey_levels import to_grey
from mdp_plugin.imaging.picture_files import read_image
from mdp_plugin.imaging.resampling import resize_image

INK, EDGE, PAPER = (235, 235, 235), (110, 110, 110), (32, 32, 32)
PANEL = 384  # smallest side of a panel after enlargement, in pixels
BAR = 26  # height of the caption above a panel
SHEET_PANEL = 200  # side of a panel on the contact sheet


class Match(NamedTuple):
    """Components of truth and prediction and which of them belong together.

    Attributes:
        truth (Components): True targets.
        pred (Components): Predicted components.
        hit_truth (set[int]): Indices of detected targets.
        hit_pred (set[int]): Indices of predictions that are one.
    """

    truth: Components
    pred: Components
    hit_truth: set[int]
    hit_pred: set[int]

    @property
    def caption(self) -> str:
        """Numbers of hits, misses and false alarms in words."""
        hits = len(self.hit_truth)
        return (
            f'{hits} hit, {len(self.truth.areas) - hits} missed, '
            f'{len(self.pred.areas) - len(self.hit_pred)} false'
        )


def match_masks(pred: np.ndarray, truth: np.ndarray) -> Match:
    """Match the components of a predicted mask with the targets, by the metric's default rule.

    Args:
        pred (np.ndarray): bool (H, W).
        truth (np.ndarray): bool (H, W).

    Returns:
        Match: Components and pairs.
    """
    parts, targets = label_components(pred), label_components(truth)
    pairs = match_components(parts, targets)
    return Match(targets, parts, {t for _, t in pairs}, {p for p, _ in pairs})


def read_levels(path: str, shape: tuple[int, int]) -> np.ndarray:
    """Read an image as 8-bit grey for display.

    Args:
        path (str): File of the image.
        shape (tuple[int, int]): Height and width of the masks; an image of another size is
            resized (test pipelines that score on a square).

    Returns:
        np.ndarray: uint8 (H, W), see :func:`~mdp_plugin.imaging.drawing.to_display`.

    Raises:
        OSError: If the file cannot be read.
    """
    try:
        image = read_image(path)
    except OSError as error:
        raise OSError(f'cannot read the image {path}: {error}') from error
    return resize_image(to_display(to_grey(image, name=path)), shape[::-1])


def enlarged_bgr(image: np.ndarray, factor: int) -> np.ndarray:
    """Repeat the pixels of uint8 (H, W), and make the picture BGR."""
    return enlarge(as_display_image(image), factor)


def add_inset(panel: np.ndarray, image: np.ndarray, centre: np.ndarray) -> None:
    """Show the 32 x 32 pixels around a place enlarged in the opposite corner, in place."""
    half = 16
    y, x = np.round(centre).astype(int)
    padded = np.pad(image, half, mode='edge')
    view = enlarged_bgr(padded[y : y + 2 * half, x : x + 2 * half], max(panel.shape[0] // 100, 1))
    view = cv2.copyMakeBorder(view, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=INK)
    height, width = view.shape[:2]
    top = 4 if y > image.shape[0] / 2 else panel.shape[0] - height - 4
    left = 4 if x > image.shape[1] / 2 else panel.shape[1] - width - 4
    if top >= 0 and left >= 0:
        panel[top : top + height, left : left + width] = view


def place_of_interest(match: Match) -> np.ndarray | None:
    """Centroid worth an inset: the first miss, else the first false alarm, else a target."""
    missed = [i for i in range(len(match.truth.areas)) if i not in match.hit_truth]
    false = [i for i in range(len(match.pred.areas)) if i not in match.hit_pred]
    if missed:
        return match.truth.centroids[missed[0]]
    if false:
        return match.pred.centroids[false[0]]
    return match.truth.centroids[0] if len(match.truth.areas) else None


def draw_panels(image: np.ndarray, pred: np.ndarray, truth: np.ndarray) -> list[np.ndarray]:
    """Draw the three panels of one image.

    Args:
        image (np.ndarray): uint8 (H, W).
        pred (np.ndarray): bool (H, W) predicted mask.
        truth (np.ndarray): bool (H, W) true mask.

    Returns:
        list[np.ndarray]: Input, truth, prediction; uint8 BGR of one size, with captions.
    """
    match = match_masks(pred, truth)
    factor = max(1, round(PANEL / min(image.shape)))
    pictures = (image, truth.astype(np.uint8) * 255, pred.astype(np.uint8) * 255)
    panels = [enlarged_bgr(picture, factor) for picture in pictures]
    for index in range(len(match.truth.areas)):
        hit, region = index in match.hit_truth, match.truth.labels == index + 1
        ring(panels[1], region, HIT if hit else MISS, factor=factor)
        if not hit:
            ring(panels[2], region, MISS, factor=factor)
    for index in range(len(match.pred.areas)):
        colour = HIT if index in match.hit_pred else FALSE
        ring(panels[2], match.pred.labels == index + 1, colour, factor=factor)
    place = place_of_interest(match)
    number = len(match.truth.areas)
    truth_caption = f'truth: {number} target{"" if number == 1 else "s"}'
    captions = ('input', truth_caption, f'prediction: {match.caption}')
    for number, caption in enumerate(captions):
        if place is not None:
            add_inset(panels[number], pictures[number], place)
        bar = np.full((BAR, panels[number].shape[1], 3), PAPER, np.uint8)
        cv2.putText(bar, caption, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)
        panels[number] = np.vstack((bar, panels[number]))
        panels[number][:, -2:] = EDGE  # two black panels side by side need a border
    return panels


def make_sheet(rows: list[list[np.ndarray]], columns: int = 2) -> np.ndarray:
    """Arrange the panels of all images on one sheet, several images in a row.

    Args:
        rows (list[list[np.ndarray]]): The panels of each image.
        columns (int): Images side by side. Defaults to 2.

    Returns:
        np.ndarray: uint8 BGR.
    """
    strips = []
    for panels in rows:
        small = [
            cv2.resize(panel, (SHEET_PANEL, SHEET_PANEL), interpolation=cv2.INTER_AREA)
            for panel in panels
        ]
        strip = np.hstack(small)
        strips.append(cv2.copyMakeBorder(strip, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=PAPER))
    columns = min(columns, len(strips))
    strips += [np.full_like(strips[0], PAPER[0])] * (-len(strips) % columns)
    return np.vstack([np.hstack(strips[i : i + columns]) for i in range(0, len(strips), columns)])


def save(path: Path, picture: np.ndarray) -> None:
    """Write a PNG file; raises OSError where that fails."""
    if not cv2.imwrite(str(path), picture):
        raise OSError(f'cannot write the picture {path}')


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
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    device = args.device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
    model = init_model(cfg, args.checkpoint, device=device)
    loader_cfg = dict(cfg.test_dataloader, num_workers=0, persistent_workers=False)
    loader = Runner.build_dataloader(loader_cfg)
    out = Path(args.out or Path(cfg.work_dir) / 'pictures')
    out.mkdir(parents=True, exist_ok=True)
    rows: list[list[np.ndarray]] = []
    for batch in loader:
        with torch.no_grad():
            samples = model.test_step(batch)
        for sample in samples:
            pred = sample.pred_sem_seg.data.squeeze(0).cpu().numpy() == 1
            truth = sample.gt_sem_seg.data.squeeze(0).cpu().numpy() == 1
            panels = draw_panels(read_levels(sample.img_path, truth.shape), pred, truth)
            save(out / f'{Path(sample.img_path).stem}.png', np.hstack(panels))
            rows.append(panels)
            if len(rows) == args.max_images:
                break
        if len(rows) == args.max_images:
            break
    save(out / 'contact_sheet.png', make_sheet(rows))
    print(f'{len(rows)} pictures and contact_sheet.png in {out.resolve()}')


if __name__ == '__main__':
    main()

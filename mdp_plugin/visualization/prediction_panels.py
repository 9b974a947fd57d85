"""Input, truth and prediction of an image side by side, and a contact sheet of several.

Hits, misses and false alarms are decided by the metric's own matching (8-connected components,
centroids less than 3 pixels apart).
"""

from typing import NamedTuple

import cv2
import numpy as np

from ..evaluation.functional import Components, label_components, match_components
from ..imaging.drawing import FALSE, HIT, MISS, as_display_image, enlarge, ring, to_display
from ..imaging.grey_levels import GreyLevels
from ..imaging.picture_files import read_image
from ..imaging.resampling import resize_image

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


def read_levels(path: str, shape: tuple[int, int], levels: GreyLevels) -> np.ndarray:
    """Read an image as 8-bit grey for display.

    Args:
        path (str): File of the image.
        shape (tuple[int, int]): Height and width of the masks; an image of another size is
            resized (test pipelines that score on a square).
        levels (GreyLevels): Makes grey levels of it, as for the network.

    Returns:
        np.ndarray: uint8 (H, W), see :func:`~mdp_plugin.imaging.drawing.to_display`.

    Raises:
        OSError: If the file cannot be read.
    """
    try:
        image = read_image(path)
    except OSError as error:
        raise OSError(f'cannot read the image {path}: {error}') from error
    return resize_image(to_display(levels(image, path)), shape[::-1])


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

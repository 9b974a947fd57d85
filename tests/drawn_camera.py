"""A camera's folder of drawn frames, with their targets told in each way that is understood."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np

from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings


def draw_frames(
    folder: Path, count: int = 18, *, depth: int = 8, recordings: int = 3, side: int = 64
) -> dict[str, np.ndarray]:
    """Write frames in `images/`, each recording with its own name.

    Args:
        folder (Path): The folder.
        count (int): Number of frames. Defaults to 18.
        depth (int): 8 or 16 bit. Defaults to 8.
        recordings (int): Number of recordings. Defaults to 3.
        side (int): Height and width. Defaults to 64.

    Returns:
        dict[str, np.ndarray]: uint8 masks by file name; the first frame of each recording is empty.
    """
    (folder / 'images').mkdir(parents=True)
    masks = {}
    for index in range(count):
        number = 0 if index % (count // recordings) == 0 else 1
        targets = TargetSettings(count=(number, number), scr=(8, 12))
        settings = SceneSettings(size=(side, side), bit_depth=depth, targets=targets)
        scene = SceneGenerator(settings, seed=0)(index)
        name = f'night{index // (count // recordings) + 1}_{index:03d}.png'
        cv2.imwrite(str(folder / 'images' / name), scene.image)
        masks[name] = scene.mask
    return masks


def write_masks(folder: Path, masks: dict[str, np.ndarray], pattern: str = 'masks/{}.png') -> None:
    """Write masks as pictures."""
    for name, mask in masks.items():
        file = folder / pattern.format(Path(name).stem)
        file.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(file), mask)


def outline(mask: np.ndarray) -> list[list[float]]:
    """The one polygon around the pixels of a target without holes, as COCO counts."""
    large = cv2.resize(mask, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Twice enlarged, the centres of the outermost pixels lie a quarter inside of the true edge.
    return [((contour.reshape(-1, 2) + 0.5) / 2).ravel().tolist() for contour in contours]


def write_coco(folder: Path, masks: dict[str, np.ndarray]) -> Path:
    """Write the targets as polygons."""
    images = [{'id': index, 'file_name': name} for index, name in enumerate(masks)]
    annotations = [
        {'id': index, 'image_id': index, 'category_id': 1, 'segmentation': outline(mask)}
        for index, mask in enumerate(masks.values())
        if mask.any()
    ]
    file = folder / 'labels.json'
    file.write_text(json.dumps({'images': images, 'annotations': annotations}))
    return file


def write_points(folder: Path, masks: dict[str, np.ndarray]) -> Path:
    """Write the centre of each target."""
    file = folder / 'points.csv'
    with file.open('w', newline='') as table:
        writer = csv.writer(table)
        writer.writerow(['name', 'x', 'y'])
        for name, mask in masks.items():
            if mask.any():
                rows, columns = np.nonzero(mask)
                writer.writerow([name, columns.mean(), rows.mean()])
    return file

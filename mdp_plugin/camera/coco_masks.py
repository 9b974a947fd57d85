"""Targets of a COCO file: polygons, run lengths, or boxes alone."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from ..wording import counted
from .frames import Frame, some
from .point_masks import grow


class CocoMasks:
    """Masks by a JSON file in COCO's form.

    A pixel belongs to a polygon if its centre lies inside; COCO counts from the upper left corner
    of the first pixel. A polygon that holds no centre is the pixel of its own centre. In a box
    without polygon the target is grown from the brightest pixel, see
    :func:`~mdp_plugin.camera.point_masks.grow`. All categories are targets.

    Args:
        path (Path): The file.
        frames (list[Frame]): All frames of the folder.
        folder (Path): The folder, to which names in the file may be relative.

    Attributes:
        frames (list[Frame]): Those that the file names; the others have no labels.
        remarks (list[str]): What a reader should know.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not of that form, or names frames that are missing.
    """

    def __init__(self, path: Path, frames: list[Frame], folder: Path) -> None:
        self.path = path
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
            images = {image['id']: str(image['file_name']) for image in content['images']}
            annotations = list(content['annotations'])
            owners = [annotation['image_id'] for annotation in annotations]
            strangers = sorted({str(owner) for owner in owners if owner not in images})
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(
                f'"{path}" is no COCO file: it needs the lists "images" (id, file_name) and '
                f'"annotations" (image_id, segmentation or bbox)'
            ) from error
        known = _by_file_name(frames, folder)
        missing = sorted(name for name in images.values() if _key(name, known) is None)
        if missing:
            raise ValueError(
                f'"{path}" names {counted(len(missing), "frame")} that "{folder}" does not hold: '
                f'{some(missing)}'
            )
        if strangers:
            raise ValueError(f'"{path}" has annotations of unknown images: id {some(strangers)}')
        self._annotations: dict[Path, list[dict[str, Any]]] = defaultdict(list)
        files = {key: known[str(_key(name, known))] for key, name in images.items()}
        for owner, annotation in zip(owners, annotations, strict=True):
            self._annotations[files[owner]].append(annotation)
        listed = set(files.values())
        self.frames = [frame for frame in frames if frame.file in listed]
        self._boxes = 0
        self._unlisted = len(frames) - len(self.frames)

    @property
    def remarks(self) -> list[str]:
        """What a reader should know."""
        said = []
        if self._unlisted:
            said.append(f'left out: {counted(self._unlisted, "frame")} not in "{self.path.name}"')
        if self._boxes:
            said.append(
                f'no polygon of {counted(self._boxes, "box", "boxes")}: each target is grown '
                'from the brightest pixel of its box, down to half of its height over the '
                'surroundings'
            )
        return said

    def __call__(self, frame: Frame, values: np.ndarray) -> np.ndarray:
        """Draw the targets of a frame.

        Args:
            frame (Frame): The frame.
            values (np.ndarray): Its pixels, (H, W).

        Returns:
            np.ndarray: bool (H, W).

        Raises:
            ValueError: If an annotation cannot be drawn, or lies outside of the frame.
        """
        mask = np.zeros(values.shape, bool)
        for annotation in self._annotations[frame.file]:
            try:
                self._draw(annotation, values, mask)
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f'"{self.path}": annotation {annotation.get("id")} of "{frame.file.name}" '
                    f'cannot be drawn: {error}'
                ) from error
        return mask

    def _draw(self, annotation: dict[str, Any], values: np.ndarray, mask: np.ndarray) -> None:
        """Add a target to a mask."""
        shape = annotation.get('segmentation')
        if isinstance(shape, dict):
            size = tuple(int(side) for side in shape['size'])
            if size != mask.shape:
                raise ValueError(f'it is of {size}, the frame of {mask.shape} (height, width)')
            mask |= _run_lengths(shape['counts'], mask.shape)
            return
        if shape:
            for polygon in shape:
                fill_polygon(np.array(polygon, float).reshape(-1, 2), mask)
            return
        x, y, width, height = (float(number) for number in annotation['bbox'])
        if not (x >= 0 and y >= 0 and width > 0 and height > 0) or (
            x + width > mask.shape[1] or y + height > mask.shape[0]
        ):
            raise ValueError(f'its box {annotation["bbox"]} lies outside of the frame')
        left, top = min(int(x), mask.shape[1] - 1), min(int(y), mask.shape[0] - 1)
        right, bottom = max(left + 1, round(x + width)), max(top + 1, round(y + height))
        inside = np.zeros(mask.shape, bool)
        inside[top:bottom, left:right] = True
        brightest = np.argmax(np.where(inside, values, -np.inf))
        row, column = np.unravel_index(brightest, mask.shape)
        mask |= grow(values, int(column), int(row))[0] & inside
        self._boxes += 1


def _by_file_name(frames: list[Frame], folder: Path) -> dict[str, Path]:
    """Files by all names by which a JSON file may call them; ambiguous ones are left out."""
    found: dict[str, Path] = {}
    twice = set()
    for frame in frames:
        for name in {
            frame.file.relative_to(folder).as_posix(),
            frame.name + frame.file.suffix,
            frame.file.name,
        }:
            if name in found:
                twice.add(name)
            found[name] = frame.file
    return {name: file for name, file in found.items() if name not in twice}


def _key(name: str, known: dict[str, Path]) -> str | None:
    """The name among those known that a file means, which may have folders of another machine."""
    parts = name.replace('\\', '/').split('/')
    tails = ('/'.join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in known), None)


def fill_polygon(corners: np.ndarray, mask: np.ndarray) -> None:
    """Set the pixels whose centres lie inside of a polygon (even-odd rule).

    Args:
        corners (np.ndarray): (n, 2), x and y from the upper left corner of the first pixel.
        mask (np.ndarray): bool (H, W); changed in place.

    Raises:
        ValueError: If the polygon has fewer than three corners or leaves the frame.
    """
    height, width = mask.shape
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError('a polygon has three corners or more')
    if corners.min() < 0 or (corners.max(axis=0) > (width, height)).any():
        raise ValueError('its polygon leaves the frame')
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    y, x = np.mgrid[top:bottom, left:right] + 0.5
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 <= y) != (y1 <= y)
            inside ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    if inside.any():
        mask[top:bottom, left:right] |= inside
        return
    centre_x, centre_y = corners.mean(axis=0)
    mask[min(int(centre_y), height - 1), min(int(centre_x), width - 1)] = True


def _run_lengths(counts: list[int] | str, shape: tuple[int, ...]) -> np.ndarray:
    """Decode COCO's run lengths, of background and target in turns, column by column.

    Args:
        counts (list[int] | str): Plain, or compressed as pycocotools writes them: digits of five
            bits in letters, of the difference to the run before the last one.
        shape (tuple[int, int]): Height and width.

    Returns:
        np.ndarray: bool (H, W).

    Raises:
        ValueError: If they do not cover the frame.
    """
    runs: list[int] = list(counts) if not isinstance(counts, str) else []
    if isinstance(counts, str):
        value = shift = 0
        for letter in counts:
            digit = ord(letter) - 48
            value |= (digit & 31) << shift
            shift += 5
            if not digit & 32:  # the last digit of this run
                if digit & 16:
                    value -= 1 << shift
                runs.append(value + (runs[-2] if len(runs) > 2 else 0))
                value = shift = 0
    if any(run < 0 for run in runs) or sum(runs) != shape[0] * shape[1]:
        raise ValueError('its run lengths do not cover the frame')
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(shape[::-1]).T

"""Paste targets into places without any."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...imaging.masks import label_targets


class _Target(NamedTuple):
    """A target lifted off its background."""

    signal: np.ndarray  # grey levels above the background, fading to 0 at the border, (h, w[, 3])
    mask: np.ndarray  # uint8 (h, w) in {0, 1}
    clutter: float  # strength of the background around it, grey levels


class _Bank:
    """The last targets that passed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.targets: list[_Target] = []
        self._next = 0

    def add(self, target: _Target) -> None:
        if len(self.targets) < self.size:
            self.targets.append(target)
        else:
            self.targets[self._next] = target
        self._next = (self._next + 1) % self.size


#: Banks that several steps share, by their names.
_SHARED: dict[str, _Bank] = {}


@TRANSFORMS.register_module()
class TargetCopyPaste(BaseTransform):
    """Paste targets, of this image and of those seen before, where there are none.

    Every target that passes is lifted off its background: the median of the ring around it is
    subtracted and the rest fades out over ``margin`` pixels, so that the target's glow comes
    along and its surroundings do not. The last ``bank_size`` targets are remembered (by each
    data loader worker for itself). Pasting adds a turned target to the local background, scaled
    by the ratio of the clutter here and there, within ``gain``, so that it is as hard to see.
    A paste is given up, and nothing labelled, where it would touch a target or would hardly
    show, as in saturated sky.

    Put it after the steps that fix the scale, so that targets are of one scale; the image is
    expected in 0..255 units. The mask gets exactly the pixels of the pasted targets.

    Required Keys:

    - img (np.float32)
    - gt_seg_map (optional)

    Modified Keys:

    - img
    - gt_seg_map

    Args:
        prob (float): Probability of pasting into an image. Defaults to 0.5.
        num_targets (tuple[int, int]): Smallest and largest number of pasted targets.
            Defaults to (1, 3).
        margin (int): Pixels around a target that belong to its glow, 2 or more. Defaults to 4.
        gain (tuple[float, float]): Limits of the scale of a pasted signal. Defaults to
            (0.5, 2.0).
        min_contrast (float): Mean change, in grey levels, under which a paste is given up.
            Defaults to 5.0.
        bank_size (int): Number of remembered targets. Defaults to 256.
        bank (str, optional): Name of a bank that all steps of this name share, so that targets of
            one data set are pasted into frames of another one. With ``prob`` 0 a step only
            remembers. Defaults to None: a bank of its own.

    Raises:
        ValueError: If an argument is out of its range.
    """

    _TRIES = 10

    def __init__(
        self,
        prob: float = 0.5,
        num_targets: Sequence[int] = (1, 3),
        margin: int = 4,
        gain: Sequence[float] = (0.5, 2.0),
        min_contrast: float = 5.0,
        bank_size: int = 256,
        bank: str | None = None,
    ) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in 0..1, not {prob!r}')
        if len(num_targets) != 2 or not 1 <= num_targets[0] <= num_targets[1]:
            raise ValueError(f'num_targets must be (low, high), 1 <= low <= high: {num_targets!r}')
        if margin < 2:
            raise ValueError(f'margin must be at least 2, not {margin!r}')
        if bank_size < 1:
            raise ValueError(f'bank_size must be at least 1, not {bank_size!r}')
        if len(gain) != 2 or not 0 < gain[0] <= gain[1]:
            raise ValueError(f'gain must be (low, high), 0 < low <= high: {gain!r}')
        self.prob = prob
        self.num_targets = (int(num_targets[0]), int(num_targets[1]))
        self.margin = int(margin)
        self.gain = (float(gain[0]), float(gain[1]))
        self.min_contrast = float(min_contrast)
        self.bank = bank
        own = _Bank(int(bank_size))
        self._bank = own if bank is None else _SHARED.setdefault(bank, own)
        if self._bank.size != own.size:
            raise ValueError(
                f'bank {bank!r} has bank_size={self._bank.size} in another step, not {bank_size!r}'
            )

    @cache_randomness
    def _random_seed(self) -> int | None:
        """Draw whether to paste; the seed of all further draws, or None for no."""
        seed = int(np.random.randint(2**31))
        return seed if np.random.rand() < self.prob else None

    def transform(self, results: dict) -> dict:
        """Paste into copies of image and mask.

        Args:
            results (dict): Result dict with ``img`` of shape (H, W) or (H, W, 3) and
                ``gt_seg_map`` of shape (H, W) in {0, 1}.

        Returns:
            dict: Result dict with the pasted image and mask.
        """
        img, mask = results['img'], results.get('gt_seg_map')
        seed = self._random_seed()
        if mask is None:
            return results
        self._remember(img, mask)
        if seed is None or not self._bank.targets:
            return results
        rng = np.random.default_rng(seed)
        img, mask = img.astype(np.float32), mask.copy()
        for _ in range(rng.integers(self.num_targets[0], self.num_targets[1] + 1)):
            lifted = self._bank.targets[rng.integers(len(self._bank.targets))]
            target = _turn(lifted, int(rng.integers(8)))
            self._paste(img, mask, target, rng)
        results['img'], results['gt_seg_map'] = img, mask
        return results

    def _remember(self, img: np.ndarray, mask: np.ndarray) -> None:
        labels, boxes = label_targets(mask)
        for index, (x, y, w, h) in enumerate(boxes, start=1):
            top, left = max(0, y - self.margin), max(0, x - self.margin)
            window = np.s_[top : y + h + self.margin, left : x + w + self.margin]
            target = self._lift(img[window], labels[window] == index, mask[window])
            if target is not None:
                self._bank.add(target)

    def _lift(self, patch: np.ndarray, own: np.ndarray, any_target: np.ndarray) -> _Target | None:
        """Separate a target from its background; None if there is no background around it."""
        own = own.astype(np.uint8)
        distance = cv2.distanceTransform(1 - own, cv2.DIST_L2, 3)
        ring = patch[(distance > self.margin / 2) & (any_target == 0)]
        if len(ring) < 8:
            return None
        # 1 on the target and beside it, 0 at the window's border.
        fade = np.clip((self.margin - distance) / (self.margin - 1), 0, 1).astype(np.float32)
        # A neighbour inside the window would come along without a label.
        fade[(any_target != 0) & (own == 0)] = 0
        fade = fade if patch.ndim == 2 else fade[..., None]
        signal = (patch - np.median(ring, axis=0)).astype(np.float32) * fade
        return _Target(signal, own, _clutter(ring))

    def _paste(
        self, img: np.ndarray, mask: np.ndarray, target: _Target, rng: np.random.Generator
    ) -> bool:
        """Add the target to img and mask in place; False if no place was found."""
        h, w = target.mask.shape
        free_y, free_x = mask.shape[0] - h, mask.shape[1] - w
        if free_y < 0 or free_x < 0:
            return False
        for _ in range(self._TRIES):
            y, x = int(rng.integers(free_y + 1)), int(rng.integers(free_x + 1))
            window = np.s_[y : y + h, x : x + w]
            if mask[window].any():
                continue
            scale = np.clip(_clutter(img[window]) / target.clutter, *self.gain)
            pasted = np.clip(img[window] + np.float32(scale) * target.signal, 0, 255)
            change = np.abs(pasted - img[window])[target.mask > 0].mean()
            if change < self.min_contrast:
                continue
            img[window] = pasted
            mask[window] = target.mask
            return True
        return False

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(prob={self.prob}, num_targets={self.num_targets}, '
            f'margin={self.margin}, gain={self.gain}, min_contrast={self.min_contrast}, '
            f'bank_size={self._bank.size}, bank={self.bank!r})'
        )


def _clutter(levels: np.ndarray) -> float:
    """Standard deviation from the median deviation, which a glow does not raise; at least 2."""
    return max(1.4826 * float(np.median(np.abs(levels - np.median(levels, axis=0)))), 2.0)


def _turn(target: _Target, symmetry: int) -> _Target:
    """Apply one of the eight symmetries of the square to a target."""
    signal, mask = np.rot90(target.signal, symmetry % 4), np.rot90(target.mask, symmetry % 4)
    if symmetry >= 4:
        signal, mask = signal[:, ::-1], mask[:, ::-1]
    return _Target(signal, mask, target.clutter)

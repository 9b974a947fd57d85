"""From a seed and an index to a finished infrared image with its mask."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..imaging.signal_to_clutter import MARGIN, background_window
from .backgrounds import BACKGROUNDS
from .distractors import add_distractors, add_structures
from .drawing import grow
from .marks import draw_marks
from .scene_settings import SceneSettings
from .sensor import add_defects, add_noise, apply_optics, digitise, sharpen
from .setting_checks import LEVELS
from .target_shape import TARGET_SHAPES, Lobe, render_target

_ATTEMPTS = 40  # places tried to find a free one for a target
_COMPARISONS = 8  # free places compared where the scene is so bright that the target clips
_GAP = 3  # pixels between the masks of two targets, so that they never become one component


@dataclass(frozen=True)
class Target:
    """One target as it was drawn.

    Attributes:
        shape (str): Name in ``TARGET_SHAPES``.
        y (float): Row of the centroid of its radiance; pixel centres lie at whole numbers.
        x (float): Column of that centroid.
        sigma (float): Standard deviation of the point spread in pixels.
        peak (float): Largest contribution to a pixel, in levels.
        scr (float): Mean contribution inside the mask over the clutter around it.
        area (int): Pixels of its mask.
    """

    shape: str
    y: float
    x: float
    sigma: float
    peak: float
    scr: float
    area: int


@dataclass(frozen=True)
class Scene:
    """A finished image.

    Attributes:
        image (np.ndarray): (H, W) uint8 in 0..255, or uint16 in 0..16383.
        mask (np.ndarray): uint8 (H, W), 255 on targets and 0 elsewhere.
        background (str): Name in ``BACKGROUNDS``.
        targets (tuple[Target, ...]): The targets, each an own 8-connected component.
    """

    image: np.ndarray
    mask: np.ndarray
    background: str
    targets: tuple[Target, ...]


class SceneGenerator:
    """Endless, reproducible source of synthetic infrared scenes.

    Image ``i`` depends on settings, seed and ``i`` only, never on which images were made before,
    in which process or how many there will be. Background, sensor and targets draw from
    separate random streams, so that a change of the target settings keeps the scenes.

    Args:
        settings (SceneSettings, optional): What to draw. Defaults to ``SceneSettings()``.
        seed (int): Seed of the series, 0 or more. Defaults to 0.

    Raises:
        ValueError: If the seed is negative or no whole number.
    """

    def __init__(self, settings: SceneSettings | None = None, seed: int = 0) -> None:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f'seed must be a whole number >= 0, got {seed!r}')
        self.settings = SceneSettings() if settings is None else settings
        self.seed = int(seed)

    def __call__(self, index: int) -> Scene:
        """Make one scene.

        Args:
            index (int): Number of the image in the series, 0 or more.

        Returns:
            Scene: Image, mask and what was drawn.
        """
        settings = self.settings
        streams = np.random.SeedSequence([self.seed, int(index)]).spawn(7)
        structures = streams.pop(4)
        rngs = map(np.random.default_rng, streams)
        scene_rng, sensor_rng, target_rng, defect_rng, mark_rng, camera_rng = rngs

        kind = choose(scene_rng, settings.backgrounds)
        background = BACKGROUNDS[kind](scene_rng, settings.size)
        add_structures(structures, background, settings.distractors)
        add_distractors(scene_rng, background.levels, settings.distractors)
        levels = apply_optics(sensor_rng, background.levels, settings.sensor)
        np.clip(levels, 1, LEVELS - 1, out=levels)
        add_noise(sensor_rng, levels, settings.sensor)
        span = float(levels.min()), float(levels.max())

        marks = draw_marks(mark_rng, settings.size, settings.distractors)
        taken = np.zeros(settings.size, bool)
        if marks is not None:
            taken |= grow(~np.isnan(marks), _GAP)
        if not settings.targets.before_structures:
            taken |= grow(background.structures, _GAP)
        mask, targets = self._add_targets(target_rng, levels, taken, background.sea_top)

        levels = sharpen(camera_rng, levels, settings.sensor)
        add_defects(camera_rng, levels, mask, settings.sensor)
        image = digitise(defect_rng, levels, span, marks, settings)
        return Scene(image, mask.astype(np.uint8) * 255, kind, tuple(targets))

    def _add_targets(
        self, rng: np.random.Generator, levels: np.ndarray, taken: np.ndarray, sea_top: int | None
    ) -> tuple[np.ndarray, list[Target]]:
        """Add targets to a scene where nothing is in their way.

        Args:
            rng (np.random.Generator): Source of randomness.
            levels (np.ndarray): float32 (H, W) radiance in levels; changed in place.
            taken (np.ndarray): bool (H, W), where no target may lie. Changed in place: the
                targets' masks, with a gap around them, are taken afterwards.
            sea_top (int, optional): First row of open sea.

        Returns:
            tuple: Their masks as bool (H, W), and the targets.
        """
        settings = self.settings.targets
        number = int(rng.integers(settings.count[0], settings.count[1] + 1))
        if settings.empty_share > 0 and rng.random() < settings.empty_share:
            number = 0
        mask = np.zeros(levels.shape, bool)
        scene = levels.copy()  # clutter is measured without the other targets
        targets = []
        for _ in range(number):
            fit = self._find_place(rng, scene, taken, sea_top)
            if fit is None:
                continue
            levels[fit.window] += np.float32(fit.target.peak) * fit.contribution
            mask[fit.window] |= fit.own
            around = tuple(slice(max(s.start - _GAP, 0), s.stop + _GAP) for s in fit.window)
            taken[around] |= grow(mask[around], _GAP)
            targets.append(fit.target)
        return mask, targets

    def _find_place(
        self, rng: np.random.Generator, scene: np.ndarray, taken: np.ndarray, sea_top: int | None
    ) -> '_Fit | None':
        """Draw a target and a place for it; None where no place is free."""
        settings = self.settings.targets
        shape = choose(rng, allowed_shapes(settings.shapes, sea_top))
        sigma = float(np.exp(rng.uniform(*np.log(settings.sigma))))
        scr = float(np.exp(rng.uniform(*np.log(settings.scr))))
        lobes = TARGET_SHAPES[shape](rng, sigma)
        best, found = None, 0
        for _ in range(_ATTEMPTS):
            y, x = self._position(rng, shape, sea_top)
            fit = self._fit(shape, sigma, lobes, y, x, scr, scene, taken)
            if fit is None:
                continue
            found += 1
            # A target on a bright cloud would be clipped: look for a darker place.
            if best is None or fit.headroom > best.headroom:
                best = fit
            if best.headroom >= 0 or found == _COMPARISONS:
                break
        return best

    def _position(
        self, rng: np.random.Generator, shape: str, sea_top: int | None
    ) -> tuple[float, float]:
        """Draw a sub-pixel position; that of a ship lies on the water."""
        height, width = self.settings.size
        border = self.settings.targets.border
        top = border
        if shape == 'ship' and sea_top is not None:
            top = int(np.clip(sea_top, border, height - 1 - border))
        return (
            float(rng.uniform(top, height - 1 - border)),
            float(rng.uniform(border, width - 1 - border)),
        )

    def _fit(
        self,
        shape: str,
        sigma: float,
        lobes: list[Lobe],
        y: float,
        x: float,
        scr: float,
        scene: np.ndarray,
        taken: np.ndarray,
    ) -> '_Fit | None':
        """Scale a target to the clutter around a place; None where the place is taken."""
        settings = self.settings.targets
        height, width = scene.shape
        patch, top, left = render_target(lobes, y, x)
        rows = slice(max(top, 0), min(top + patch.shape[0], height))
        columns = slice(max(left, 0), min(left + patch.shape[1], width))
        patch = patch[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
        own = patch >= settings.mask_fraction * patch.max()
        if (taken[rows, columns] & own).any():
            return None
        area = tuple(slice(max(s.start - MARGIN, 0), s.stop + MARGIN) for s in (rows, columns))
        near = np.zeros(scene[area].shape, bool)
        near[
            rows.start - area[0].start : rows.stop - area[0].start,
            columns.start - area[1].start : columns.stop - area[1].start,
        ] = own
        window, background = background_window(near)
        clutter = max(float(scene[area][window][background].std()), 1e-3)
        mean = float(patch[own].mean())
        room = LEVELS - 1 - float(scene[rows, columns][own].max())
        wanted = float(np.clip(scr * clutter / mean, *settings.contrast))
        peak = min(wanted, max(room, 0.0))
        target = Target(shape, y, x, sigma, peak, peak * mean / clutter, int(own.sum()))
        if target.scr < settings.least_scr:
            return None
        return _Fit(target, room - wanted, patch, own, (rows, columns))


@dataclass(frozen=True)
class _Fit:
    """A target at a place: headroom in levels (negative if clipped), contribution and mask."""

    target: Target
    headroom: float
    contribution: np.ndarray
    own: np.ndarray
    window: tuple[slice, slice]


def choose(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """Draw a name with probability proportional to its weight, whatever the mapping's order."""
    names = sorted(weights)
    values = np.array([weights[name] for name in names], float)
    return str(rng.choice(names, p=values / values.sum()))


def allowed_shapes(shapes: Mapping[str, float], sea_top: int | None) -> Mapping[str, float]:
    """Ships on the sea only, and there three times as often, as far as the weights allow."""
    others = {name: weight for name, weight in shapes.items() if name != 'ship'}
    if sum(others.values()) <= 0 or shapes.get('ship', 0) <= 0:
        return shapes
    return others if sea_top is None else {**others, 'ship': 3 * shapes['ship']}

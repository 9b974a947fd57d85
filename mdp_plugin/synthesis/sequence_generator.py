"""From a seed and an index to a sequence of frames: moving targets, a moving camera."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from numbers import Integral
from typing import Any

import numpy as np
from scipy import ndimage

from .scene_generator import SceneGenerator, allowed_shapes, choose
from .scene_settings import SceneSettings
from .sensor import add_defects, add_noise, digitise
from .setting_checks import LEVELS, check_range
from .target_shape import TARGET_SHAPES, Lobe, render_target

_LARGEST = 8192  # side of the scene that the camera moves over
_BORDER = 4  # pixels around what the camera sees, for the kernel that shifts it
_NEAR = 12  # pixels to each side in which a target's clutter is measured


@dataclass(frozen=True)
class SequenceSettings:
    """Everything that, with a seed and an index, determines one sequence.

    Ranges are (smallest, largest), both included; one value is drawn for each target or sequence.

    Attributes:
        scene (SceneSettings): The scene, its targets (``count`` is that of a sequence) and the
            sensor. Distractors are spread over the whole scene; there is no vignetting, and there
            are no marks on the screen. Pixels that blink do so in one frame.
        frames (int): Frames of a sequence.
        speed (tuple[float, float]): Speed of a target over the scene, pixels a frame.
        turn (tuple[float, float]): By how many degrees a frame it turns, to the left or right.
        drift (tuple[float, float]): Speed of the camera over the scene, pixels a frame.
        jitter (tuple[float, float]): Standard deviation of the camera's shaking, in pixels.

    Raises:
        ValueError: If a field has a value it cannot have; the message names the field.
    """

    scene: SceneSettings = field(default_factory=SceneSettings)
    frames: int = 100
    speed: tuple[float, float] = (0.2, 2.5)
    turn: tuple[float, float] = (0.0, 1.0)
    drift: tuple[float, float] = (0.0, 1.0)
    jitter: tuple[float, float] = (0.0, 0.4)

    def __post_init__(self) -> None:
        if not isinstance(self.frames, Integral) or isinstance(self.frames, bool):
            raise ValueError(f'SequenceSettings.frames must be a whole number, got {self.frames!r}')
        if self.frames < 1:
            raise ValueError(f'SequenceSettings.frames must be 1 or more, got {self.frames!r}')
        for name, most in (('speed', 100.0), ('turn', 180.0), ('drift', 100.0), ('jitter', 20.0)):
            check_range(self, name, 0.0, most)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as nested dictionaries that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True)
class SequenceTarget:
    """A target in one frame.

    Attributes:
        id (int): Its number in the sequence, from 1, the same in all frames.
        y (float): Row of the centroid of its radiance; pixel centres lie at whole numbers.
        x (float): Column of that centroid.
        area (int): Pixels of it in the frame.
    """

    id: int
    y: float
    x: float
    area: int


@dataclass(frozen=True)
class SequenceFrame:
    """A frame of a sequence.

    Attributes:
        image (np.ndarray): (H, W) uint8 in 0..255, or uint16 in 0..16383.
        labels (np.ndarray): uint16 (H, W), the number of the target that a pixel belongs to, 0
            elsewhere. Where two overlap, it is the higher one.
        targets (tuple[SequenceTarget, ...]): Those whose middle is in the frame.
    """

    image: np.ndarray
    labels: np.ndarray
    targets: tuple[SequenceTarget, ...]

    @property
    def mask(self) -> np.ndarray:
        """uint8 (H, W), 255 on targets and 0 elsewhere."""
        return (self.labels > 0).astype(np.uint8) * 255


@dataclass(frozen=True)
class _Mover:
    """A target: what it looks like, its peak in levels and its places (y, x) in the scene."""

    lobes: list[Lobe]
    peak: float
    places: np.ndarray


class SequenceGenerator:
    """Endless, reproducible source of sequences.

    The camera drifts and shakes over a scene that is larger than a frame. Targets move at constant
    speed and turn slightly; they come in and leave over the borders. Each frame has noise of its
    own, while the pattern of rows and columns and bad pixels stay where they are.
    Sequence ``i`` depends on settings, seed and ``i`` only.

    Args:
        settings (SequenceSettings, optional): What to draw. Defaults to ``SequenceSettings()``.
        seed (int): Seed of the series, 0 or more. Defaults to 0.

    Raises:
        ValueError: If the seed is negative or no whole number.
    """

    def __init__(self, settings: SequenceSettings | None = None, seed: int = 0) -> None:
        self.settings = SequenceSettings() if settings is None else settings
        self.seed = SceneGenerator(self.settings.scene, seed).seed

    def __call__(self, index: int) -> Iterator[SequenceFrame]:
        """Make one sequence, frame by frame.

        Args:
            index (int): Number of the sequence in the series, 0 or more.

        Yields:
            SequenceFrame: Its frames.

        Raises:
            ValueError: If the camera moves over too large a scene.
        """
        settings = self.settings
        streams = np.random.SeedSequence([self.seed, int(index)]).spawn(4)
        camera_rng, target_rng, pattern_rng = map(np.random.default_rng, streams[:3])
        defects, *noises = streams[3].spawn(settings.frames + 1)
        offsets, size = self._camera(camera_rng)
        scene = self._scene(size, index)
        movers = self._movers(target_rng, scene, offsets)
        # A spline of the scene, by which it is shifted by parts of a pixel.
        spline = ndimage.spline_filter(scene, order=3, output=np.float32)
        sensor = settings.scene.sensor
        pattern = np.zeros(settings.scene.size, np.float32)
        add_noise(pattern_rng, pattern, replace(sensor, noise=(0.01, 0.01)))
        level = float(np.exp(pattern_rng.uniform(*np.log(sensor.noise))))
        add_defects(pattern_rng, pattern, pattern > LEVELS, replace(sensor, blinking=(0, 0)))
        temporal = replace(sensor, noise=(level, level), row_noise=(0, 0), column_noise=(0, 0))
        span = float(scene.min()), float(scene.max())
        for number, (offset, noise) in enumerate(zip(offsets, noises)):
            levels = _view(spline, offset, settings.scene.size)
            labels, targets = self._draw(levels, movers, number, offset)
            levels += pattern
            noise_rng = np.random.default_rng(noise)
            add_noise(noise_rng, levels, temporal)
            add_defects(noise_rng, levels, labels > 0, replace(sensor, line_defects=(0, 0)))
            # The same defects in each frame: their stream begins anew.
            image = digitise(np.random.default_rng(defects), levels, span, None, settings.scene)
            yield SequenceFrame(image, labels, targets)

    def _camera(self, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
        """Places (frames, 2) of the first pixel in the scene, and the scene's size."""
        settings = self.settings
        speed, angle = rng.uniform(*settings.drift), rng.uniform(0, 2 * np.pi)
        step = speed * np.array([np.sin(angle), np.cos(angle)])
        offsets = np.arange(settings.frames)[:, None] * step
        offsets += rng.uniform(*settings.jitter) * rng.standard_normal(offsets.shape)
        offsets += _BORDER + 1 - offsets.min(axis=0)
        reach = np.ceil(offsets.max(axis=0)).astype(int) + _BORDER
        height, width = (int(side) for side in np.add(settings.scene.size, reach))
        if max(height, width) > _LARGEST:
            raise ValueError(
                f'the camera would move over a scene of {height}x{width} pixels, of which there '
                f'may be {_LARGEST}; take fewer frames or a smaller drift'
            )
        return offsets, (height, width)

    def _scene(self, size: tuple[int, int], index: int) -> np.ndarray:
        """What the camera moves over, levels, float32 (H, W): no targets, no noise, no defects."""
        scene = self.settings.scene
        still = replace(
            scene,
            size=size,
            bit_depth=16,
            targets=replace(scene.targets, count=(0, 0)),
            distractors=replace(scene.distractors, marks=(0, 0)),
            sensor=replace(
                scene.sensor, vignetting=(0, 0), noise=(0.01, 0.01), row_noise=(0, 0),
                column_noise=(0, 0), hot_pixels=(0, 0), dead_pixels=(0, 0), blinking=(0, 0),
                line_defects=(0, 0),
            ),
        )  # fmt: skip
        image = SceneGenerator(still, self.seed)(index).image
        return image * np.float32(LEVELS / still.white_level)

    def _movers(
        self, rng: np.random.Generator, scene: np.ndarray, offsets: np.ndarray
    ) -> list[_Mover]:
        """Draw the targets; each is somewhere in the frame at one time at least."""
        settings, targets = self.settings, self.settings.scene.targets
        movers: list[_Mover] = []
        number = int(rng.integers(targets.count[0], targets.count[1] + 1))
        if targets.empty_share > 0 and rng.random() < targets.empty_share:
            number = 0
        for _ in range(number):
            lobes = TARGET_SHAPES[choose(rng, allowed_shapes(targets.shapes, None))](
                rng, float(np.exp(rng.uniform(*np.log(targets.sigma))))
            )
            seen = int(rng.integers(settings.frames))
            border = targets.border
            place = offsets[seen] + [
                rng.uniform(border, side - 1 - border) for side in settings.scene.size
            ]
            angles = rng.uniform(0, 2 * np.pi) + np.deg2rad(
                rng.choice((-1, 1)) * rng.uniform(*settings.turn)
            ) * np.arange(settings.frames)
            steps = rng.uniform(*settings.speed) * np.stack([np.sin(angles), np.cos(angles)], 1)
            walked = np.cumsum(steps, axis=0)
            top, left = (max(int(value) - _NEAR, 0) for value in place)
            clutter = float(scene[top : top + 2 * _NEAR + 1, left : left + 2 * _NEAR + 1].std())
            patch, _, _ = render_target(lobes, 0.0, 0.0)
            mean = float(patch[patch >= targets.mask_fraction * patch.max()].mean())
            scr = float(np.exp(rng.uniform(*np.log(targets.scr))))
            peak = float(np.clip(scr * clutter / mean, *targets.contrast))
            movers.append(_Mover(lobes, peak, place + walked - walked[seen]))
        return movers

    def _draw(
        self, levels: np.ndarray, movers: list[_Mover], number: int, offset: np.ndarray
    ) -> tuple[np.ndarray, tuple[SequenceTarget, ...]]:
        """Add the targets that are in a frame, in place; returns labels and targets."""
        height, width = levels.shape
        labels = np.zeros(levels.shape, np.uint16)
        places = {}
        for identity, mover in enumerate(movers, start=1):
            y, x = (float(value) for value in mover.places[number] - offset)
            if not (0 <= y <= height - 1 and 0 <= x <= width - 1):
                continue
            patch, top, left = render_target(mover.lobes, y, x)
            rows, columns = slice(max(top, 0), height), slice(max(left, 0), width)
            part = patch[rows.start - top :, columns.start - left :]
            window = levels[rows, columns][: part.shape[0], : part.shape[1]]
            part = part[: window.shape[0], : window.shape[1]]
            window += np.float32(mover.peak) * part
            own = part >= self.settings.scene.targets.mask_fraction * patch.max()
            labels[rows, columns][: part.shape[0], : part.shape[1]][own] = identity
            places[identity] = y, x
        areas = np.bincount(labels.ravel(), minlength=len(movers) + 1)
        targets = (SequenceTarget(i, y, x, int(areas[i])) for i, (y, x) in places.items())
        return labels, tuple(target for target in targets if target.area)


def _view(spline: np.ndarray, offset: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What a camera of a size sees at a place (y, x) of a scene, float32 (H, W)."""
    first = np.floor(offset).astype(int)
    parts = tuple(
        slice(start - _BORDER, start + side + _BORDER) for start, side in zip(first, size)
    )
    shifted = ndimage.shift(spline[parts], first - offset, order=3, prefilter=False, mode='nearest')
    return np.ascontiguousarray(shifted[_BORDER:-_BORDER, _BORDER:-_BORDER])

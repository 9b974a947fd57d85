"""Settings of a synthetic scene: plain dataclasses that check themselves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from numbers import Integral, Real
from typing import Any

from .backgrounds import BACKGROUNDS
from .distractor_settings import DistractorSettings
from .presets import PRESETS
from .setting_checks import LEVELS, check_number, check_range, check_weights
from .target_shape import TARGET_SHAPES


@dataclass(frozen=True)
class TargetSettings:
    """What targets look like. Ranges are (smallest, largest), both included.

    Attributes:
        count (tuple[int, int]): Targets in an image; 0 is allowed. An image too small for the
            number drawn gets as many as fit without touching.
        empty_share (float): Share of images without any target, whatever ``count`` says.
        scr (tuple[float, float]): Local signal-to-clutter ratio, drawn log-uniformly: mean
            contribution inside the mask over the standard deviation of the scene around it
            (see :func:`~mdp_plugin.imaging.signal_to_clutter.signal_to_clutter`).
        sigma (tuple[float, float]): Standard deviation of the point spread in pixels (the short
            axis of ships and aircraft), drawn log-uniformly.
        shapes (Mapping[str, float]): Weights of point, airy, aircraft and ship. Ships appear on
            sea only, unless no other shape has a weight.
        contrast (tuple[float, float]): Bounds of the peak contribution in levels. A target whose
            scr asks for less or more gets the bound, as cameras stretch flat scenes.
        least_scr (float): A place where contrast or saturation leaves a target less than this
            ratio is not taken; a target that finds no other place is left out.
        before_structures (bool): Whether targets may lie in front of buildings, trees, chimneys
            and lights. Without, a bright spot on one of them never is a target.
        mask_fraction (float): A pixel belongs to the mask when the target contributes at least
            this fraction of its peak there.
        border (int): Smallest distance of a target's centre from the image's edge, in pixels.
    """

    count: tuple[int, int] = (1, 3)
    scr: tuple[float, float] = (5.0, 35.0)
    sigma: tuple[float, float] = (0.9, 2.2)
    shapes: Mapping[str, float] = field(
        default_factory=lambda: dict(point=0.4, airy=0.1, aircraft=0.25, ship=0.25)
    )
    contrast: tuple[float, float] = (36.0, 190.0)
    mask_fraction: float = 0.25
    border: int = 6
    empty_share: float = 0.0
    least_scr: float = 0.0
    before_structures: bool = True

    def __post_init__(self) -> None:
        check_range(self, 'count', 0, 100, integer=True)
        check_range(self, 'scr', 0.01, 1e4)
        check_range(self, 'sigma', 0.3, 8.0)
        check_range(self, 'contrast', 0.0, LEVELS)
        check_weights(self, 'shapes', TARGET_SHAPES)
        if not isinstance(self.mask_fraction, Real) or not 0 < self.mask_fraction < 1:
            raise ValueError(
                f'TargetSettings.mask_fraction must lie between 0 and 1, got {self.mask_fraction!r}'
            )
        if not isinstance(self.border, Integral) or self.border < 0:
            raise ValueError(
                f'TargetSettings.border must be a whole number >= 0, got {self.border!r}'
            )
        check_number(self, 'empty_share', 0, 1)
        check_number(self, 'least_scr', 0, 1e4)
        if not isinstance(self.before_structures, bool):
            raise ValueError(
                'TargetSettings.before_structures must be true or false, '
                f'got {self.before_structures!r}'
            )


@dataclass(frozen=True)
class SensorSettings:
    """Optics and detector. Ranges are (smallest, largest); one value is drawn per image.

    Attributes:
        blur (tuple[float, float]): Standard deviation of the optical blur in pixels.
        gain (tuple[float, float]): Factor by which the camera stretches the scene's contrast,
            drawn log-uniformly; less where the scene would leave the range of levels.
        vignetting (tuple[float, float]): Relative loss of radiance in the corners.
        noise (tuple[float, float]): Standard deviation of the temporal noise in levels, drawn
            log-uniformly.
        row_noise (tuple[float, float]): Standard deviation of the fixed pattern of rows, levels.
        column_noise (tuple[float, float]): The same for columns.
        hot_pixels (tuple[int, int]): Single pixels stuck near the upper end, per image.
        dead_pixels (tuple[int, int]): Single pixels stuck near the lower end, per image.
        sharpening (tuple[float, float]): Strength of the camera's edge enhancement, which leaves
            halos: how many times what a blur of 1.5 pixels removes is added.
        blinking (tuple[int, int]): Groups of pixels that are off for a while, per image, mostly
            few: sharp, as the optics do not blur them. None lies on a target or beside it.
        blinking_pixels (tuple[int, int]): Pixels of a group, 1 to 4.
        blinking_contrast (tuple[float, float]): Levels by which they differ from the scene;
            the share of darker ones is the image's own.
        line_defects (tuple[int, int]): Rows or columns, or parts of them, that are off.
        line_defect_contrast (tuple[float, float]): Levels by which they are.
    """

    blur: tuple[float, float] = (0.6, 1.4)
    gain: tuple[float, float] = (0.7, 3.5)
    vignetting: tuple[float, float] = (0.0, 0.25)
    noise: tuple[float, float] = (0.2, 1.4)
    row_noise: tuple[float, float] = (0.0, 0.3)
    column_noise: tuple[float, float] = (0.0, 0.6)
    hot_pixels: tuple[int, int] = (0, 2)
    dead_pixels: tuple[int, int] = (0, 1)
    sharpening: tuple[float, float] = (0.0, 0.0)
    blinking: tuple[int, int] = (0, 0)
    blinking_pixels: tuple[int, int] = (1, 4)
    blinking_contrast: tuple[float, float] = (12.0, 180.0)
    line_defects: tuple[int, int] = (0, 0)
    line_defect_contrast: tuple[float, float] = (2.0, 25.0)

    def __post_init__(self) -> None:
        check_range(self, 'blur', 0.0, 20.0)
        check_range(self, 'gain', 0.01, 100.0)
        check_range(self, 'vignetting', 0.0, 1.0)
        check_range(self, 'noise', 0.01, LEVELS)
        for name in ('row_noise', 'column_noise'):
            check_range(self, name, 0.0, LEVELS)
        for name in ('hot_pixels', 'dead_pixels', 'blinking', 'line_defects'):
            check_range(self, name, 0, 10000, integer=True)
        check_range(self, 'sharpening', 0.0, 10.0)
        check_range(self, 'blinking_pixels', 1, 4, integer=True)
        for name in ('blinking_contrast', 'line_defect_contrast'):
            check_range(self, name, 0.0, LEVELS)


@dataclass(frozen=True)
class SceneSettings:
    """Everything that, with a seed and an index, determines one synthetic image.

    Attributes:
        size (tuple[int, int]): Height and width in pixels, at least 32 each.
        bit_depth (int): 8, or 16 for 14-bit counts (0..16383) stored as uint16.
        backgrounds (Mapping[str, float]): Weights of sky, cloud, sea, ground and town.
        targets (TargetSettings): Targets.
        distractors (DistractorSettings): Bright things that are no targets.
        sensor (SensorSettings): Optics, noise and defects.

    Raises:
        ValueError: If a field has a value it cannot have; the message names the field.
    """

    size: tuple[int, int] = (256, 256)
    bit_depth: int = 8
    backgrounds: Mapping[str, float] = field(
        default_factory=lambda: dict(sky=0.2, cloud=0.35, sea=0.2, ground=0.15, town=0.1)
    )
    targets: TargetSettings = field(default_factory=TargetSettings)
    distractors: DistractorSettings = field(default_factory=DistractorSettings)
    sensor: SensorSettings = field(default_factory=SensorSettings)

    def __post_init__(self) -> None:
        size = self.size
        if (
            not isinstance(size, (tuple, list))
            or len(size) != 2
            or not all(isinstance(v, Integral) and 32 <= v <= 8192 for v in size)
        ):
            raise ValueError(
                f'SceneSettings.size must be (height, width), each 32 to 8192, got {size!r}'
            )
        object.__setattr__(self, 'size', tuple(int(v) for v in size))
        if self.bit_depth not in (8, 16):
            raise ValueError(f'SceneSettings.bit_depth must be 8 or 16, got {self.bit_depth!r}')
        check_weights(self, 'backgrounds', BACKGROUNDS)
        for name in ('targets', 'distractors', 'sensor'):
            wanted = _PARTS[name]
            if not isinstance(getattr(self, name), wanted):
                raise ValueError(
                    f'SceneSettings.{name} must be a {wanted.__name__}, got {getattr(self, name)!r}'
                )
        if 2 * self.targets.border >= min(self.size):
            raise ValueError(
                f'TargetSettings.border of {self.targets.border} leaves no room in an image of '
                f'{self.size[0]} x {self.size[1]} pixels'
            )

    @property
    def white_level(self) -> int:
        """Stored value of full scale: 255, or 16383 (14 bit) with ``bit_depth`` 16."""
        return 255 if self.bit_depth == 8 else 2**14 - 1

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as nested dictionaries that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> 'SceneSettings':
        """Build settings from nested dictionaries; absent fields keep their defaults.

        Args:
            values (Mapping): As ``to_dict`` returns it, complete or in part.

        Returns:
            SceneSettings: The checked settings.

        Raises:
            ValueError: If a field is unknown or its value is not allowed.
        """
        return _build(cls, values)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> 'SceneSettings':
        """Build the settings of a named preset.

        Args:
            name (str): Name in ``PRESETS``, e.g. 'cluttered'.
            **changes (Any): Fields that differ, as ``from_dict`` takes them; of a part only the
                fields given.

        Returns:
            SceneSettings: The checked settings.

        Raises:
            ValueError: If there is no such preset, or a field cannot be.
        """
        if name not in PRESETS:
            raise ValueError(f'there is no preset {name!r}; there are {", ".join(PRESETS)}')
        values = dict(PRESETS[name])
        for field_name, value in changes.items():
            if field_name in _PARTS and isinstance(value, Mapping):
                value = {**values.get(field_name, {}), **value}
            values[field_name] = value
        return cls.from_dict(values)


_PARTS = dict(targets=TargetSettings, distractors=DistractorSettings, sensor=SensorSettings)


def _build(cls: type, values: Mapping[str, Any]) -> Any:
    """Instantiate a settings class from a mapping, part by part."""
    if not isinstance(values, Mapping):
        raise ValueError(f'{cls.__name__} must be given as a mapping, got {values!r}')
    known = [f.name for f in fields(cls)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f'{cls.__name__} has no field {unknown[0]!r}; it has {", ".join(known)}')
    built = {}
    for name, value in values.items():
        part = _PARTS.get(name) if cls is SceneSettings else None
        built[name] = value if part is None or is_dataclass(value) else _build(part, value)
    return cls(**built)

"""Settings of what is bright and no target."""

from dataclasses import dataclass

from .setting_checks import LEVELS, check_number, check_range


@dataclass(frozen=True)
class DistractorSettings:
    """Bright things that are no targets. Ranges are (smallest, largest), both included.

    Numbers are per image, sizes in pixels, contrasts in levels above or below the surroundings.
    The kinds from ``clouds`` on are absent by default; the preset ``cluttered`` has them all.

    Attributes:
        blobs (tuple[int, int]): Warm blobs much larger than a target.
        blob_sigma (tuple[float, float]): Their standard deviation.
        blob_contrast (tuple[float, float]): Their peak.
        lines (tuple[int, int]): Thin bright lines (glints, wires, wakes).
        line_length (tuple[float, float]): Their length.
        line_contrast (tuple[float, float]): Their peak.
        clouds (tuple[int, int]): Clouds with bright, sharp edges, in the sky.
        cloud_length (tuple[float, float]): Their length, drawn log-uniformly.
        cloud_contrast (tuple[float, float]): Their brightness.
        cloud_fragments (tuple[int, int]): Small shreds around each of them, down to 7 pixels.
        glints (tuple[int, int]): Patches of sparkles on the sea.
        glint_sparkles (tuple[int, int]): Sparkles in a patch.
        glint_contrast (tuple[float, float]): Peak of the brightest sparkle.
        spots (tuple[int, int]): Hot things with a firm rim, larger than a target, below the sky.
        spot_area (tuple[float, float]): Their area in pixels, drawn log-uniformly.
        spot_contrast (tuple[float, float]): Their brightness.
        pylons (tuple[int, int]): Lattice masts, cranes and the wires between them, on land.
        pylon_height (tuple[float, float]): Their height.
        pylon_contrast (tuple[float, float]): Their brightness; a third of them is darker.
        trees (tuple[int, int]): Rows of trees at the foot of the picture, on land.
        tree_height (tuple[float, float]): Their height.
        tree_contrast (tuple[float, float]): Contrast of leaves and branches.
        buildings (tuple[int, int]): Buildings with windows, edges and roof parts, on land.
        building_width (tuple[float, float]): Their width, drawn log-uniformly.
        building_contrast (tuple[float, float]): Wall against sky; a quarter of them is darker.
        window_contrast (tuple[float, float]): Windows against the wall.
        chimneys (tuple[int, int]): Chimneys with a hot mouth and perhaps a plume, on land.
        chimney_width (tuple[float, float]): Their width.
        chimney_contrast (tuple[float, float]): Brightness of the mouth.
        lamps (tuple[int, int]): Compact lights on poles, walls and roofs, on land.
        lamp_sigma (tuple[float, float]): Standard deviation of a light.
        lamp_contrast (tuple[float, float]): Peak of a light.
        marks (tuple[int, int]): On-screen marks: text, cross-hairs, frames, brackets, scales.
        mark_share (float): Share of the images that have marks at all.
        mark_size (tuple[int, int]): Height of letters and half the side of other marks.
    """

    blobs: tuple[int, int] = (0, 1)
    blob_sigma: tuple[float, float] = (6.0, 16.0)
    blob_contrast: tuple[float, float] = (6.0, 35.0)
    lines: tuple[int, int] = (0, 1)
    line_length: tuple[float, float] = (18.0, 90.0)
    line_contrast: tuple[float, float] = (8.0, 35.0)
    clouds: tuple[int, int] = (0, 0)
    cloud_length: tuple[float, float] = (20.0, 260.0)
    cloud_contrast: tuple[float, float] = (15.0, 130.0)
    cloud_fragments: tuple[int, int] = (0, 5)
    glints: tuple[int, int] = (0, 0)
    glint_sparkles: tuple[int, int] = (20, 200)
    glint_contrast: tuple[float, float] = (30.0, 150.0)
    spots: tuple[int, int] = (0, 0)
    spot_area: tuple[float, float] = (100.0, 1500.0)
    spot_contrast: tuple[float, float] = (15.0, 120.0)
    pylons: tuple[int, int] = (0, 0)
    pylon_height: tuple[float, float] = (30.0, 200.0)
    pylon_contrast: tuple[float, float] = (10.0, 60.0)
    trees: tuple[int, int] = (0, 0)
    tree_height: tuple[float, float] = (15.0, 200.0)
    tree_contrast: tuple[float, float] = (5.0, 30.0)
    buildings: tuple[int, int] = (0, 0)
    building_width: tuple[float, float] = (16.0, 200.0)
    building_contrast: tuple[float, float] = (10.0, 110.0)
    window_contrast: tuple[float, float] = (6.0, 80.0)
    chimneys: tuple[int, int] = (0, 0)
    chimney_width: tuple[float, float] = (3.0, 24.0)
    chimney_contrast: tuple[float, float] = (30.0, 150.0)
    lamps: tuple[int, int] = (0, 0)
    lamp_sigma: tuple[float, float] = (0.6, 2.0)
    lamp_contrast: tuple[float, float] = (30.0, 180.0)
    marks: tuple[int, int] = (0, 0)
    mark_share: float = 1.0
    mark_size: tuple[int, int] = (7, 28)

    def __post_init__(self) -> None:
        for name in (
            'blobs', 'lines', 'clouds', 'cloud_fragments', 'glints', 'spots', 'pylons', 'trees',
            'buildings', 'chimneys', 'lamps', 'marks',
        ):  # fmt: skip
            check_range(self, name, 0, 100, integer=True)
        check_range(self, 'blob_sigma', 1.0, 200.0)
        check_range(self, 'line_length', 2.0, 2000.0)
        check_range(self, 'cloud_length', 4.0, 2000.0)
        check_range(self, 'glint_sparkles', 0, 10000, integer=True)
        check_range(self, 'spot_area', 4.0, 1e5)
        for name in ('pylon_height', 'tree_height', 'building_width'):
            check_range(self, name, 8.0, 2000.0)
        check_range(self, 'chimney_width', 2.0, 200.0)
        check_range(self, 'lamp_sigma', 0.3, 8.0)
        check_number(self, 'mark_share', 0, 1)
        check_range(self, 'mark_size', 7, 500, integer=True)
        for name in (
            'blob_contrast', 'line_contrast', 'cloud_contrast', 'glint_contrast', 'spot_contrast',
            'pylon_contrast', 'tree_contrast', 'building_contrast', 'window_contrast',
            'chimney_contrast', 'lamp_contrast',
        ):  # fmt: skip
            check_range(self, name, 0.0, LEVELS)

"""Point-spread images of small targets at sub-pixel positions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy import special

_OVERSAMPLING = 4  # samples per pixel and axis: the detector integrates over its pixels
_REACH = 4.0  # half size of the rendered patch in standard deviations


@dataclass(frozen=True)
class Lobe:
    """One elongated spot of a target, relative to the target's centre.

    Attributes:
        y (float): Offset of the centre in pixels, downwards.
        x (float): Offset of the centre in pixels, to the right.
        along (float): Standard deviation along the long axis, in pixels.
        across (float): Standard deviation across it.
        angle (float): Direction of the long axis in radians, 0 along x.
        peak (float): Relative radiance of the centre.
        airy (bool): Airy pattern in place of a Gaussian. Defaults to False.
    """

    y: float
    x: float
    along: float
    across: float
    angle: float
    peak: float
    airy: bool = False

    def sample(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Evaluate the lobe.

        Args:
            y (np.ndarray): (H, 1) rows relative to the target's centre.
            x (np.ndarray): (1, W) columns relative to the target's centre.

        Returns:
            np.ndarray: (H, W) radiance.
        """
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        u = (cos * (x - self.x) + sin * (y - self.y)) / self.along
        v = (cos * (y - self.y) - sin * (x - self.x)) / self.across
        if not self.airy:
            return self.peak * np.exp(-0.5 * (u * u + v * v))
        # Born and Wolf, Principles of Optics, 8.5.2; the scale gives the core the half width
        # of a Gaussian of standard deviation 1 (2.355 against 3.233 = 2 * 1.6163).
        radius = np.maximum(np.hypot(u, v) * (1.61634 / 1.17741), 1e-6)
        return self.peak * (2 * special.j1(radius) / radius) ** 2


def point_shape(rng: np.random.Generator, sigma: float) -> list[Lobe]:
    """A distant point: a Gaussian spot, round within a quarter."""
    ratio = float(rng.uniform(1.0, 1.25))
    return [Lobe(0, 0, sigma * ratio, sigma, float(rng.uniform(0, np.pi)), 1.0)]


def airy_shape(rng: np.random.Generator, sigma: float) -> list[Lobe]:
    """A bright point through diffraction-limited optics: core and faint ring."""
    del rng
    return [Lobe(0, 0, sigma, sigma, 0.0, 1.0, airy=True)]


def aircraft_shape(rng: np.random.Generator, sigma: float) -> list[Lobe]:
    """A body in any direction, with wings across it and a hot engine near one end."""
    angle = float(rng.uniform(0, 2 * np.pi))
    cos, sin = np.cos(angle), np.sin(angle)
    body = sigma * float(rng.uniform(1.3, 1.9))
    lobes = [Lobe(0, 0, body, 0.75 * sigma, angle, 1.0)]
    wing_at = float(rng.uniform(-0.4, 0.4)) * body
    lobes.append(
        Lobe(
            wing_at * sin, wing_at * cos, sigma * float(rng.uniform(1.1, 1.7)), 0.6 * sigma,
            angle + float(rng.uniform(0.35, 0.65)) * np.pi, float(rng.uniform(0.3, 0.8)),
        )
    )  # fmt: skip
    engine_at = 0.6 * body
    hot = float(rng.uniform(0.0, 0.8))
    lobes.append(Lobe(engine_at * sin, engine_at * cos, 0.7 * sigma, 0.7 * sigma, 0.0, hot))
    return lobes


def ship_shape(rng: np.random.Generator, sigma: float) -> list[Lobe]:
    """A level hull with a warm superstructure somewhere along it."""
    hull = sigma * float(rng.uniform(1.6, 3.0))
    across = 0.75 * sigma
    bridge_at = float(rng.uniform(-0.6, 0.6)) * hull
    return [
        Lobe(0, 0, hull, across, float(rng.uniform(-0.06, 0.06)), 1.0),
        Lobe(
            -across * float(rng.uniform(0.3, 0.9)), bridge_at, across, across, 0.0,
            float(rng.uniform(0.3, 0.9)),
        ),
    ]  # fmt: skip


TARGET_SHAPES: dict[str, Callable[[np.random.Generator, float], list[Lobe]]] = {
    'point': point_shape,
    'airy': airy_shape,
    'aircraft': aircraft_shape,
    'ship': ship_shape,
}


def render_target(lobes: list[Lobe], y: float, x: float) -> tuple[np.ndarray, int, int]:
    """Integrate a target over the pixels around a sub-pixel position.

    Args:
        lobes (list[Lobe]): The target; (y, x) becomes the centroid of all its radiance.
        y (float): Row of the centroid; pixel centres lie at whole numbers.
        x (float): Column of the centroid.

    Returns:
        tuple[np.ndarray, int, int]: Patch, float32 (h, w) with peak 1, and the row and column
        of its first pixel in the image (they may lie outside).
    """
    energy = np.array([lobe.peak * lobe.along * lobe.across for lobe in lobes])
    centre_y = float(np.dot(energy, [lobe.y for lobe in lobes]) / energy.sum())
    centre_x = float(np.dot(energy, [lobe.x for lobe in lobes]) / energy.sum())
    half = int(np.ceil(max(_REACH * lobe.along + np.hypot(lobe.y, lobe.x) for lobe in lobes)))
    top, left = int(np.round(y)) - half, int(np.round(x)) - half
    side = 2 * half + 1
    steps = (np.arange(side * _OVERSAMPLING) + 0.5) / _OVERSAMPLING - 0.5
    rows = (steps + top - y + centre_y)[:, None]
    columns = (steps + left - x + centre_x)[None, :]
    fine = reduce(np.add, (lobe.sample(rows, columns) for lobe in lobes))
    patch = fine.reshape(side, _OVERSAMPLING, side, _OVERSAMPLING).mean(axis=(1, 3))
    return (patch / patch.max()).astype(np.float32), top, left

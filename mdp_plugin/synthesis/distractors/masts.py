"""What stands upright: lamps, chimneys, pylons with wires, cranes."""

import numpy as np

from ..backgrounds import Background
from ..distractor_settings import DistractorSettings
from ..drawing import add_light, draw_line, log_uniform, window_of
from ..spectral_field import spectral_field


def draw_lamp(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one compact light with what carries it, in place: a pole, a roof or a wall.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Size and contrast of the light.
    """
    levels = background.levels
    height, width = levels.shape
    sigma = log_uniform(rng, settings.lamp_sigma)
    peak = log_uniform(rng, settings.lamp_contrast)
    if background.roofs and rng.random() < 0.6:
        top, left, right = background.roofs[int(rng.integers(len(background.roofs)))]
        x = float(rng.choice((left, right, rng.uniform(left, right))))
        y = top + float(rng.choice((-1.0, 0.0, rng.uniform(0, 40))))
        add_light(background, min(y, height - 1), x, sigma, peak)
        return
    foot = background.foot(rng)
    x, y = float(rng.uniform(0, width)), float(foot - rng.uniform(0.06, 0.5) * height)
    around = _level_at(levels, y, x)
    iron = max(around + float(rng.choice((-1, 1), p=(0.3, 0.7))) * rng.uniform(12, 60), 3.0)
    thickness = float(rng.uniform(0.7, 1.0 + 1.5 * sigma))
    draw_line(levels, (foot + 1, x), (y, x), thickness, iron)
    arms = rng.choice((0, 1, 2), p=(0.4, 0.35, 0.25))
    arm = float(rng.uniform(2, 4 + 5 * sigma))
    for side in (-1, 1)[:arms]:
        end = (y + float(rng.uniform(-2, 1)), x + side * arm)
        draw_line(levels, (y, x), end, 0.8 * thickness, iron)
        add_light(background, *end, sigma, peak)
    if not arms:
        add_light(background, y, x, sigma, peak)


def draw_chimney(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one chimney with a hot mouth, rings and perhaps a plume, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Width and contrast of the mouth.
    """
    levels = background.levels
    height, width = levels.shape
    half = log_uniform(rng, settings.chimney_width) / 2
    foot = background.foot(rng)
    tall = min(half * 2 * float(rng.uniform(4, 14)), 0.7 * height)
    x, top = float(rng.uniform(0, width)), foot - tall
    heat = log_uniform(rng, settings.chimney_contrast)
    around = _level_at(levels, top, x)
    window = window_of(levels.shape, top, foot, x - 1.6 * half - 1, x + 1.6 * half + 1)
    part = levels[window]
    if not part.size:
        return
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None]
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None]
    down = np.clip((rows - np.float32(top)) / np.float32(tall), 0, 1)
    if rng.random() < 0.4:
        _add_plume(rng, levels, top, x, half, heat)
    reach = np.float32(half) * (1 + np.float32(rng.uniform(0, 0.5)) * down)
    across = (columns - np.float32(x)) / reach
    cover = np.clip(reach + 0.5 - np.abs(columns - np.float32(x)), 0, 1)
    stack = around + float(rng.uniform(0.1, 0.5)) * heat
    shaft = stack + np.float32(0.2 * heat) * (np.sqrt(np.clip(1 - across**2, 0, 1)) - 0.5)
    shaft += np.float32(heat) * np.exp(
        -down * np.float32(tall / max(rng.uniform(0.2, 1.2) * half, 1.5))
    )
    if rng.random() < 0.5:
        pitch = float(rng.uniform(0.8, 3)) * half + 4
        shaft += ((rows - np.float32(top)) % pitch < 1.2) * np.float32(
            rng.uniform(-0.2, 0.3) * heat
        )
    part += cover * (shaft - part)
    background.structures[window] |= cover > 0.5


def _add_plume(
    rng: np.random.Generator, levels: np.ndarray, top: float, x: float, half: float, heat: float
) -> None:
    """Warm smoke that rises, widens, drifts and thins out above a mouth, in place."""
    rise = float(rng.uniform(6, 20)) * half + 10
    drift = float(rng.normal(0, 0.5))
    spread = half + 0.35 * rise
    middle = x + 0.5 * drift * rise
    reach = spread + abs(drift) * rise
    window = window_of(levels.shape, top - rise, top, middle - reach, middle + reach)
    part = levels[window]
    if part.shape[0] < 4 or part.shape[1] < 4:
        return
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None]
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None]
    up = np.clip((np.float32(top) - rows) / np.float32(rise), 0, 1)
    rough = spectral_field(rng, part.shape, 3.0, longest=2 * spread)
    centre = np.float32(x) + np.float32(drift) * up * np.float32(rise)
    wide = np.float32(half) + np.float32(0.35 * rise) * up
    form = 1 - ((columns - centre) / wide) ** 2 + np.float32(0.45) * rough
    smoke = np.clip(form, 0, 1) * (1 - up) * np.float32(rng.uniform(0.3, 0.9) * heat)
    part += smoke * (1 + np.float32(0.2) * rough)


def draw_pylon(
    rng: np.random.Generator, background: Background, settings: DistractorSettings
) -> None:
    """Draw one lattice mast with wires, or a crane, in place.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (Background): The scene; its levels are changed.
        settings (DistractorSettings): Height and contrast.
    """
    levels = background.levels
    height, width = levels.shape
    foot = background.foot(rng)
    tall = min(log_uniform(rng, settings.pylon_height), 0.8 * height)
    x, top = float(rng.uniform(0, width)), foot - tall
    sign = -1 if rng.random() < 1 / 3 else 1
    iron = _level_at(levels, top, x) + sign * log_uniform(rng, settings.pylon_contrast)
    iron = max(iron, 2.0)
    thin = float(rng.uniform(0.5, 1.0 + tall / 150))
    crane = rng.random() < 0.4
    base, head = (0.03, 0.03) if crane else (0.14, 0.02)
    steps = int(rng.integers(5, 13))
    at = np.linspace(0, 1, steps + 1)
    ys = foot - tall * at
    half = tall * (base + (head - base) * at)
    for i in range(steps):
        for side in (-1, 1):
            start = (ys[i], x + side * half[i])
            draw_line(levels, start, (ys[i + 1], x + side * half[i + 1]), thin, iron)
            draw_line(levels, start, (ys[i + 1], x - side * half[i + 1]), 0.6 * thin, iron)
    if crane:
        reach = tall * float(rng.uniform(0.5, 1.1)) * float(rng.choice((-1, 1)))
        for y, end in ((top, reach), (top - 0.04 * tall, reach), (top, -0.3 * reach)):
            draw_line(levels, (y, x), (top, x + end), thin, iron)
        draw_line(levels, (top - 0.12 * tall, x), (top, x + 0.6 * reach), 0.6 * thin, iron)
        draw_line(levels, (top, x), (top - 0.12 * tall, x), thin, iron)
        return
    sag = float(rng.uniform(0.0, 0.12)) * tall
    slope = float(rng.normal(0, 0.1))
    for level in (0.75, 0.86, 0.96)[: int(rng.integers(1, 4))]:
        y = foot - tall * level
        arm = tall * float(rng.uniform(0.1, 0.2))
        draw_line(levels, (y, x - arm), (y, x + arm), thin, iron)
        for side in (-1, 1):
            add_light(background, y + 2, x + side * arm, 0.7, 0.5 * abs(iron))  # insulators
            _draw_wire(levels, (y + 2, x + side * arm), side * width, slope, sag, 0.5 * thin, iron)


def _draw_wire(
    levels: np.ndarray,
    start: tuple[float, float],
    reach: float,
    slope: float,
    sag: float,
    thin: float,
    value: float,
) -> None:
    """Draw a hanging wire from a point to the picture's edge, in place."""
    pieces = 8
    points = [
        (
            start[0] + slope * abs(reach) * t + 4 * sag * t * (1 - t),
            start[1] + reach * t,
        )
        for t in np.linspace(0, 1, pieces + 1)
    ]
    for first, second in zip(points[:-1], points[1:], strict=True):
        draw_line(levels, first, second, thin, value)


def _level_at(levels: np.ndarray, y: float, x: float) -> float:
    """Mean level around a point, which may lie outside."""
    height, width = levels.shape
    row = int(np.clip(y, 2, height - 3))
    column = int(np.clip(x, 2, width - 3))
    return float(levels[row - 2 : row + 3, column - 2 : column + 3].mean())

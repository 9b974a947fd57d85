"""Painters of infrared backgrounds, by the name used in ``SceneSettings.backgrounds``."""

from collections.abc import Callable

import numpy as np

from .background import Background
from .cloud import cloud_background
from .ground import ground_background
from .sea import sea_background
from .sky import sky_background
from .town import town_background

BACKGROUNDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Background]] = {
    'sky': sky_background,
    'cloud': cloud_background,
    'sea': sea_background,
    'ground': ground_background,
    'town': town_background,
}

__all__ = ['BACKGROUNDS', 'Background']

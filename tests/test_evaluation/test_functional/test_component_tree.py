"""Components at all levels at once are those of labelling every level by itself."""

from typing import get_args, get_type_hints

import irstd_oracle as oracle
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter

from mdp_plugin.evaluation.functional import components_at_levels, label_components
from mdp_plugin.evaluation.functional.component_tree import _basins

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10)


def test_helpers_return_what_they_document():
    rng = np.random.default_rng(0)
    window = np.pad(rng.integers(0, 4, (9, 9)), 1)
    active, basin_of, peaks = _basins(window, 8)
    documented = get_args(get_type_hints(_basins)['return'])
    assert [type(value) for value in (active, basin_of, peaks)] == list(documented)
    # Falling levels of the highest pixel of each basin.
    assert (np.diff(peaks) <= 0).all() and len(peaks) == basin_of.max() + 1
    for basin, peak in enumerate(peaks):
        assert window.ravel()[basin_of == basin].max() == peak


def rows_of(level_map, num_levels, connectivity):
    parts = components_at_levels(level_map, num_levels, connectivity)
    assert (np.diff(parts.levels) >= 0).all()
    columns = (parts.levels, parts.areas, *parts.centroids.T)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=120, deadline=None)
@given(arrays(np.int64, SHAPES, elements=st.integers(0, 5)), st.sampled_from([4, 8]))
@example(np.zeros((3, 4), np.int64), 8)
@example(np.full((3, 4), 5), 8)
@example(np.array([[5, 1, 5], [1, 1, 1], [5, 1, 5]]), 4)
@example(np.array([[5, 0, 5], [0, 4, 0], [5, 0, 5]]), 8)
@example(np.array([[3]]), 4)
def test_equal_to_flood_fill_of_every_level(level_map, connectivity):
    expected = sorted(
        (level, len(part), *oracle.centroid(part))
        for level in range(1, 6)
        for part in oracle.components(level_map >= level, connectivity)
    )
    assert rows_of(level_map, 5, connectivity) == expected


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('sigma', [0, 0.7, 2])
def test_equal_to_labelling_on_large_rough_and_smooth_maps(connectivity, sigma):
    noise = np.random.default_rng(7).normal(size=(70, 50))
    smooth = gaussian_filter(noise, sigma) if sigma else noise
    level_map = np.clip(40 + 25 * smooth / smooth.std(), 0, 80).astype(np.int64)
    expected = []
    for level in range(1, 81):
        parts = label_components(level_map >= level, connectivity)
        centroids = parts.centroids.tolist()
        rows = zip(parts.areas.tolist(), centroids, strict=True)
        expected += [(level, area, *centroid) for area, centroid in rows]
    assert len(expected) > 500
    assert rows_of(level_map, 80, connectivity) == sorted(expected)

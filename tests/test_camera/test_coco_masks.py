"""Masks of COCO files are those of COCO's own code."""

import json

import numpy as np
import pytest
from pycocotools import mask as coco

from mdp_plugin.camera.coco_masks import CocoMasks, fill_polygon
from mdp_plugin.camera.frames import Frame

SHAPE = (40, 50)


@pytest.mark.parametrize('compressed', [True, False])
def test_run_lengths_are_read_as_pycocotools_writes_them(tmp_path, compressed):
    mask = np.random.default_rng(0).random(SHAPE) > 0.8
    runs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    counts = runs['counts'].decode()
    if not compressed:
        edges = np.flatnonzero(np.diff(mask.T.ravel(), prepend=False, append=~mask[-1, -1]))
        counts = np.diff(edges, prepend=0).tolist()
    segmentation = {'size': list(SHAPE), 'counts': counts}
    content = {
        'images': [{'id': 7, 'file_name': 'C:\\rec\\a.png'}],
        'annotations': [{'id': 1, 'image_id': 7, 'segmentation': segmentation}],
    }
    (tmp_path / 'a.json').write_text(json.dumps(content))
    frame = Frame('a', tmp_path / 'a.png', 'a', 0)
    truth = CocoMasks(tmp_path / 'a.json', [frame], tmp_path)
    assert np.array_equal(truth(frame, np.zeros(SHAPE)), mask)


def test_pixels_belong_to_a_polygon_by_their_centres():
    mask = np.zeros(SHAPE, bool)
    fill_polygon(np.array([(20, 10), (23, 10), (23, 13), (20, 13)], float), mask)
    assert mask.sum() == 9 and mask[10:13, 20:23].all()
    # Less than a pixel is the one that it lies in, at the edge as well.
    small = np.zeros(SHAPE, bool)
    fill_polygon(np.array([(49.8, 39.7), (50, 39.7), (50, 40)]), small)
    assert small.sum() == 1 and small[39, 49]


def test_large_polygons_are_those_of_pycocotools():
    draw = np.random.default_rng(1)
    for _ in range(20):
        angles = np.sort(draw.uniform(0, 2 * np.pi, 9))
        radius = draw.uniform(6, 14, 9)
        corners = np.stack([25 + radius * np.cos(angles), 20 + radius * np.sin(angles)], axis=1)
        mask = np.zeros(SHAPE, bool)
        fill_polygon(corners, mask)
        (theirs,) = coco.frPyObjects([corners.ravel().tolist()], *SHAPE)
        other = coco.decode(theirs).astype(bool)
        assert (mask & other).sum() > 0.85 * (mask | other).sum()


@pytest.mark.parametrize('corners', [[(1, 1), (2, 2)], [(-1, 0), (3, 0), (3, 3)]])
def test_impossible_polygons_are_refused(corners):
    with pytest.raises(ValueError, match='polygon'):
        fill_polygon(np.array(corners, float), np.zeros(SHAPE, bool))

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mdp_plugin.deploy import predict_tiled
from mdp_plugin.deploy.tiling import tile_starts
from mdp_plugin.export.detector_graph import DetectorGraph


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(32, 400), width=st.integers(32, 400), tile=st.integers(64, 200),
    share=st.floats(0, 0.5), seed=st.integers(0, 9),
)  # fmt: skip
def test_tiles_of_a_local_function_give_the_whole(height, width, tile, share, seed):
    image = np.random.default_rng(seed).random((height, width)).astype(np.float32)
    sizes = []

    def predict(part):
        sizes.append(part.shape)
        return part * 2

    overlap = max(32, int(share * tile))
    assert np.array_equal(predict_tiled(predict, image, tile=tile, overlap=overlap), image * 2)
    # Every tile is large enough for the network.
    assert all(32 <= side <= tile for size in sizes for side in size)


def test_borders_of_tiles_are_not_used():
    """A function that is wrong near the border of what it sees is right in the overlaps' middle."""
    image = np.ones((300, 210), np.float32)

    def predict(part):
        out = np.zeros_like(part)
        out[16:-16, 16:-16] = part[16:-16, 16:-16]
        return out

    found = predict_tiled(predict, image, tile=96, overlap=32)
    assert found[16:-16, 16:-16].min() == 1


def test_starts_by_hand():
    assert tile_starts(256, 128, 64) == [0, 64, 128]
    assert tile_starts(257, 128, 64) == [0, 64, 128, 192]
    assert tile_starts(256, 128, 40) == [0, 64, 128]  # 88 is no multiple of 32
    assert tile_starts(128, 128, 64) == tile_starts(7, 128, 64) == [0]


def test_targets_of_tiles_are_those_of_the_whole(shipped_model, scene):
    graph = DetectorGraph(shipped_model)

    def predict(frame):
        with torch.no_grad():
            return graph(torch.from_numpy(np.ascontiguousarray(frame))[None])[0].numpy()

    image = np.concatenate([scene(384, 384, seed) for seed in range(2)], axis=1)
    probabilities = [predict(image), predict_tiled(predict, image, tile=384, overlap=192)]
    centres, peaks = [], []
    for probability in probabilities:
        labels, count = ndimage.label(probability > 0.5, np.ones((3, 3)))
        numbers = range(1, count + 1)
        centres.append(np.array(ndimage.center_of_mass(labels > 0, labels, numbers)))
        peaks.append(ndimage.maximum(probability, labels, numbers))
    distances = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2)
    # What one of them finds with confidence, the other finds at the same place.
    for nearest, peak in ((distances.min(1), peaks[0]), (distances.min(0), peaks[1])):
        confident = np.asarray(peak) > 0.8
        assert confident.sum() >= 3
        assert nearest[confident].max() < 1


def test_impossible_tiles():
    image = np.zeros((50, 50))
    with pytest.raises(ValueError, match='overlap'):
        predict_tiled(lambda x: x, image, tile=64, overlap=16)
    with pytest.raises(ValueError, match='overlap'):
        predict_tiled(lambda x: x, image, tile=64, overlap=40)
    with pytest.raises(ValueError, match=r'\(H, W\)'):
        predict_tiled(lambda x: x, image[..., None])

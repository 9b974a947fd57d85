"""The tool that compares tiles with whole frames."""

import numpy as np
import pytest
from tiny_training import run_tool

from mdp_plugin.benchmark.tiling_effect import Tiling, measure_tilings

TOOL = 'tools/analysis_tools/tile_overlap.py'


class NeedsContext:
    """A detector that needs 40 pixels of context: nearer to a border it finds what is not there."""

    threshold, native, name = 0.5, True, 'drawn'

    def levels(self, image, name):
        return image

    def predict_whole(self, grey):
        out = np.full(grey.shape, 0.25, np.float32)
        inside = (slice(40, -40), slice(40, -40))
        out[inside] = grey[inside]
        out[20, 20] = 0.75
        return out


def frame():
    """Two targets; the second one lies where two tiles of 128 meet."""
    grey = np.zeros((128, 320), np.float32)
    grey[60:63, 50:53] = grey[60:63, 110:113] = 1
    return grey


def test_what_tiles_lose_and_gain_is_counted():
    narrow, wide = Tiling(128, 32), Tiling(192, 96)
    whole, effects = measure_tilings(NeedsContext(), [('a', frame())], [narrow, wide])
    assert (whole.targets, whole.pixels) == (3, 128 * 320)
    # Tiles begin at 0, 96 and 192; the second target is 40 pixels from the border of none.
    found = effects[narrow]
    assert (found.targets, found.lost, found.gained, found.difference) == (4, 1, 2, 0.75)
    assert found.pixels == 128 * (3 * 128)
    assert (effects[wide].lost, effects[wide].gained) == (0, 0)
    assert effects[wide].pixels > whole.pixels


def test_the_table_is_printed(tmp_path):
    output = run_tool(
        TOOL, '--scenes', 1, '--size', 96, 160, '--tiles', 96, '--overlaps', 32, 64,
        '--threads', 1, cwd=tmp_path,
    )  # fmt: skip
    assert '| whole | - | 0.000 |' in output and '\n| 96 | 32 | ' in output
    assert '| 96 | 64 |' not in output, 'tiles that share more than their half'


def test_networks_of_one_size_take_no_tiles():
    detector = NeedsContext()
    detector.native = False
    with pytest.raises(ValueError, match='"drawn" brings every frame to one size'):
        measure_tilings(detector, [], [Tiling(96, 32)])

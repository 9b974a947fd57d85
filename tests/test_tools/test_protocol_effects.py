"""What each rule of measuring does to the same predictions."""

import json

import cv2
import numpy as np
import pytest
from tiny_training import run_tool

from mdp_plugin.evaluation.protocol_effects import (
    AS_HERE,
    EFFECTS,
    Sample,
    averaged_views,
    effects_table,
    measure_effects,
)

TOOL = 'tools/analysis_tools/protocol_effects.py'


def drawn(*boxes):
    """A mask (96, 112) of squares, each given by row, column and side."""
    mask = np.zeros((96, 112), bool)
    for row, column, side in boxes:
        mask[row : row + side, column : column + side] = True
    return mask


def sample(predicted, truth):
    probability = np.where(predicted, 0.6, 0.1).astype(np.float32)
    return Sample(probability, np.where(truth, 0.9, 0.1).astype(np.float32), truth)


def test_each_rule_by_hand():
    truth = drawn((20, 20, 5), (40, 40, 2), (42, 42, 2))  # two squares that touch at a corner
    found = measure_effects(
        [
            sample(
                drawn((20, 24, 5), (40, 40, 2), (42, 42, 2)), truth
            ),  # the first is 4 pixels off
            sample(drawn(), drawn()),
        ]
    )
    ours = found[AS_HERE]
    assert (ours['Pd'], ours['num_targets']) == (50, 2)
    assert ours['Fa'] == pytest.approx(1e6 * 25 / (2 * 96 * 112))
    assert ours['IoU'] == pytest.approx(100 * 13 / 53)
    background = 100 * (2 * 96 * 112 - 53) / (2 * 96 * 112 - 13)
    assert ours['mIoU'] == pytest.approx((ours['IoU'] + background) / 2)
    for rule in ('hit: centroids less than 5 pixels apart', 'hit: one common pixel'):
        assert (found[rule]['Pd'], found[rule]['Fa']) == (100, 0)
    assert found['4-connected']['num_targets'] == 3
    assert found['threshold 0.7']['Pd'] == 0 and found['threshold 0.3'] == ours
    niou = {name: found[name]['nIoU'] for name in found}
    assert niou[AS_HERE] == pytest.approx((100 + ours['IoU']) / 2)
    assert niou['empty images count 0'] == pytest.approx(ours['IoU'] / 2)
    assert niou['empty images left out'] == pytest.approx(ours['IoU'])
    assert niou['three views averaged'] == 100
    perfect = measure_effects([sample(truth, truth)])
    shifted = perfect['at 256x256, masks half a pixel off']['nIoU']
    assert shifted < perfect['scored at 256x256']['nIoU']
    table = list(effects_table(found))
    assert len(table) == 2 + len(EFFECTS)
    assert table[2].startswith('| our protocol | 62.26 | 24.53 |') and table[2].endswith('| 2 |')


def test_views_are_turned_back():
    image = np.arange(12, dtype=np.float32).reshape(3, 4) / 12
    np.testing.assert_allclose(averaged_views(lambda grey: grey, image), image)


def test_the_tool(tmp_path):
    truth = drawn((20, 20, 5))
    for folder, levels in (('images', 100 + 120 * truth), ('masks', 255 * truth)):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / 'one.png'), levels.astype(np.uint8))
    out = tmp_path / 'new/effects.json'
    folders = tmp_path / 'images', tmp_path / 'masks'
    output = run_tool(TOOL, 'top-hat', *folders, '--threads', 1, '--out', out, cwd=tmp_path)
    assert f'| {AS_HERE} | 100.00 |' in output
    assert set(json.loads(out.read_text())) == set(EFFECTS)

"""The degradation tables: what each kind does to an image, and what a detector finds then."""

import json

import cv2
import numpy as np
import pytest
from tiny_training import run_tool

from mdp_plugin.evaluation.degradations import CAMERA, RAW, degradation_table, measure_degradations
from mdp_plugin.imaging.grey_levels import GreyLevels

TOOL = 'tools/analysis_tools/degradations.py'


class Bright:
    """A detector that finds what is brighter than 200."""

    threshold, levels = 0.5, GreyLevels(levels='full')

    @staticmethod
    def predict(grey):
        return (grey > 200).astype(np.float32)


@pytest.fixture
def pairs(tmp_path):
    """Two images of levels 100, in one of them a target of level 240, 6 pixels wide."""
    for name in ('images', 'masks'):
        (tmp_path / name).mkdir()
    image, mask = np.full((64, 80), 100, np.uint8), np.zeros((64, 80), np.uint8)
    cv2.imwrite(str(tmp_path / 'images/empty.png'), image)
    cv2.imwrite(str(tmp_path / 'masks/empty_pixels0.png'), mask)
    image[20:26, 30:36], mask[20:26, 30:36] = 240, 255
    cv2.imwrite(str(tmp_path / 'images/target.png'), image)
    cv2.imwrite(str(tmp_path / 'masks/target_pixels0.png'), mask)
    folders = (sorted((tmp_path / name).iterdir()) for name in ('images', 'masks'))
    return list(zip(*folders, strict=True))


def test_what_each_kind_does():
    grey = np.full((40, 40), 100, np.float32)
    grey[10:14, 10:14] = 180
    random = np.random.default_rng(0)
    images = {name: kind.change(grey, random) for name, kind in {**CAMERA, **RAW}.items()}
    values = {
        'gain x0.5': (100, 140), 'gain x2': (100, 255), 'offset +40': (140, 220),
        'offset -40': (60, 140), 'inverted': (155, 75), 'half size': (100, 180),
        'double size': (100, 180), 'counts, 1000 of 14 bits': (7892, 8206),
        'counts, 8000 +- 50': (7989, 8021),
    }  # fmt: skip
    for name, (background, target) in values.items():
        image = images[name]
        assert image[0, 0] == background and image[round(11.5 * len(image) / 40)].max() == max(
            background, target
        ), name
    assert images['half size'].shape == (20, 20) and images['double size'].shape == (80, 80)
    assert images['kelvin, 280 to 320'][0, 0] == pytest.approx(280 + 40 * 100 / 255)
    assert 100 < images['blur of 1 pixel'][9, 11] < images['blur of 1 pixel'][10, 11] < 180
    assert images['JPEG 50'].dtype == np.uint8 and (images['JPEG 50'] != grey).any()
    rows = images['row noise'].astype(int)
    assert 2 < rows[:, 0].std() < 7 and np.ptp(rows[0]) == 0


def test_figures_by_hand(pairs):
    found = measure_degradations(Bright(), pairs)
    detected = {name for name, each in found.items() if each.num_detected == 1}
    assert {'8 bits, as they are', 'gain x2', 'offset +40', 'half size', 'double size'} <= detected
    assert not {'gain x0.5', 'offset -40', 'counts, 1000 of 14 bits'} & detected
    assert found['8 bits, as they are'].nIoU == 100
    # Scored at the size of the masks: the target has its pixels, or all but its corners.
    assert found['half size'].num_targets == 1 and found['double size'].IoU > 80
    assert found['8 bits, as they are'].FPPI == 0 and found['row noise'].FPPI == 0
    assert measure_degradations(Bright(), pairs) == found
    table = degradation_table(found, CAMERA).splitlines()
    assert table[0].startswith('| 2 images | found | Pd |')
    assert table[2] == '| 8 bits, as they are | 1 of 1 | 100.00 | 0.000 | 0.00 | 100.00 |'
    assert table[-1].startswith('| double size | 1 of 1 |') and table[-1].endswith('| - |')


def test_images_of_other_depths_are_refused(pairs):
    image, mask = pairs[0]
    cv2.imwrite(str(image), np.full((64, 80), 9000, np.uint16))
    with pytest.raises(ValueError, match=r'empty.png" is of uint16; images of 8 bits'):
        measure_degradations(Bright(), [(image, mask)])


@pytest.mark.parametrize(('kind', 'lines'), [('raw', 5), ('camera', 12)])
def test_the_tool(pairs, tmp_path, kind, lines):
    (tmp_path / 'names.txt').write_text('target\nempty\n')
    out = tmp_path / 'new/table.jsonl'
    output = run_tool(
        TOOL, tmp_path / 'images', tmp_path / 'masks', '--names', tmp_path / 'names.txt',
        '--first', 1, '--set', kind, '--model', 'mdpnet-nudt-sirst', '--threads', 1, '--out', out,
        cwd=tmp_path,
    )  # fmt: skip
    assert '| 1 image | found |' in output and output.count('\n| ') == lines + 1
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == lines and all(row['num_images'] == 1 for row in rows)
    assert rows[0]['images'] == '8 bits, as they are'

"""Classical methods: responses by hand, and the methods wherever a detector is named."""

import csv

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector, evaluate
from mdp_plugin.cli import main
from mdp_plugin.detection.classical import METHODS, local_contrast, patch_contrast, top_hat


def spot(side, value, background):
    """A bright square in the middle of an even image."""
    image = np.full((45, 45), background, np.float32)
    first = 22 - side // 2
    image[first : first + side, first : first + side] = value
    return image


def test_top_hat_keeps_what_is_narrower_than_the_square():
    small = top_hat(spot(3, 70, 20))
    assert small[22, 22] == 50 and small.sum() == 9 * 50
    assert not top_hat(spot(9, 70, 20)).any()
    assert top_hat(spot(9, 70, 20), side=11)[22, 22] == 50


def test_local_contrast_by_hand():
    """Of a cell of the spot, the largest value is 60, and all neighbours are 20."""
    response = local_contrast(spot(3, 60, 20), scales=(3,))
    assert response[22, 22] == pytest.approx(60**2 / 20)
    assert response[5, 5] == pytest.approx(20)
    # Two pixels to the right the cell holds a column of the spot, and so does a neighbour's all.
    brightest = (3 * 2 * 60 + 3 * 20) / 9
    assert response[22, 24] == pytest.approx(60**2 / brightest)
    assert local_contrast(spot(3, 60, 0), scales=(3,))[22, 22] == 60**2  # black counts 1


def test_patch_contrast_by_hand():
    response = patch_contrast(spot(3, 60, 20), scales=(3,))
    assert response[22, 22] == pytest.approx(40**2)
    # One pixel to the right: the patch has 6 of 9 pixels, its left neighbour 3 of 9.
    own, left = 40 * 6 / 9, 40 * 3 / 9
    assert response[22, 23] == pytest.approx((own - left) * own, rel=1e-5)
    # An edge is bright on one side only.
    edge = np.full((45, 45), 20, np.float32)
    edge[:, :22] = 60
    assert patch_contrast(edge).max() == pytest.approx(0, abs=1e-2)
    # The largest of the scales: only 5 fits a spot of 5.
    assert patch_contrast(spot(5, 60, 20), scales=(3, 5))[22, 22] == pytest.approx(40**2)


@pytest.mark.parametrize('name', METHODS)
def test_half_is_the_adaptive_threshold(name):
    rng = np.random.default_rng(3)
    grey = (spot(3, 200, 40) + rng.normal(0, 2, (45, 45))).astype(np.float32)
    method = METHODS[name]
    response = method.respond(grey)
    detector = TargetDetector(name)
    probability = detector.predict(grey)
    limit = response.mean(dtype=float) + method.factor * response.std(dtype=float)
    assert ((probability > 0.5) == (response > limit)).all()
    assert probability.dtype == np.float32 and 0 <= probability.min() < probability.max() < 1
    assert not detector.predict(np.full((20, 30), 7, np.float32)).any()


def test_every_command_takes_them(tmp_path, capsys):
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
    for index in range(2):
        mask = cv2.copyMakeBorder((spot(3, 255, 0)).astype(np.uint8), 20, 20, 30, 30, 0)
        noise = np.random.default_rng(index).integers(20, 30, mask.shape).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f'images/{index}.png'), noise + mask // 2)
        cv2.imwrite(str(tmp_path / f'masks/{index}.png'), mask)
    images, masks = str(tmp_path / 'images'), str(tmp_path / 'masks')
    found = evaluate(TargetDetector('top-hat'), masks, images=images)
    assert found.figures.Pd == 100 and found.figures.num_false == 0
    assert main(['evaluate', 'classic=top-hat', masks, '--images', images]) == 0
    assert 'hIoU = IoU of targets' in capsys.readouterr().out
    out = ['--out', str(tmp_path / 'out')]
    for _ in range(2):  # the second time from the record
        assert main(['detect', images, '--model', 'mpcm', *out]) == 0
    rows = list(csv.DictReader((tmp_path / 'out/targets.csv').open()))
    assert [float(row['x']) for row in rows] == pytest.approx([52] * 2, abs=0.7)
    assert [float(row['y']) for row in rows] == pytest.approx([42] * 2, abs=0.7)
    page = ['--out', str(tmp_path / 'report.html'), '--images', images, '--truths', masks]
    assert main(['report', 'lcm', 'mpcm', *page]) == 0
    assert 'mpcm: 0 missed, 0 false' in (tmp_path / 'report.html').read_text()


def test_what_they_do_not_have_is_refused():
    with pytest.raises(ValueError, match='has no weights'):
        TargetDetector('top-hat', weights='w.pth')
    with pytest.raises(ValueError, match='are for exported files'):
        TargetDetector('top-hat', precision='f16')

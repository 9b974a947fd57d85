from math import log

import pytest
import torch
from mmseg.registry import MODELS

from mdp_plugin.models.losses import PixelFocalLoss, pixel_focal_loss

LOGITS = torch.logit(torch.tensor([0.5, 0.25, 0.25, 0.5], dtype=torch.float64)).view(1, 1, 2, 2)
LABEL = torch.tensor([[[1, 1], [0, 0]]])


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (dict(gamma=0), -0.5 * (log(0.5) + log(0.25) + log(0.75) + log(0.5)) / 2),
        (dict(gamma=0, alpha=1), -(log(0.5) + log(0.25)) / 2),
        (dict(gamma=1, alpha=0), -(0.25 * log(0.75) + 0.5 * log(0.5)) / 2),
        (dict(alpha=1), -(0.25 * log(0.5) + 0.5625 * log(0.25)) / 2),
    ],
)
def test_values_by_hand(options, expected):
    assert pixel_focal_loss(LOGITS, LABEL, **options).item() == pytest.approx(expected, abs=1e-9)


def test_ignored_pixels_do_not_count():
    label = torch.tensor([[[1, 255], [0, 255]]])
    expected = -0.5 * (log(0.5) + log(0.75))
    assert pixel_focal_loss(LOGITS, label, gamma=0).item() == pytest.approx(expected, abs=1e-9)
    other = LOGITS.clone()
    other[..., 1] = 9.0
    assert pixel_focal_loss(other, label, rim=0.5) == pixel_focal_loss(LOGITS, label, rim=0.5)


def test_rim_takes_the_label_of_the_neighbourhood_into_account():
    label = torch.zeros(1, 5, 5, dtype=torch.long)
    label[0, 2, 2] = 1
    logits = torch.full((1, 1, 5, 5), -100.0)
    # Nothing is predicted: each pixel with a soft label of y costs 100 y.
    assert pixel_focal_loss(logits, label, gamma=0).item() == pytest.approx(50)
    assert pixel_focal_loss(logits, label, gamma=0, rim=0.9).item() == pytest.approx(50)
    logits[0, 0, 2, 2] = 0.0  # the target's own soft label is 0.1 + 0.9 / 9
    expected = 0.5 * (100 * 0.8 + log(2))
    assert pixel_focal_loss(logits, label, gamma=0, rim=0.9).item() == pytest.approx(expected)


def test_image_without_a_target():
    loss = pixel_focal_loss(torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.long))
    assert loss.item() == pytest.approx(4 * 0.5 * 0.25 * log(2))


def test_registered_with_a_weight():
    loss = MODELS.build(dict(type='PixelFocalLoss', gamma=0, alpha=1, loss_weight=3.0))
    assert isinstance(loss, PixelFocalLoss) and loss.loss_name == 'loss_focal'
    assert loss(LOGITS, LABEL).item() == pytest.approx(-3 * (log(0.5) + log(0.25)) / 2)
    with pytest.raises(ValueError, match='PixelFocalLoss is for one output channel'):
        loss(torch.zeros(1, 2, 2, 2), LABEL)

import pytest
import torch
from mmseg.registry import MODELS

from mdp_plugin.models.losses import SoftDiceLoss, soft_dice_loss

LOGITS = torch.logit(torch.tensor([0.5, 0.75, 0.25, 0.5], dtype=torch.float64)).view(1, 1, 2, 2)


def test_values_by_hand():
    label = torch.tensor([[[1, 1], [0, 0]]])
    # Twice the intersection 1.25, over areas of 2 and 2.
    assert soft_dice_loss(LOGITS, label).item() == pytest.approx(1 - 3.5 / 5, abs=1e-9)
    assert soft_dice_loss(LOGITS, label, smooth=0).item() == pytest.approx(1 - 2.5 / 4, abs=1e-9)
    # Of the four pixels the two of the target are left: areas 1.25 and 2.
    ignored = torch.tensor([[[1, 1], [255, 255]]])
    assert soft_dice_loss(LOGITS, ignored).item() == pytest.approx(1 - 3.5 / 4.25, abs=1e-9)


def test_mean_over_images():
    label = torch.tensor([[[1, 1], [0, 0]], [[0, 0], [0, 0]]])
    loss = soft_dice_loss(torch.cat([LOGITS, LOGITS]), label)
    assert loss.item() == pytest.approx((1 - 3.5 / 5 + 1 - 1 / 3) / 2, abs=1e-9)


def test_target_is_the_one_channel_unlike_in_the_hosts_loss():
    label = torch.tensor([[[1, 1], [0, 0]]])
    right = torch.where(label[:, None] == 1, 100.0, -100.0)
    assert soft_dice_loss(right, label).item() == 0
    host = MODELS.build(dict(type='DiceLoss'))
    assert host(right, label) > host(-right, label)


def test_registered_with_a_weight():
    loss = MODELS.build(dict(type='SoftDiceLoss', loss_weight=2.0))
    assert isinstance(loss, SoftDiceLoss) and loss.loss_name == 'loss_soft_dice'
    label = torch.tensor([[[1, 1], [0, 0]]])
    assert loss(LOGITS, label).item() == pytest.approx(2 * (1 - 3.5 / 5))
    with pytest.raises(ValueError, match='SoftDiceLoss is for one output channel'):
        loss(torch.zeros(1, 2, 2, 2), label)

from math import atan2, hypot, pi

import pytest
import torch
from mmseg.registry import MODELS

from mdp_plugin.models.losses import ScaleLocationLoss, scale_location_loss


def scene(*pixels: tuple[int, int], size: int = 8) -> torch.Tensor:
    label = torch.zeros(1, size, size, dtype=torch.long)
    for row, column in pixels:
        label[0, row, column] = 1
    return label


def certain(label: torch.Tensor) -> torch.Tensor:
    """Logits that say this label."""
    return torch.where(label[:, None] == 1, 100.0, -100.0).double()


def test_zero_where_prediction_and_label_agree():
    label = scene((1, 2), (1, 3), (6, 6))
    assert scale_location_loss(certain(label), label).item() == pytest.approx(0, abs=1e-6)
    empty = scene()
    assert scale_location_loss(certain(empty), empty).item() == pytest.approx(0, abs=1e-6)


def test_value_by_hand():
    label = scene((0, 2))
    # Two pixels instead of one, the centre half a pixel to the right.
    predicted = certain(scene((0, 2), (0, 3)))
    iou, variance = 2 / 3, 0.25 + 1
    scale = (1 + variance) / (2 + variance)
    distance, true_distance = hypot(1, 3.5), hypot(1, 3)
    angle = atan2(1, 3.5) - atan2(1, 3)
    location = 1 - true_distance / distance + 4 / pi**2 * angle**2
    expected = 1 - scale * iou + location
    assert scale_location_loss(predicted, label).item() == pytest.approx(expected, abs=1e-6)


def test_same_overlap_costs_more_the_farther_the_centre_is():
    label = scene((3, 3))
    near, far = certain(scene((3, 4))), certain(scene((7, 7)))
    assert scale_location_loss(near, label) < scale_location_loss(far, label)


def test_images_without_target_or_without_valid_pixels_have_finite_gradients():
    logits = torch.zeros(3, 1, 8, 8, requires_grad=True)
    label = torch.cat([scene(), torch.full((1, 8, 8), 255), scene((2, 2))])
    scale_location_loss(logits, label).backward()
    assert logits.grad.isfinite().all()
    assert logits.grad[1].abs().sum() == 0
    assert (logits.grad[0] > 0).all()  # background goes down


def test_descent_finds_the_target():
    label = scene((2, 2), (2, 3), (3, 2), (3, 3))
    logits = torch.zeros(1, 1, 8, 8, requires_grad=True)
    optimizer = torch.optim.Adam([logits], lr=0.5)
    for _ in range(60):
        optimizer.zero_grad()
        loss = scale_location_loss(logits, label)
        loss.backward()
        optimizer.step()
    assert torch.equal((logits[0, 0] > 0).long(), label[0])


def test_registered_with_a_weight():
    loss = MODELS.build(dict(type='ScaleLocationLoss', loss_weight=2.0))
    assert isinstance(loss, ScaleLocationLoss) and loss.loss_name == 'loss_scale_location'
    label = scene((3, 3))
    logits = certain(scene((3, 4)))
    assert loss(logits, label) == 2 * scale_location_loss(logits, label)
    with pytest.raises(ValueError, match='ScaleLocationLoss is for one output channel'):
        loss(torch.zeros(1, 2, 8, 8), label)

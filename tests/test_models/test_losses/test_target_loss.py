from math import log

import pytest
import torch
from mmseg.registry import MODELS

from mdp_plugin.models.losses import TargetLoss, soft_iou_loss, target_loss


def scene(probs: dict[tuple[int, int], float], size: int = 12, background: float = 1e-9):
    """Logits (1, 1, size, size) whose sigmoid is ``background`` but at the given pixels."""
    image = torch.full((size, size), background, dtype=torch.float64)
    for pixel, prob in probs.items():
        image[pixel] = prob
    return torch.logit(image)[None, None]


def label_of(*pixels: tuple[int, int], size: int = 12) -> torch.Tensor:
    label = torch.zeros(1, size, size, dtype=torch.long)
    for row, column in pixels:
        label[0, row, column] = 1
    return label


# Two targets: one of two pixels, touching at a corner, and one of a single pixel.
LABEL = label_of((1, 1), (2, 2), (9, 9))
PROBS = {(1, 1): 0.75, (2, 2): 0.25, (9, 9): 0.125}


def test_value_by_hand():
    # Two of the background: (5, 5) is three pixels off (2, 2), (5, 6) is four off both targets.
    probs = {**PROBS, (5, 5): 0.5, (5, 6): 0.5}
    miss = -(log(0.5) + log(0.125)) / 2
    alarm = -0.5 * log(0.5) / 4
    loss = target_loss(scene(probs), LABEL, min_pixels=4)
    assert loss.item() == pytest.approx(miss + alarm, abs=1e-5)
    loss = target_loss(scene(probs), LABEL, margin=2, min_pixels=1)
    assert loss.item() == pytest.approx(miss - 2 * 0.5 * log(0.5) / 3, abs=1e-5)
    loss = target_loss(scene(probs), LABEL, min_pixels=4, gamma=2)
    assert loss.item() == pytest.approx(miss + alarm / 2, abs=1e-5)
    loss = target_loss(scene(probs), LABEL, min_pixels=4, gamma=0)
    assert loss.item() == pytest.approx(miss + alarm * 2, abs=1e-5)


def test_every_target_weighs_the_same_whatever_its_size():
    large = [(row, column) for row in range(3) for column in range(3)]
    label = label_of(*large, (9, 9))
    loss = target_loss(scene({**dict.fromkeys(large, 0.25), (9, 9): 0.5}), label)
    other = target_loss(scene({**dict.fromkeys(large, 0.5), (9, 9): 0.25}), label)
    assert loss.item() == pytest.approx(-(log(0.25) + log(0.5)) / 2, abs=1e-5)
    assert other.item() == pytest.approx(loss.item(), abs=1e-6)


def test_targets_are_those_of_each_image():
    both = target_loss(
        torch.cat([scene({(1, 1): 0.5}), scene({(1, 1): 0.125})]),
        torch.cat([label_of((1, 1)), label_of((1, 1))]),
    )
    assert both.item() == pytest.approx(-(log(0.5) + log(0.125)) / 2, abs=1e-5)


def test_zero_at_perfect_agreement():
    logits = (LABEL.double() * 2 - 1).unsqueeze(1) * 100
    assert target_loss(logits, LABEL).item() == pytest.approx(0, abs=1e-6)


def test_missed_target_keeps_its_gradient_where_soft_iou_loses_it():
    logits = torch.full((1, 1, 12, 12), -60.0, requires_grad=True)
    label = label_of((4, 4), (4, 5))
    target_loss(logits, label).backward()
    assert logits.grad[0, 0, 4, 4:6].tolist() == pytest.approx([-0.5, -0.5])
    logits.grad = None
    soft_iou_loss(logits, label).backward()
    assert logits.grad.abs().max() < 1e-20


def test_false_alarm_keeps_its_gradient_and_the_rim_has_none():
    logits = torch.full((1, 1, 12, 12), -60.0)
    logits[0, 0, 4, 7] = logits[0, 0, 4, 8] = 60.0
    logits.requires_grad_()
    target_loss(logits, label_of((4, 4)), min_pixels=4).backward()
    assert logits.grad[0, 0, 4, 7] == 0
    assert logits.grad[0, 0, 4, 8].item() == pytest.approx(1 / 4)


def test_image_without_target_weighs_no_more_than_min_pixels_say():
    empty = torch.zeros(2, 12, 12, dtype=torch.long)
    logits = torch.cat([scene({(5, 5): 0.5}), scene({})])
    assert target_loss(logits, empty).item() == pytest.approx(-0.5 * log(0.5) / 40, abs=1e-6)
    logits.requires_grad_()
    target_loss(logits, empty).backward()
    assert torch.isfinite(logits.grad).all() and logits.grad[0, 0, 5, 5] > 0


def test_ignored_pixels_are_neither_target_nor_background():
    label = LABEL.clone()
    label[0, 5, 6] = 255
    changed = scene({**PROBS, (5, 6): 0.99})
    assert target_loss(changed, label).item() == pytest.approx(
        target_loss(scene(PROBS), LABEL).item(), abs=1e-6
    )
    label[label == 255] = 7
    assert target_loss(changed, label, ignore_index=7).item() == pytest.approx(
        target_loss(scene(PROBS), LABEL).item(), abs=1e-6
    )
    logits = torch.zeros(1, 1, 4, 4, requires_grad=True)
    loss = target_loss(logits, torch.full((1, 4, 4), 255))
    loss.backward()
    assert loss.item() == 0 and logits.grad.abs().sum() == 0


def test_half_precision_is_summed_in_single():
    logits = torch.zeros(1, 1, 512, 512, dtype=torch.bfloat16)
    loss = target_loss(logits, torch.zeros(1, 512, 512, dtype=torch.long))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(512 * 512 * log(2) / 40, rel=1e-5)


def test_gradient_is_that_of_the_formula():
    torch.manual_seed(0)
    logits = torch.randn(2, 1, 12, 12, requires_grad=True)
    label = torch.cat([LABEL, label_of((0, 0), (11, 11))])
    target_loss(logits, label).backward()
    probs = logits.detach().double().sigmoid().squeeze(1).requires_grad_()
    targets = [
        probs[0, 1, 1] / 2 + probs[0, 2, 2] / 2, probs[0, 9, 9], probs[1, 0, 0], probs[1, 11, 11]
    ]  # fmt: skip
    loss = -sum(target.log() for target in targets) / 4
    rows, columns = torch.meshgrid(torch.arange(12), torch.arange(12), indexing='ij')
    for image, pixels in enumerate([[(1, 1), (2, 2), (9, 9)], [(0, 0), (11, 11)]]):
        far = torch.ones(12, 12, dtype=torch.bool)
        for row, column in pixels:
            far &= torch.maximum((rows - row).abs(), (columns - column).abs()) > 3
        loss = loss - (probs[image] * (1 - probs[image]).log())[far].sum() / 40
    loss.backward()
    expected = probs.grad * probs.detach() * (1 - probs.detach())
    assert torch.allclose(logits.grad.squeeze(1).double(), expected, atol=1e-6)


def test_module_weights_the_function_and_names_itself():
    loss = MODELS.build(
        dict(
            type='TargetLoss', margin=2, min_pixels=5, gamma=2.0, loss_weight=3.0,
            loss_name='loss_x',
        )
    )  # fmt: skip
    logits = scene({**PROBS, (5, 5): 0.5})
    assert loss(logits, LABEL) == 3 * target_loss(logits, LABEL, 2, 5, 2.0)
    assert loss(logits, LABEL) != TargetLoss(loss_weight=3.0)(logits, LABEL)
    assert loss.loss_name == 'loss_x' and TargetLoss().loss_name == 'loss_target'


def test_misuse_is_refused():
    with pytest.raises(ValueError, match='one output channel'):
        target_loss(torch.zeros(1, 2, 4, 4), torch.zeros(1, 4, 4))
    with pytest.raises(ValueError, match='no pixel weights'):
        TargetLoss()(scene(PROBS), LABEL, weight=torch.ones(1, 12, 12))

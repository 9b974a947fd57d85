import pytest
import torch
from mmseg.registry import MODELS

from mdp_plugin.models.losses import SoftIoULoss, soft_iou_loss


def logits_of(*images: list[float]) -> torch.Tensor:
    """Logits (N, 1, 2, 2) whose sigmoid is the given probabilities."""
    return torch.logit(torch.tensor(images, dtype=torch.float64)).view(-1, 1, 2, 2)


def labels_of(*images: list[int]) -> torch.Tensor:
    return torch.tensor(images).view(-1, 2, 2)


# Intersection 0.5 + 0.75, union 2 + 2 - 1.25.
ONE = (logits_of([0.5, 0.75, 0.25, 0.5]), labels_of([1, 1, 0, 0]))
# The second image has no target: intersection 0, union 4 * 0.5.
TWO = (
    logits_of([0.5, 0.75, 0.25, 0.5], [0.5, 0.5, 0.5, 0.5]),
    labels_of([1, 1, 0, 0], [0, 0, 0, 0]),
)


@pytest.mark.parametrize(
    ('batch', 'options', 'expected'),
    [
        (ONE, {}, 1 - 2.25 / 3.75),
        (ONE, dict(smooth=0.0), 1 - 1.25 / 2.75),
        (TWO, {}, (1 - 2.25 / 3.75 + 1 - 1 / 3) / 2),
        (TWO, dict(reduction='batch'), 1 - 2.25 / 5.75),
    ],
)
def test_values_by_hand(batch, options, expected):
    assert soft_iou_loss(*batch, **options).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('reduction', ['sample', 'batch'])
def test_ignored_pixels_count_neither_as_target_nor_as_background(reduction):
    logits, _ = ONE
    # Of the four pixels only the two targets are left: intersection 1.25, union 2.
    loss = soft_iou_loss(logits, labels_of([1, 1, 255, 255]), reduction=reduction)
    assert loss.item() == pytest.approx(1 - 2.25 / 3, abs=1e-6)
    changed = logits.clone()
    changed[0, 0, 1] = 7.0
    assert soft_iou_loss(changed, labels_of([1, 1, 255, 255]), reduction=reduction) == loss
    other = soft_iou_loss(logits, labels_of([1, 1, 9, 9]), reduction=reduction, ignore_index=9)
    assert other == loss


def test_batch_without_any_valid_pixel_is_zero_and_has_a_finite_gradient():
    logits = torch.zeros(2, 1, 4, 4, requires_grad=True)
    loss = soft_iou_loss(logits, torch.full((2, 4, 4), 255))
    loss.backward()
    assert loss.item() == 0 and logits.grad.abs().sum() == 0


@pytest.mark.parametrize('num_targets', [0, 5, 64])
def test_zero_at_perfect_agreement_and_largest_at_the_opposite(num_targets):
    label = torch.zeros(64, dtype=torch.long)
    label[:num_targets] = 1
    label = label.view(1, 8, 8)
    logits = (label.float() * 2 - 1).unsqueeze(1) * 100
    assert soft_iou_loss(logits, label).item() == 0
    assert soft_iou_loss(-logits, label).item() == pytest.approx(1 - 1 / 65)


def test_gradient_descent_raises_targets_and_lowers_the_rest():
    label = labels_of([1, 0, 0, 255])
    logits = torch.zeros(1, 1, 2, 2, requires_grad=True)
    soft_iou_loss(logits, label).backward()
    target, first, second, ignored = logits.grad.flatten().tolist()
    assert target < 0 < first == second and ignored == 0


def test_half_precision_is_summed_in_single():
    label = torch.zeros(1, 512, 512, dtype=torch.long)
    label[:, :256] = 1
    loss = soft_iou_loss(torch.zeros(1, 1, 512, 512, dtype=torch.bfloat16), label)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(1 - 65537 / 196609, abs=1e-6)


def test_module_weights_the_function_and_names_itself():
    loss = MODELS.build(
        dict(type='SoftIoULoss', smooth=0.0, reduction='batch', loss_weight=3.0, loss_name='loss_x')
    )
    expected = 3 * (1 - 1.25 / 4.75)
    assert loss(*TWO).item() == pytest.approx(expected, abs=1e-6)
    assert loss.loss_name == 'loss_x' and SoftIoULoss().loss_name == 'loss_soft_iou'
    ignoring = SoftIoULoss()(ONE[0], labels_of([1, 1, 7, 7]), ignore_index=7)
    assert ignoring.item() == pytest.approx(1 - 2.25 / 3, abs=1e-6)


def test_misuse_is_refused():
    two_channels = torch.zeros(1, 2, 4, 4)
    with pytest.raises(ValueError, match='one output channel'):
        soft_iou_loss(two_channels, torch.zeros(1, 4, 4))
    with pytest.raises(ValueError, match='one output channel'):
        soft_iou_loss(torch.zeros(1, 4, 4), torch.zeros(1, 4, 4))
    with pytest.raises(ValueError, match="'sample' or 'batch'"):
        soft_iou_loss(*ONE, reduction='mean')
    with pytest.raises(ValueError, match='no pixel weights'):
        SoftIoULoss()(*ONE, weight=torch.ones(1, 2, 2))

import pytest
import torch

from mdp_plugin.models import losses
from mdp_plugin.models.losses import PixelFocalLoss
from mdp_plugin.models.losses.one_channel_loss import OneChannelLoss, probs_and_label


class MeanLogit(OneChannelLoss):
    """The mean logit of the pixels that count."""

    def compute(self, seg_logits, seg_label, ignore_index):
        return seg_logits[:, 0][seg_label != ignore_index].mean()


def test_probabilities_and_labels_are_zero_where_a_pixel_does_not_count():
    logits = torch.tensor([[[[0.0, 2.0], [-1.0, 5.0]]]])
    label = torch.tensor([[[0, 1], [2, 7]]])
    probs, truth = probs_and_label(logits, label, 'Loss', 7)
    expected = torch.tensor([[[0.0, 2.0], [-1.0, -torch.inf]]]).sigmoid()
    torch.testing.assert_close(probs, expected)
    assert truth.tolist() == [[[0, 1], [0, 0]]]


@pytest.mark.parametrize(
    'given, computed', [(torch.float16, torch.float32), (torch.float64, torch.float64)]
)
def test_sums_are_in_single_precision_at_least(given, computed):
    label = torch.ones(1, 2, 2, dtype=torch.int64)
    for values in probs_and_label(torch.zeros(1, 1, 2, 2, dtype=given), label, 'Loss', 255):
        assert values.dtype == computed


@pytest.mark.parametrize('shape', [(1, 2, 4, 4), (2, 1, 4), (1, 1, 1, 4, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match='Loss is for one output channel'):
        probs_and_label(torch.zeros(shape), torch.zeros(1, 4, 4), 'Loss', 255)


def test_weight_name_and_ignored_label():
    loss = MeanLogit(3.0, 'loss_mean')
    assert loss.loss_name == 'loss_mean'
    logits, label = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[0, 255]]])
    assert loss(logits, label) == 3.0
    assert loss(logits, label, ignore_index=0) == 9.0
    with pytest.raises(ValueError, match='MeanLogit takes no pixel weights'):
        loss(logits, label, torch.ones(1))


@pytest.mark.parametrize(
    'kind', [c for c in vars(losses).values() if isinstance(c, type) and c is not OneChannelLoss]
)
def test_a_loss_has_the_weight_one_unless_another_is_given(kind):
    torch.manual_seed(0)
    logits, label = torch.randn(2, 1, 8, 8), torch.zeros(2, 8, 8, dtype=torch.int64)
    label[:, 2:5, 3:6] = 1
    plain = kind().compute(logits, label, 255)
    assert plain > 0
    assert kind()(logits, label) == plain
    assert kind(loss_weight=3.0)(logits, label) == 3 * plain


def test_the_focal_loss_weighs_both_classes_alike_unless_told_otherwise():
    logits = torch.randn(1, 1, 4, 4)
    label = torch.randint(0, 2, (1, 4, 4))
    assert PixelFocalLoss()(logits, label) == PixelFocalLoss(alpha=0.5)(logits, label)

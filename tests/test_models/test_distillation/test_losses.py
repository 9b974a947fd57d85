import math

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mdp_plugin.models.distillation import (
    AttentionTransferLoss,
    ChannelWiseDistillationLoss,
    Distiller,
    FeatureMSELoss,
    SemanticDistillationLoss,
    SoftLogitsLoss,
    StandardisedLogitsLoss,
    attention_transfer_loss,
    channel_wise_distillation_loss,
    hard_background_loss,
    label_regions,
    region_affinity_loss,
    semantic_distillation_loss,
    soft_logits_loss,
    standardised_logits_loss,
)


def maps(*rows: list[float]) -> torch.Tensor:
    """One image, one channel for each row of positions: (1, C, 1, W)."""
    return torch.tensor(rows, dtype=torch.float64)[None, :, None]


def bernoulli_divergence(p: float, q: float) -> float:
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def test_soft_logits_by_hand():
    student, teacher = torch.logit(maps([0.5, 0.2])), torch.logit(maps([0.8, 0.2]))
    expected = bernoulli_divergence(0.8, 0.5) / 2
    assert soft_logits_loss(student, teacher).item() == pytest.approx(expected, abs=1e-6)
    # At temperature 2 the odds 4 become 2, a probability of 2/3.
    expected = 4 * bernoulli_divergence(2 / 3, 0.5) / 2
    assert soft_logits_loss(student, teacher, 2.0).item() == pytest.approx(expected, abs=1e-6)


def test_attention_transfer_by_hand():
    # Energies (9, 16) and (0, 1): normalised (9, 16) / sqrt(337) and (0, 1).
    loss = attention_transfer_loss(maps([3.0, 4.0]), maps([0.0, 1.0], [0.0, 0.0]))
    root = math.sqrt(337)
    assert loss.item() == pytest.approx((9 / root) ** 2 + (1 - 16 / root) ** 2)


def test_losses_are_means_over_the_images_and_over_the_channels():
    torch.manual_seed(0)
    student, teacher = torch.randn(3, 4, 5, 6), torch.randn(3, 4, 5, 6)
    for loss in (attention_transfer_loss, channel_wise_distillation_loss, soft_logits_loss):
        single = [loss(s[None], t[None]).item() for s, t in zip(student, teacher)]
        assert loss(student, teacher).item() == pytest.approx(sum(single) / 3, rel=1e-4), loss
    single = [
        channel_wise_distillation_loss(student[:, c : c + 1], teacher[:, c : c + 1]).item()
        for c in range(4)
    ]
    value = channel_wise_distillation_loss(student, teacher).item()
    assert value == pytest.approx(sum(single) / 4, rel=1e-4)


def test_what_is_not_given():
    torch.manual_seed(0)
    student, teacher = torch.randn(2, 4, 5, 6), torch.randn(2, 4, 5, 6)
    value = channel_wise_distillation_loss(student, teacher)
    assert value == channel_wise_distillation_loss(student, teacher, 4.0)
    assert ChannelWiseDistillationLoss(4, 4)(student, teacher) == value
    assert AttentionTransferLoss()(student, teacher) == attention_transfer_loss(student, teacher)
    mean = torch.nn.functional.mse_loss(student, teacher)
    assert FeatureMSELoss(4, 4)(student, teacher) == mean
    assert SoftLogitsLoss()(student, teacher) == soft_logits_loss(student, teacher)
    assert soft_logits_loss(student, teacher) == soft_logits_loss(student, teacher, 1.0)


def test_channel_wise_by_hand():
    student = maps([0.0, 0.0], [0.0, math.log(3)])
    teacher = maps([0.0, math.log(3)], [0.0, math.log(3)])
    # The first channel: 1/4 and 3/4 against one half each. The second: equal.
    expected = bernoulli_divergence(0.25, 0.5) / 2
    assert channel_wise_distillation_loss(student, teacher, 1.0).item() == pytest.approx(expected)
    # At temperature 1/2 the odds 3 become 9.
    expected = bernoulli_divergence(0.1, 0.5) / 2 / 4
    assert channel_wise_distillation_loss(student, teacher, 0.5).item() == pytest.approx(expected)


def test_semantic_by_hand():
    # Two tokens, one head of width 2. The teacher's keys make its attention one half each, the
    # student's first query prefers the first token by odds of 3.
    zeros = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    query, key, value = zeros.clone(), zeros.clone(), zeros.clone()
    query[0, 0, 0, 0], key[0, 0, 0, 0] = math.log(3) * math.sqrt(2), 1.0
    value[0, 0] = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    relation, semantic = semantic_distillation_loss((query, key, value), (zeros, zeros, value))
    assert relation.item() == pytest.approx(bernoulli_divergence(0.5, 0.75) / 2)
    # After attention (1.5, 0.25) against (1, 0.5): of two values the normalised are -1 and 1.
    assert semantic.item() == pytest.approx(0.0, abs=1e-3)
    other = value.clone()
    other[0, 0] = torch.tensor([[0.0, 2.0], [1.0, 0.0]])
    _, semantic = semantic_distillation_loss((zeros, zeros, value), (zeros, zeros, other))
    assert semantic.item() == pytest.approx(4.0, rel=1e-3)


def test_semantic_by_its_equations():
    """Three tokens, two heads of width 4 and temperature 2, position by position."""
    torch.manual_seed(0)
    student, teacher = (
        tuple(torch.randn(2, 2, 3, 4, dtype=torch.float64) for _ in 'QKV') for _ in range(2)
    )
    temperature, width = 2.0, 4

    def attention(tokens, image, head):
        query, key, _ = (part[image, head] for part in tokens)
        scores = query @ key.T / (temperature * math.sqrt(width))
        return scores.exp() / scores.exp().sum(dim=1, keepdim=True)

    def features(tokens, image):
        heads = [attention(tokens, image, m) @ tokens[2][image, m] for m in range(2)]
        joined = torch.cat(heads, dim=1)
        centred = joined - joined.mean(dim=1, keepdim=True)
        return centred / centred.square().mean(dim=1, keepdim=True).add(1e-5).sqrt()

    divergence = distance = 0.0
    for image in range(2):
        for head in range(2):
            p, q = attention(teacher, image, head), attention(student, image, head)
            divergence += (p * (p / q).log()).sum()
        distance += (features(student, image) - features(teacher, image)).square().sum()
    relation, semantic = semantic_distillation_loss(student, teacher, temperature)
    assert relation.item() == pytest.approx(temperature**2 * divergence.item() / (2 * 2 * 3))
    assert semantic.item() == pytest.approx(distance.item() / (2 * 3 * 8))


def test_semantic_is_computed_in_full_precision_within_autocast():
    torch.manual_seed(0)
    loss = SemanticDistillationLoss(6, 8)
    student, teacher = torch.randn(1, 6, 8, 8), torch.randn(1, 8, 8, 8)
    ours, theirs = (
        torch.nn.functional.layer_norm(tokens, tokens.shape[-1:])
        for tokens in (m.flatten(2).transpose(1, 2) for m in (student, teacher))
    )
    queries = tuple(loss._split(layer(ours)) for layer in (loss.query, loss.key, loss.value))
    expected = sum(semantic_distillation_loss(queries, (loss._split(theirs),) * 3))
    with torch.autocast('cpu', torch.bfloat16):
        value = loss(student, teacher)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize(
    'cfg',
    [
        dict(type='SoftLogitsLoss'),
        dict(type='AttentionTransferLoss'),
        dict(type='FeatureMSELoss', student_channels=8, teacher_channels=8),
        dict(type='ChannelWiseDistillationLoss', student_channels=8, teacher_channels=8),
    ],
)
def test_zero_at_equality_and_a_gradient_elsewhere(cfg):
    init_default_scope('mmseg')
    loss = MODELS.build(cfg)
    channels = 1 if cfg['type'] == 'SoftLogitsLoss' else 8
    teacher = torch.randn(2, channels, 6, 5)
    assert loss(teacher, teacher).item() == pytest.approx(0, abs=1e-6)
    student = torch.randn(2, channels, 6, 5, requires_grad=True)
    loss(student, teacher).backward()
    assert (student.grad != 0).all()


def test_semantic_is_zero_when_the_projections_are_the_identity():
    loss = SemanticDistillationLoss(8, 8, num_heads=2)
    for layer in (loss.query, loss.key, loss.value):
        torch.nn.init.eye_(layer.weight)
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)
    teacher = torch.randn(2, 8, 5, 7)
    assert loss(teacher, teacher).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    'cfg',
    [
        dict(type='AttentionTransferLoss'),
        dict(type='FeatureMSELoss', student_channels=6, teacher_channels=8),
        dict(type='ChannelWiseDistillationLoss', student_channels=6, teacher_channels=8),
        dict(type='SemanticDistillationLoss', student_channels=6, teacher_channels=8),
    ],
)
@pytest.mark.parametrize('sizes', [((12, 10), (6, 5)), ((5, 7), (20, 28)), ((33, 8), (17, 24))])
def test_other_widths_and_sizes_and_every_parameter_learns(cfg, sizes):
    init_default_scope('mmseg')
    loss = MODELS.build(cfg)
    student = torch.randn(2, 6, *sizes[0], requires_grad=True)
    value = loss(student, torch.randn(2, 8, *sizes[1]))
    value.backward()
    assert value > 0 and student.grad.abs().sum() > 0
    for name, parameter in loss.named_parameters():
        assert parameter.grad.abs().max() > 1e-8, name


def test_logits_of_another_size_are_compared_at_the_student_s():
    student, teacher = torch.randn(1, 1, 9, 6), torch.randn(1, 1, 5, 4)
    resized = torch.nn.functional.interpolate(teacher, (9, 6), mode='bilinear')
    assert SoftLogitsLoss()(student, teacher) == soft_logits_loss(student, resized)


def test_attention_is_scored_at_the_coarser_size():
    fine = torch.rand(1, 2, 8, 8)
    coarse = torch.nn.functional.avg_pool2d(fine, 2)
    assert AttentionTransferLoss()(fine, coarse).item() == pytest.approx(0, abs=1e-6)


def test_attention_is_compared_at_the_smaller_height_and_the_smaller_width():
    """Neither map is enlarged: of 8x4 and 4x8 that is 4x4."""
    fine = torch.rand(1, 2, 8, 8)
    tall, wide = (torch.nn.functional.avg_pool2d(fine, cell) for cell in ((1, 2), (2, 1)))
    assert AttentionTransferLoss()(tall, wide).item() == pytest.approx(0, abs=1e-6)
    assert AttentionTransferLoss()(wide, tall).item() == pytest.approx(0, abs=1e-6)


def test_equal_widths_are_not_projected():
    assert not list(FeatureMSELoss(4, 4).parameters())
    assert FeatureMSELoss(4, 6).adapter.project.weight.shape == (6, 4, 1, 1)


def test_heads_that_do_not_divide_the_width():
    with pytest.raises(ValueError, match='num_heads'):
        SemanticDistillationLoss(4, 6, num_heads=4)


def test_regions_of_a_label():
    label = torch.tensor([0, 0, 1, 0, 0, 0, 255])[None, None, None]
    target, ring, far = label_regions(label, 1)
    assert target.flatten().tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert ring.flatten().tolist() == [0, 1, 0, 1, 0, 0, 0]
    assert far.flatten().tolist() == [1, 0, 0, 0, 1, 1, 0]


def test_region_affinity_by_hand():
    regions = [maps([1.0, 0, 0, 0]), maps([0.0, 1, 0, 0]), maps([0.0, 0, 1, 1])]
    # Student: (1, 0), (0, 1) and the mean (1, 1): cosines 0, 1/sqrt 2, 1/sqrt 2.
    student = maps([1.0, 0, 2, 0], [0.0, 1, 0, 2])
    # Teacher, of one channel: 1, 1 and -1: cosines 1, -1, -1.
    teacher = maps([5.0, 3, -1, -2])
    expected = (1 + 2 * (1 / math.sqrt(2) + 1) ** 2) / 3
    assert region_affinity_loss(student, teacher, regions).item() == pytest.approx(expected)
    assert region_affinity_loss(student, 7 * student, regions).item() == pytest.approx(0, abs=1e-6)
    # Without a target only ring and far background are a pair.
    regions[0] = torch.zeros_like(regions[0])
    expected = (1 / math.sqrt(2) + 1) ** 2
    assert region_affinity_loss(student, teacher, regions).item() == pytest.approx(expected)


def test_standardised_logits_by_hand():
    # z-scores of (0, 2) are (-1, 1), those of (1, -1) the opposite.
    student, teacher = maps([0.0, 2.0]), maps([1.0, -1.0])
    loss = standardised_logits_loss(student, teacher, maps([1.0, 3.0]))
    assert loss.item() == pytest.approx(4, abs=1e-4)
    loss = standardised_logits_loss(student, 5 * student + 3, maps([1.0, 3.0]))
    assert loss.item() == pytest.approx(0, abs=1e-4)


def test_standardised_logits_count_where_the_teacher_is_right():
    label = torch.tensor([1, 0, 0, 0, 0])[None, None, None]
    loss = StandardisedLogitsLoss(ring=1, background=0.5)
    teacher, student = maps([2.0, 2, -2, -2, -2]), maps([1.0, -1, -2, -3, -2])
    z = [(m - m.mean()) / m.std(unbiased=False) for m in (student, teacher)]
    # The ring's pixel is wrong; the target weighs 1, three far pixels a half each.
    squares = (z[0] - z[1]).square().flatten()
    expected = (squares[0] + 0.5 * squares[2:].sum()) / 2.5
    assert loss(student, teacher, label).item() == pytest.approx(expected.item(), abs=1e-4)


def test_hard_background_by_hand():
    # The teacher calls the first two background, at 0.2 and 0.4, and the third a target.
    student = torch.logit(maps([0.9, 0.5, 0.9])).requires_grad_()
    teacher = torch.logit(maps([0.2, 0.4, 0.8]))
    weights = 0.8 * 0.9, 0.6 * 0.5
    expected = -(weights[0] * math.log(0.1) + weights[1] * math.log(0.5)) / sum(weights)
    loss = hard_background_loss(student, teacher)
    assert loss.item() == pytest.approx(expected, abs=1e-5)
    (gradient,) = torch.autograd.grad(loss, student)
    assert gradient.flatten()[:2].min() > 0 and gradient.flatten()[2] == 0


def test_a_loss_gets_the_labels_if_it_takes_them():
    label = torch.zeros(1, 1, 8, 8, dtype=torch.long)
    label[..., 2:4, 2:4] = 1
    given = {0: torch.randn(1, 4, 8, 8)}, {0: torch.randn(1, 6, 4, 4)}
    distiller = Distiller(dict(type='RegionAffinityLoss', ring=1), 0, 0)
    assert distiller(*given, None, label).item() > 0

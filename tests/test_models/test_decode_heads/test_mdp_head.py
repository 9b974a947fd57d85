import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from mdp_plugin.models.decode_heads import MDPHead
from mdp_plugin.models.layers import DilatedPyramidBlock

IN_CHANNELS = (4, 6, 8)
LOSSES = [
    dict(type='SoftIoULoss'),
    dict(type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True, loss_name='loss_bce'),
]


def build(**options) -> MDPHead:
    return MODELS.build(
        dict(type='MDPHead', in_channels=IN_CHANNELS, channels=4, align_corners=False,
             upscale=2, loss_decode=LOSSES) | options
    )  # fmt: skip


def features(height: int = 12, width: int = 17, batch: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = [(height, width), (-(-height // 2), -(-width // 2)), (-(-height // 4), -(-width // 4))]
    return [torch.randn(batch, c, *s, generator=generator) for c, s in zip(IN_CHANNELS, sizes)]


def samples(label: torch.Tensor) -> list[SegDataSample]:
    return [SegDataSample(gt_sem_seg=PixelData(data=one[None])) for one in label]


def test_fusion_and_pixel_shuffle_by_hand():
    head = MDPHead(in_channels=(2, 1), channels=1, upscale=2, align_corners=False)
    head.refines = nn.ModuleList([nn.Identity(), nn.Identity()])
    # The coarse level has its width already and needs no lateral convolution.
    assert isinstance(head.laterals[1], nn.Identity)
    with torch.no_grad():
        head.laterals[0].weight.copy_(torch.tensor([2.0, -1.0]).view(1, 2, 1, 1))
        head.laterals[0].bias.fill_(0.5)
        head.conv_seg.weight.copy_(torch.tensor([1.0, 10, 100, 1000]).view(4, 1, 1, 1))
        head.conv_seg.bias.copy_(torch.tensor([0.0, 1, 2, 3]))
    fine = torch.tensor([[[[0.0, 1], [2, 3]], [[4.0, 4], [4, 4]]]])
    coarse = torch.tensor([[[[10.0]]]])
    # Level: 2 * first - second + 0.5, plus the enlarged 10.
    level = [[6.5, 8.5], [10.5, 12.5]]
    out = head([fine, coarse])[0, 0].tolist()
    for row in range(4):
        for column in range(4):
            k = 2 * (row % 2) + column % 2
            expected = level[row // 2][column // 2] * 10**k + k
            assert out[row][column] == pytest.approx(expected), (row, column)


def test_details_are_gated_by_the_coarse_levels():
    head = MDPHead(
        in_channels=(1,), in_index=(1,), channels=1, align_corners=False,
        detail_channels=2, detail_in_channels=3,
    )  # fmt: skip
    head.refines = nn.ModuleList([nn.Identity()])
    with torch.no_grad():
        # Sub-pixels of the plain logit, then those of each gate: level * weight + bias.
        head.conv_seg.weight.copy_(
            torch.tensor([1.0] * 4 + [2.0] * 4 + [0.0] * 4).view(12, 1, 1, 1)
        )
        head.conv_seg.bias.copy_(torch.tensor([0.0, 1, 2, 3] * 2 + [10.0, 20, 30, 40]))
        head.detail_conv.weight.zero_()
        # The first detail is a third of the channels' sum, the second the pixel to the left.
        head.detail_conv.weight[0, :, 1, 1] = 1 / 3
        head.detail_conv.weight[1, 0, 1, 0] = 1
        head.detail_conv.bias.zero_()
    fine = torch.arange(18.0).view(1, 3, 2, 3)  # three columns come from two positions
    out = head([fine, torch.tensor([[[[5.0, 7.0]]]])])
    assert out.shape == (1, 1, 2, 3)
    for row in range(2):
        for column in range(3):
            level, k = (5.0, 7.0)[column // 2], 2 * row + column % 2
            left = fine[0, 0, row, column - 1] if column else 0
            expected = level + k + (2 * level + k) * fine[0, :, row, column].mean()
            expected = expected + (10, 20, 30, 40)[k] * left
            assert out[0, 0, row, column].item() == pytest.approx(float(expected))


def test_details_train_with_the_rest():
    head = build(in_channels=(6, 8), in_index=(1, 2), detail_channels=1, detail_in_channels=4)
    head.init_weights()
    # Gates start near zero, the plain logit at a target probability of 0.01.
    assert head.conv_seg.bias[:4].sigmoid().tolist() == pytest.approx([0.01] * 4)
    assert not head.conv_seg.bias[4:].any()
    inputs = features(11, 17)
    label = torch.zeros(2, 11, 17, dtype=torch.long)
    label[:, 4:6, 5:8] = 1
    sum(head.loss(inputs, samples(label), {}).values()).backward()
    assert all(p.grad is not None and p.grad.any() for p in head.parameters())


@pytest.mark.parametrize('given', ['detail_channels', 'detail_in_channels'])
def test_half_a_detail_is_refused(given):
    with pytest.raises(ValueError, match='both positive or both 0'):
        build(**{given: 1})


@pytest.mark.parametrize('upscale', [1, 2, 4])
def test_output_is_the_finest_stage_enlarged(upscale):
    out = build(upscale=upscale)(features(11, 17))
    assert out.shape == (2, 1, 11 * upscale, 17 * upscale)


@pytest.mark.parametrize('size', [(12, 16), (11, 17), (5, 7)])
def test_nearest_repeats_each_value_of_the_coarser_level(size):
    head = MDPHead(
        in_channels=(1, 1), channels=1, upscale=1, align_corners=False, interpolate_mode='nearest'
    )
    head.refines = nn.ModuleList([nn.Identity(), nn.Identity()])
    coarse = torch.rand(1, 1, -(-size[0] // 2), -(-size[1] // 2))
    (level, _) = head.forward_levels([torch.zeros(1, 1, *size), coarse])
    repeated = coarse.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.equal(level, repeated[..., : size[0], : size[1]])


def test_every_pixel_starts_as_a_target_with_probability_one_percent():
    head = build()
    head.init_weights()
    probability = head.conv_seg.bias.sigmoid().tolist()
    assert probability == pytest.approx([0.01] * 4)


def test_every_stage_contributes():
    head = build().eval()
    inputs = features()
    out = head(inputs)
    for index in range(3):
        changed = [f + (i == index) for i, f in enumerate(inputs)]
        assert not torch.allclose(head(changed), out), index


def test_levels_may_differ_in_width():
    head = build(level_channels=(4, 6, 6))
    assert [tuple(level.shape) for level in head.forward_levels(features(8, 8))] == [
        (2, 4, 8, 8), (2, 6, 4, 4), (2, 6, 2, 2)
    ]  # fmt: skip
    assert isinstance(head.reduces[1], nn.Identity) and head.reduces[0].weight.shape[:2] == (4, 6)


def test_levels_may_be_refined_by_pyramids():
    head = build(refine_dilations=(1, 2))
    assert all(isinstance(refine, DilatedPyramidBlock) for refine in head.refines)
    assert [b.dilation for b in head.refines[2].branches] == [(1, 1), (2, 2)]
    assert head(features()).shape == (2, 1, 24, 34)


def test_losses_are_those_of_the_logits_at_the_size_of_the_truth():
    head = build().eval()
    label = (torch.rand(2, 24, 34) > 0.8).long()
    label[:, :3] = 255
    inputs = features()
    losses = head.loss(inputs, samples(label), {})
    assert set(losses) == {'loss_soft_iou', 'loss_bce'}
    logits = head(inputs)
    valid = label != 255
    truth = label[valid].double()
    probability = logits.squeeze(1)[valid].double().sigmoid()
    bce = -(truth * probability.log() + (1 - truth) * (1 - probability).log()).mean()
    assert losses['loss_bce'].item() == pytest.approx(bce.item(), rel=1e-5)
    expected = []
    for one, target in zip(logits[:, 0, 3:].sigmoid(), label[:, 3:]):
        intersection = (one * target).sum()
        expected.append(1 - (intersection + 1) / (one.sum() + target.sum() - intersection + 1))
    assert losses['loss_soft_iou'].item() == pytest.approx(sum(expected).item() / 2, rel=1e-5)


def test_coarser_levels_are_supervised_in_training_only():
    plain, deep = build(), build(aux_weights=(0.5, 0.25))
    assert plain.load_state_dict(deep.state_dict(), strict=False).missing_keys == []
    plain.eval()
    deep.eval()
    inputs, label = features(), (torch.rand(2, 24, 34) > 0.8).long()
    torch.testing.assert_close(plain(inputs), deep(inputs))
    losses = deep.loss(inputs, samples(label), {})
    assert set(losses) == {
        f'{prefix}{name}'
        for prefix in ('', 'aux1_', 'aux2_')
        for name in ('loss_soft_iou', 'loss_bce')
    }
    single = plain.loss(inputs, samples(label), {})
    assert losses['loss_bce'] == single['loss_bce']
    for level, weight in ((1, 0.5), (2, 0.25)):
        logits = deep.aux_convs[level - 1](deep.forward_levels(inputs)[level])
        alone = deep.loss_by_feat(logits, samples(label))
        for name in ('loss_soft_iou', 'loss_bce'):
            torch.testing.assert_close(losses[f'aux{level}_{name}'], weight * alone[name])


def test_every_parameter_receives_a_gradient():
    head = build(aux_weights=(0.5, 0.25), level_channels=(4, 6, 8), refine_dilations=(1, 2))
    label = (torch.rand(2, 24, 34) > 0.8).long()
    sum(head.loss(features(), samples(label), {}).values()).backward()
    names = [name for name, _ in head.named_parameters()]
    assert any('aux_convs.1' in name for name in names)
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_binary_settings():
    head = build()
    assert (head.num_classes, head.out_channels, head.threshold) == (2, 1, 0.5)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(level_channels=(4, 4)), 'level_channels needs 3 values'),
        (dict(level_channels=(8, 4, 4)), 'the first of them channels=4'),
        (dict(aux_weights=(1, 1, 1)), 'at most 2 values for 3 levels, got 3'),
        (dict(interpolate_mode='cubic'), "'bilinear' or 'nearest', got 'cubic'"),
    ],
)
def test_misuse_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MDPHead(in_channels=IN_CHANNELS, channels=4, align_corners=False, **options)

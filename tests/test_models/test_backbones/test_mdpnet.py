import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from mdp_plugin.models.backbones import MDPNet

SMALL = dict(
    stem_channels=4, embed_dims=(4, 8), depths=(1, 2), strides=(1, 2), dilations=(1, 2),
    out_indices=(0, 1),
)  # fmt: skip


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.fixture
def model_cfg(project_root) -> Config:
    """The detector of the configs, with a preprocessor of its own."""
    model = Config.fromfile(project_root / 'configs/_base_/models/mdpnet.py').model
    model.data_preprocessor = dict(type='SegDataPreProcessor', mean=[100.0], std=[50.0])
    return model


def build(model_cfg: dict, seed: int = 0) -> EncoderDecoder:
    """Build a segmentor with reproducible weights and settled norms."""
    torch.manual_seed(seed)
    model = MODELS.build(copy.deepcopy(model_cfg))
    model.init_weights()
    model.train()
    channels = model_cfg['backbone']['in_channels']
    model(torch.randn(2, channels, 64, 64), mode='tensor')
    return model.eval()


def predict(model: EncoderDecoder, inputs: torch.Tensor) -> list[SegDataSample]:
    with torch.no_grad():
        return model(inputs, mode='predict')


@pytest.mark.parametrize('size', [(32, 32), (33, 47), (63, 32), (97, 130), (40, 256)])
def test_any_size_from_32_on_gives_an_output_of_the_same_size(model_cfg, size):
    model = build(model_cfg)
    for sample in predict(model, torch.randn(2, 1, *size)):
        assert sample.seg_logits.data.shape == sample.pred_sem_seg.data.shape == (1, *size)
        probability = sample.seg_logits.data
        assert probability.min() >= 0 and probability.max() <= 1
        assert probability.std() > 0
        assert torch.equal(sample.pred_sem_seg.data == 1, probability > 0.5)


def test_every_parameter_receives_a_gradient_through_the_losses(model_cfg):
    model = MODELS.build(model_cfg)
    model.init_weights()
    model.train()
    labels = (torch.rand(2, 64, 64) > 0.9).long()
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label[None])) for label in labels]
    losses = model.loss(torch.randn(2, 1, 64, 64), samples)
    assert set(losses) == {f'decode.loss_{name}' for name in ('soft_iou', 'soft_niou', 'bce')}
    sum(losses.values()).backward()
    names = [name for name, _ in model.named_parameters()]
    assert len(names) > 100
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_three_channels_by_config(model_cfg):
    model_cfg.backbone.in_channels = 3
    model_cfg.data_preprocessor.update(mean=[100.0] * 3, std=[50.0] * 3)
    model = build(model_cfg)
    (sample,) = predict(model, torch.randn(1, 3, 64, 48))
    assert sample.seg_logits.data.shape == (1, 64, 48)
    one = MODELS.build(dict(model_cfg.backbone, in_channels=1))
    stem = model_cfg.backbone.stem_channels
    assert count(model.backbone) - count(one) == 2 * 9 * stem


def test_memory_format_changes_nothing_but_the_speed(model_cfg):
    x = torch.randn(1, 1, 70, 51)
    features = []
    for channels_last in (True, False):
        backbone = MODELS.build(dict(model_cfg.backbone, channels_last=channels_last))
        features.append(backbone)
    features[1].load_state_dict(features[0].state_dict())
    last, contiguous = (backbone.eval()(x) for backbone in features)
    assert last[1].is_contiguous(memory_format=torch.channels_last)
    assert contiguous[1].is_contiguous()
    for a, b in zip(last, contiguous, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_feature_maps_are_rounded_up(model_cfg):
    net = MDPNet(**SMALL)
    shapes = [tuple(f.shape) for f in net(torch.randn(2, 1, 33, 47))]
    assert shapes == [(2, 4, 17, 24), (2, 8, 9, 12)]
    quarter = MDPNet(**{**SMALL, 'stem_stride': 4, 'out_indices': (1,)})
    assert [tuple(f.shape) for f in quarter(torch.randn(1, 1, 33, 47))] == [(1, 8, 5, 6)]
    full = MDPNet(**{**SMALL, 'stem_stride': 1, 'strides': (1, 1)})
    assert [f.shape[2:] for f in full(torch.randn(1, 1, 33, 47))] == [(33, 47)] * 2


def test_parameters_by_hand():
    stem = 9 * 4 + 8
    stage0 = 4 * 9 + 8 + 16 + 8
    down = 4 * 9 + 4 * 8 + 16  # one norm, behind the pointwise convolution
    stage1 = down + 2 * (8 * 9 + 16 + 64 + 16)
    net = MDPNet(**SMALL)
    assert count(net) == stem + stage0 + stage1
    assert count(net.stem) == stem and count(net.stage0) == stage0
    # The second convolution of a stem of stride 4, and its norm.
    assert count(MDPNet(**{**SMALL, 'stem_stride': 4})) - count(net) == 9 * 16 + 8


def test_variants_by_config_alone(model_cfg):
    base = count(MODELS.build(model_cfg))
    tiny = copy.deepcopy(model_cfg)
    widths = (8, 16, 32)
    tiny.backbone.update(
        embed_dims=widths, depths=(1, 1, 1), strides=(1, 2, 2), stem_channels=8,
        dilations=((1, 2), (1, 2, 3, 4), (1, 3)), fusion='hierarchical', out_indices=(0, 1, 2),
        norm_cfg=dict(type='GN', num_groups=4), act_cfg=dict(type='GELU'),
    )  # fmt: skip
    tiny.decode_head.update(in_channels=widths, channels=8, level_channels=None)
    model = build(tiny)
    assert count(model) < base / 5
    kinds = {type(module) for module in model.backbone.modules()}
    assert {nn.GroupNorm, nn.GELU} <= kinds and not {nn.BatchNorm2d, nn.ReLU} & kinds
    (sample,) = predict(model, torch.randn(1, 1, 45, 51))
    assert sample.seg_logits.data.shape == (1, 45, 51)
    dilations = [branch.dilation for branch in model.backbone.stage2[1].branches]
    assert dilations == [(1, 1), (3, 3)]


def test_out_indices_choose_the_stages():
    net = MDPNet(**SMALL).eval()
    x = torch.randn(1, 1, 32, 32)
    both = net(x)
    net.out_indices = (1,)
    (deepest,) = net(x)
    assert torch.equal(both[1], deepest)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(depths=(1,)), 'embed_dims, depths and strides .* got 2, 1 and 2'),
        (dict(strides=(1, 2, 2)), 'embed_dims, depths and strides .* got 2, 2 and 3'),
        (dict(dilations=((1, 2),)), 'each of the 2 stages, got 1'),
        (dict(out_indices=(0, 2)), r'out_indices must lie in 0\.\.1'),
        (dict(out_indices=()), 'out_indices'),
        (dict(stem_stride=3), 'stem_stride must be 1, 2 or 4, got 3'),
        (dict(dilations=(1, 2, 3)), '4 channels do not divide into 3 branches'),
    ],
)
def test_misuse_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MDPNet(**{**SMALL, **options})

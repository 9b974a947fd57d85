"""Parameters and multiply-accumulates."""

import copy
import re

import pytest
import torch
from mmengine.config import ConfigDict
from mmseg.registry import MODELS
from tiny_training import run_tool
from torch import nn

from mdp_plugin.engine.model_complexity import image_channels, measure_complexity

MODEL = ConfigDict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[0.0], std=[1.0]),
    backbone=dict(
        type='MDPNet', stem_channels=4, embed_dims=(4, 8), depths=(1, 1), strides=(1, 2),
        dilations=(1, 2), out_indices=(0, 1)),
    decode_head=dict(
        type='MDPHead', in_channels=(4, 8), channels=4, upscale=2, align_corners=False,
        aux_weights=(0.5,), loss_decode=dict(type='SoftIoULoss')),
    train_cfg=dict(), test_cfg=dict(mode='whole'),
)  # fmt: skip


def test_counts_by_hand():
    model = MODELS.build(copy.deepcopy(MODEL)).train()
    counts = measure_complexity(model, (1, 32, 48))
    fine, coarse = 16 * 24, 8 * 12
    assert counts.stages == {
        'backbone.stem': (9 * 4 + 8, fine * 9 * 4),
        'backbone.stage0': (4 * 9 + 8 + 16 + 8, fine * (4 * 9 + 16)),
        # Down: depthwise and pointwise convolution; then a block.
        'backbone.stage1': (
            4 * 9 + 4 * 8 + 16 + 8 * 9 + 16 + 64 + 16,
            coarse * (4 * 9 + 4 * 8 + 8 * 9 + 64),
        ),
        'decode_head.conv_seg': (4 * 4 + 4, fine * 4 * 4),
        # The fine level has its width already.
        'decode_head.laterals': (8 * 4 + 4, coarse * 32),
        'decode_head.refines': (2 * (36 + 16 + 8), (fine + coarse) * (36 + 16)),
        # The coarse level is enlarged; the logits have the image's size already.
        '(functions)': (0, 4 * 4 * fine),
    }
    assert counts.macs == sum(macs for _, macs in counts.stages.values())
    assert counts.parameters == sum(size for size, _ in counts.stages.values())
    # The layers of deep supervision do not run in inference.
    supervision = sum(p.numel() for p in model.decode_head.aux_convs.parameters())
    assert counts.parameters == sum(p.numel() for p in model.parameters()) - supervision
    assert model.training and all(module.training for module in model.modules())


def test_resize_of_the_logits_is_counted():
    cfg = copy.deepcopy(MODEL)
    cfg.decode_head.upscale = 1
    small = measure_complexity(MODELS.build(cfg), (1, 32, 48))
    # One logit for each pixel of half the resolution is enlarged to the image's size.
    assert small.stages['(functions)'] == (0, 4 * 4 * 16 * 24 + 4 * 32 * 48)


def test_attention_and_linear_layers_are_counted():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = nn.Sequential(nn.Linear(8, 6))

        def forward(self, x, mode):
            tokens = self.part(x.flatten(1).view(1, 1, -1, 8))
            return nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)

    counts = measure_complexity(Block(), (1, 8, 4))
    assert counts.macs == 4 * 8 * 6 + 2 * 4 * 4 * 6
    assert counts.stages['part.0'] == (8 * 6 + 6, 4 * 8 * 6)


def test_number_of_channels():
    assert image_channels(MODEL) == 1
    assert image_channels(dict(data_preprocessor=dict(mean=[1, 2, 3]))) == 3
    assert image_channels(dict(data_preprocessor=None, backbone=dict(in_channels=4))) == 4
    with pytest.raises(ValueError, match='how many channels'):
        image_channels(dict(backbone=dict()))


@pytest.mark.parametrize(
    ('config', 'arguments', 'shape'),
    [
        ('mdpnet/mdpnet-base_sirst-320x320', (), (1, 320, 320)),
        ('mdpnet/mdpnet-base_sirst-320x320', ('--shape', '256'), (1, 256, 256)),
        ('unet/unet-s5_sirst-320x320', ('--shape', '160', '96'), (1, 160, 96)),
        ('segformer/segformer-b0_sirst-320x320', ('--shape', '96', '64'), (3, 96, 64)),
    ],
)
def test_tool_on_one_and_three_channels(config, arguments, shape, tmp_path):
    output = run_tool(
        'tools/analysis_tools/get_flops.py', f'configs/{config}.py', *arguments, cwd=tmp_path
    )
    assert f'Input shape: {shape}' in output
    macs = int(re.search(r'MACs: .*\(([\d,]+)\)', output)[1].replace(',', ''))
    parameters = int(re.search(r'Params: .*\(([\d,]+)\)', output)[1].replace(',', ''))
    if 'mdpnet' in config:
        assert parameters <= 230_000
        assert 0.05e9 < macs <= 0.35e9
        assert 'backbone.stage3' in output
    else:
        assert parameters > 1_000_000 and macs > 1e8


def test_wrong_shape_is_refused(tmp_path):
    with pytest.raises(AssertionError, match='--shape takes one or two'):
        run_tool(
            'tools/analysis_tools/get_flops.py', 'configs/mdpnet/mdpnet-base_sirst-320x320.py',
            '--shape', '1', '2', '3', cwd=tmp_path,
        )  # fmt: skip


def test_count_does_not_touch_the_weights():
    model = MODELS.build(copy.deepcopy(MODEL))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    measure_complexity(model, (1, 32, 32))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())

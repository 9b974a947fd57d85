import pytest
import torch
from mmseg.registry import MODELS

HEAD = dict(
    type='MDPHead',
    refine=dict(type='ChannelRefinement'),
    in_channels=(8, 16, 24),
    channels=8,
    align_corners=False,
    loss_decode=dict(type='SoftIoULoss'),
)


def feats():
    return [torch.rand(2, c, *s) for c, s in ((8, (17, 20)), (16, (9, 10)), (24, (5, 5)))]


def test_one_logit_for_each_pixel_and_every_parameter_learns():
    torch.manual_seed(0)  # by chance, all hidden units of an attention may start inactive
    head = MODELS.build(HEAD)
    head.init_weights()
    logits = head(feats())
    assert logits.shape == (2, 1, 34, 40)
    logits.square().sum().backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_channels_are_weighted_by_the_image():
    refine = MODELS.build(HEAD).refines[0].eval()
    x = torch.rand(1, 8, 6, 6)
    with torch.no_grad():
        full = refine(x)
        # With attention of zero, sigmoid(-inf), nothing but the input remains.
        refine.attention.conv2.conv.bias.fill_(-1e4)
        assert torch.equal(refine(x), x)
    assert not torch.equal(full, x)


def test_it_takes_the_place_of_the_block_with_dilations():
    with pytest.raises(ValueError, match='refine_dilations'):
        MODELS.build(dict(HEAD, refine_dilations=(1, 2)))

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from mdp_plugin.export.deploy_form import deploy_form
from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.export.equalisation import equalise
from mdp_plugin.models.layers import DilatedPyramidBlock


def randomize(model: nn.Module) -> nn.Module:
    """Draw weights and statistics, so that a lost scale or shift shows."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            values = torch.rand(tensor.shape, generator=generator)
            tensor.copy_(values + 0.5 if 'running_var' in name else values - 0.5)
    return model.eval()


def assert_same_output(model: nn.Module, deployed: nn.Module) -> None:
    for size in ((64, 96), (37, 53)):
        x = torch.randn(2, 1, *size)
        with torch.no_grad():
            expected = model(x)
            difference = (deployed(x) - expected).abs().max() / expected.abs().max()
        assert expected.abs().max() > 0 and difference < 1e-5


@pytest.fixture
def model_cfg(project_root):
    init_default_scope('mmseg')
    cfg = Config.fromfile(project_root / 'configs/_base_/models/mdpnet.py').model
    cfg.data_preprocessor = dict(type='SegDataPreProcessor', mean=[0.0], std=[1.0])
    return cfg


@pytest.mark.parametrize('fusion', ['split', 'hierarchical', 'sum'])
@pytest.mark.parametrize('norm', ['BN', 'GN'])
def test_the_deployment_form_gives_the_same_output(model_cfg, fusion, norm):
    norm_cfg = dict(type='BN') if norm == 'BN' else dict(type='GN', num_groups=4)
    model_cfg.backbone.update(fusion=fusion, norm_cfg=norm_cfg)
    model_cfg.decode_head.update(norm_cfg=norm_cfg, aux_weights=(0.5,), refine_dilations=(1, 2))
    model = randomize(MODELS.build(model_cfg))
    before = copy.deepcopy(model.state_dict())
    deployed = deploy_form(model)
    assert_same_output(model, deployed)
    assert not deployed.training and len(deployed.decode_head.aux_convs) == 0
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    norms = [m for m in deployed.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    # The norm behind a hierarchical sum has no convolution to go into; the head's blocks split.
    blocks = [m for m in deployed.modules() if isinstance(m, DilatedPyramidBlock)]
    kept = [b for b in blocks if b.fusion == 'hierarchical'] if norm == 'BN' else blocks
    assert {b for b in blocks if not isinstance(b.norm, nn.Identity)} == set(kept)
    assert len(norms) == (len(kept) if norm == 'BN' else 0)


@pytest.mark.parametrize('upscale', [1, 3])
def test_the_shuffle_becomes_a_convolution(model_cfg, upscale):
    model_cfg.decode_head.upscale = upscale
    model = randomize(MODELS.build(model_cfg))
    deployed = deploy_form(model)
    x = torch.randn(1, 1, 37, 53)
    with torch.no_grad():
        torch.testing.assert_close(deployed(x), model(x), rtol=1e-4, atol=1e-4)
    kinds = (nn.PixelShuffle, nn.Identity if upscale == 1 else nn.ConvTranspose2d)
    assert isinstance(model.decode_head.shuffle, kinds[0])
    assert isinstance(deployed.decode_head.shuffle, kinds[1])


def with_details(model_cfg, details):
    """A first stage at full resolution that is no level, but the source of the details."""
    backbone, head = model_cfg.backbone, model_cfg.decode_head
    backbone.update(
        stem_channels=4, stem_stride=1, embed_dims=(4, 8, 12), depths=(0, 1, 1), strides=(1, 2, 2),
        dilations=((1, 2),) * 3, out_indices=(0, 1, 2),
    )  # fmt: skip
    head.update(
        in_channels=(8, 12), in_index=(1, 2), channels=8, level_channels=(8, 12),
        detail_channels=details, detail_in_channels=4,
    )  # fmt: skip
    return model_cfg


@pytest.mark.parametrize('details', [1, 3])
def test_details_in_the_deployment_form(model_cfg, details):
    model = randomize(MODELS.build(with_details(model_cfg, details)))
    deployed = deploy_form(model)
    assert_same_output(model, deployed)
    x = torch.randn(1, 1, 37, 53)
    assert deployed(x).shape == x.shape


def test_details_are_equalised(model_cfg, scene):
    graph = DetectorGraph(randomize(MODELS.build(with_details(model_cfg, 1)))).eval()
    frames = torch.from_numpy(scene(75, 101))[None]
    with torch.no_grad():
        before = graph(frames)
        equalise(graph, frames)
        torch.testing.assert_close(graph(frames), before, atol=1e-4, rtol=0)
    assert before.std() > 0


@pytest.mark.parametrize(
    ('fusion', 'dilations', 'kernels'),
    [
        ('split', (1, 2), [(12, 5, 1)]),
        ('split', (1, 2, 3, 4), [(6, 5, 1), (3, 3, 3), (3, 3, 4)]),
        ('split', (4, 2, 1), [(4, 3, 4), (8, 5, 1)]),
        ('split', (3,), [(12, 3, 3)]),
        ('sum', (1, 2, 3), [(12, 7, 1)]),
    ],
)
def test_small_dilations_are_merged_once(fusion, dilations, kernels):
    block = randomize(DilatedPyramidBlock(12, dilations, fusion)).eval()
    x = torch.randn(2, 12, 21, 17)
    before = block(x)
    assert block.merge_branches()
    found = [(b.out_channels, b.kernel_size[0], b.dilation[0]) for b in block.branches]
    assert found == kernels
    torch.testing.assert_close(block(x), before, rtol=1e-5, atol=1e-5)
    assert not block.merge_branches()

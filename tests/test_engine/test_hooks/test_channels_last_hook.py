import re

import pytest
import torch
from tiny_training import run_tool, write_config, write_dataset

UNET = """
model['backbone'] = dict(
    _delete_=True, type='UNet', in_channels=1, base_channels=8, num_stages=2, strides=(1, 1),
    enc_num_convs=(1, 1), dec_num_convs=(1,), downsamples=(True,), enc_dilations=(1, 1),
    dec_dilations=(1,))
model['decode_head'] = dict(
    type='FCNHead', in_channels=8, in_index=1, channels=8, num_convs=1, concat_input=False,
    num_classes=2, out_channels=1, threshold=0.5, dropout_ratio=0, align_corners=False,
    loss_decode=dict(type='SoftIoULoss'))
model['backbone'].pop('_delete_')
"""


def test_the_format_changes_and_the_training_does_not(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'), UNET)
    losses = {}
    for hook in (False, True):
        hooks = ['--cfg-options', 'default_hooks.channels_last.type=ChannelsLastHook'] * hook
        output = run_tool(
            'tools/train.py', config, '--work-dir', tmp_path / str(hook), *hooks, cwd=tmp_path
        )
        state = torch.load(tmp_path / str(hook) / 'epoch_2.pth', weights_only=True)['state_dict']
        weight = state['backbone.encoder.1.1.convs.0.conv.weight']
        assert weight.is_contiguous(memory_format=torch.channels_last) is hook
        losses[hook] = [float(value) for value in re.findall(r' loss: ([\d.]+)', output)]
    assert len(losses[True]) == 8
    assert losses[True] == pytest.approx(losses[False], abs=2e-3)

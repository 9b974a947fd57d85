"""Pictures of predictions."""

import importlib.util
import sys

import cv2
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from mdp_plugin.synthesis import DatasetWriter, SceneSettings


@pytest.fixture(scope='module')
def tool(project_root):
    """The script as a module."""
    path = project_root / 'tools/analysis_tools/draw_predictions.py'
    spec = importlib.util.spec_from_file_location('draw_predictions', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_whole_tool_on_a_tiny_model(tool, project_root, tmp_path, monkeypatch, capsys):
    data = tmp_path / 'data'
    DatasetWriter(data, SceneSettings(size=(64, 64)), num=9).write()
    config = tmp_path / 'tiny.py'
    config.write_text(f"""
_base_ = {str(project_root / 'configs/_base_/default_runtime.py')!r}
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='SegDataPreProcessor', mean=[100.0], std=[40.0]),
    backbone=dict(
        type='UNet', in_channels=1, base_channels=4, num_stages=2, strides=(1, 1),
        enc_num_convs=(1, 1), dec_num_convs=(1,), downsamples=(True,),
        enc_dilations=(1, 1), dec_dilations=(1,), norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='FCNHead', in_channels=4, in_index=1, channels=4, num_convs=1, concat_input=False,
        num_classes=2, out_channels=1, threshold=0.5, norm_cfg=dict(type='BN'),
        align_corners=False, loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True)),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
test_dataloader = dict(
    batch_size=1, num_workers=1, persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='IRSTDDataset', data_root={str(data)!r}, ann_file='idx/test.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'), img_suffix='.png',
        seg_map_suffix='_pixels0.png', test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
            dict(type='ToGrayscale'),
            dict(type='LoadAnnotations', imdecode_backend='cv2'),
            dict(type='BinarizeMask'),
            dict(type='PackSegInputs')]))
test_evaluator = dict(type='IRSTDMetric')
test_cfg = dict(type='TestLoop')
work_dir = {str(tmp_path / 'work')!r}
""")
    model = MODELS.build(Config.fromfile(config).model)
    checkpoint = tmp_path / 'tiny.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), checkpoint)
    names = (data / 'idx/test.txt').read_text().split()
    assert len(names) > 1

    def run(*flags):
        monkeypatch.setattr(sys, 'argv', ['draw', str(config), str(checkpoint), *flags])
        tool.main()
        return capsys.readouterr().out

    output = run('--out', str(tmp_path / 'pictures'), '--device', 'cpu')
    assert f'{len(names)} pictures and contact_sheet.png in {tmp_path / "pictures"}' in output
    for name in names:
        picture = cv2.imread(str(tmp_path / f'pictures/{name}.png'))
        assert picture.shape == (6 * 64 + 26, 3 * 6 * 64, 3)
    assert cv2.imread(str(tmp_path / 'pictures/contact_sheet.png')) is not None

    output = run('--max-images', '1', '--device', 'cpu')
    assert len(list((tmp_path / 'work/pictures').glob('*.png'))) == 2

"""Pictures of predictions."""

import importlib.util
import sys

import cv2
import numpy as np
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


def _mask(*places: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    for y, x in places:
        mask[y - 1 : y + 2, x - 1 : x + 2] = True
    return mask


def _has_near(panel: np.ndarray, colour: tuple[int, int, int], y: int, x: int) -> bool:
    """Whether a ring of the colour surrounds an image pixel (six times enlarged, below a bar)."""
    y, x = 26 + 6 * y, 6 * x
    part = panel[max(y - 60, 0) : y + 60, max(x - 60, 0) : x + 60]
    return bool((part == np.array(colour)).all(-1).any())


def test_hits_misses_and_false_alarms_are_marked(tool):
    truth, pred = _mask((12, 12), (50, 12)), _mask((13, 12), (30, 50))
    match = tool.match_masks(pred, truth)
    assert match.caption == '1 hit, 1 missed, 1 false'
    source, true, found = tool.draw_panels(np.full((64, 64), 90, np.uint8), pred, truth)
    assert source.shape == true.shape == found.shape == (6 * 64 + 26, 6 * 64, 3)
    assert not any(_has_near(source, c, *p) for c in (tool.HIT, tool.MISS) for p in [(12, 12)])
    assert _has_near(true, tool.HIT, 12, 12) and _has_near(true, tool.MISS, 50, 12)
    assert _has_near(found, tool.HIT, 13, 12) and not _has_near(found, tool.MISS, 13, 12)
    assert _has_near(found, tool.MISS, 50, 12) and not _has_near(found, tool.HIT, 50, 12)
    assert _has_near(found, tool.FALSE, 30, 50) and not _has_near(true, tool.FALSE, 30, 50)


def test_three_pixels_off_is_a_miss_and_a_false_alarm(tool):
    assert tool.match_masks(_mask((15, 12)), _mask((12, 12))).caption == '0 hit, 1 missed, 1 false'
    assert tool.match_masks(_mask((14, 12)), _mask((12, 12))).caption == '1 hit, 0 missed, 0 false'


def test_image_without_anything_can_be_drawn(tool):
    empty = np.zeros((40, 70), bool)
    panels = tool.draw_panels(np.zeros((40, 70), np.uint8), empty, empty)
    assert len({panel.shape for panel in panels}) == 1
    sheet = tool.make_sheet([panels] * 3)
    assert sheet.shape == (2 * 206, 2 * 606, 3)


def test_inset_shows_the_missed_target(tool):
    truth, pred = _mask((12, 12), (50, 50)), _mask((12, 12))
    assert tool.place_of_interest(tool.match_masks(pred, truth)) == pytest.approx((50, 50))
    assert tool.place_of_interest(tool.match_masks(truth, truth)) == pytest.approx((12, 12))
    assert tool.place_of_interest(tool.match_masks(pred, pred & False)) == pytest.approx((12, 12))
    assert tool.place_of_interest(tool.match_masks(pred & False, pred & False)) is None


def test_sixteen_bit_image_is_stretched(tool, tmp_path):
    path = tmp_path / 'deep.png'
    cv2.imwrite(str(path), np.linspace(3000, 3400, 64 * 64).reshape(64, 64).astype(np.uint16))
    levels = tool.read_levels(str(path), (64, 64))
    assert levels.dtype == np.uint8 and (levels.min(), levels.max()) == (0, 255)
    assert tool.read_levels(str(path), (32, 48)).shape == (32, 48)
    with pytest.raises(OSError, match='cannot read the image'):
        tool.read_levels(str(tmp_path / 'none.png'), (64, 64))


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

"""Whole pipelines of the dataset configs: seeds, ignored pixels, arrays, several workers."""

import copy

import numpy as np
import pytest
import torch
from mmcv.transforms.utils import cache_random_params
from mmengine.config import Config
from mmengine.dataset import Compose, DefaultSampler, pseudo_collate, worker_init_fn
from mmseg.apis import MMSegInferencer, inference_model, init_model
from mmseg.registry import DATASETS, TRANSFORMS
from torch.utils.data import DataLoader

RANDOM = [
    dict(type='TargetCopyPaste', prob=0.7),
    dict(type='RandomScaleJitter', ratio_range=(0.75, 1.5)),
    dict(type='RandomTargetCrop', crop_size=(64, 64)),
    dict(type='RandomQuarterTurn'),
    dict(type='RandomInfraredIntensity'),
]


@pytest.fixture
def cfg(project_root):
    cfg = Config.fromfile(project_root / 'configs/_base_/datasets/sirst.py')
    cfg.train_dataloader.dataset.ann_file = 'idx/train.txt'
    cfg.train_dataloader.dataset.disjoint_from = ['idx/val.txt']
    return cfg


def with_paste(cfg):
    """The training pipeline with every random transform of the plugin in it."""
    dataset = copy.deepcopy(cfg.train_dataloader.dataset)
    dataset.pipeline.insert(5, RANDOM[0])
    return DATASETS.build(dataset)


def test_training_is_determined_by_the_seed(sirst_like, cfg):
    runs = []
    for seed in (0, 0, 1):
        dataset = with_paste(cfg)
        np.random.seed(seed)
        items = [dataset[i % 4] for i in range(12)]
        runs.append(torch.stack([item['inputs'] for item in items]))
        truth = [item['data_samples'].gt_sem_seg.data for item in items]
        runs.append(torch.stack(truth))
    torch.testing.assert_close(runs[0], runs[2], rtol=0, atol=0)
    torch.testing.assert_close(runs[1], runs[3], rtol=0, atol=0)
    assert not torch.equal(runs[0], runs[4])


@pytest.mark.parametrize('step', RANDOM, ids=lambda step: step['type'])
def test_random_parameters_can_be_held_fixed(step, blob_scene):
    """mmcv's `cache_random_params` gives all images of a group the same draw."""
    np.random.seed(0)
    img, mask = blob_scene()
    transform = TRANSFORMS.build(step)
    with cache_random_params(transform):
        first, second = (transform(dict(img=img, gt_seg_map=mask)) for _ in range(2))
        assert first['img'].shape == second['img'].shape
        if step['type'] != 'TargetCopyPaste':  # it remembers the targets of the first image
            np.testing.assert_array_equal(first['img'], second['img'])
    others = [transform(dict(img=img, gt_seg_map=mask))['img'] for _ in range(8)]
    assert any(o.shape != first['img'].shape or (o != first['img']).any() for o in others)


def test_no_pixel_is_ever_ignored(sirst_like, cfg):
    np.random.seed(0)
    dataset = with_paste(cfg)
    seen = set()
    for index in range(40):
        data = dataset[index % 4]['data_samples'].gt_sem_seg.data
        assert data.dtype == torch.int64
        seen |= set(data.unique().tolist())
    assert seen == {0, 1}


def test_no_pixel_of_real_images_is_ever_ignored(sirst_root, monkeypatch, project_root):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(sirst_root.parent))
    cfg = Config.fromfile(project_root / 'configs/_base_/datasets/sirst.py')
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    # Misc_40, the one mask of 8 bits whose 255 a plain loader keeps, is among them.
    paths = [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
    chosen = [i for i, path in enumerate(paths) if path.endswith('Misc_40.png')] or [0]
    for index in [*chosen, *range(0, len(dataset), 16)]:
        data = dataset[index]['data_samples'].gt_sem_seg.data
        assert set(data.unique().tolist()) <= {0, 1}


def test_persistent_workers_draw_anew_each_epoch(sirst_like, cfg):
    dataset = with_paste(cfg)
    loader = DataLoader(
        dataset,
        batch_size=2,
        num_workers=2,
        persistent_workers=True,
        sampler=DefaultSampler(dataset, shuffle=False),
        collate_fn=pseudo_collate,
        worker_init_fn=lambda worker: worker_init_fn(worker, num_workers=2, rank=0, seed=3),
    )
    epochs = [torch.cat([torch.stack(batch['inputs']) for batch in loader]) for _ in range(2)]
    assert epochs[0].shape == epochs[1].shape == (4, 1, *cfg.crop_size)
    assert not torch.equal(*epochs)


ARRAYS = {
    'grey': (np.arange(48 * 64) % 256).reshape(48, 64).astype(np.uint8),
    'colour': np.dstack([(np.arange(48 * 64) % 256).reshape(48, 64)] * 3).astype(np.uint8),
    'alpha': np.dstack([(np.arange(48 * 64) % 256).reshape(48, 64)] * 4).astype(np.uint8),
    '16 bit': ((np.arange(48 * 64) % 256).reshape(48, 64) * 257).astype(np.uint16),
}


@pytest.mark.parametrize('kind', ARRAYS)
def test_arrays_of_any_kind_give_the_same_input(kind, cfg):
    """As `inference_model` prepares arrays: no path, no annotations."""
    pipeline = [step for step in cfg.test_pipeline if step['type'] != 'LoadAnnotations']
    pipeline[0] = {**pipeline[0], 'type': 'LoadImageFromNDArray'}
    pipeline[1] = dict(type='ToGrayscale', levels='full')  # 65535 stands for 255
    inputs = Compose(pipeline)(dict(img=ARRAYS[kind]))['inputs']
    expected = Compose(pipeline)(dict(img=ARRAYS['grey']))['inputs']
    assert inputs.shape == (1, 320, 320) and inputs.dtype == torch.float32
    torch.testing.assert_close(inputs, expected, rtol=0, atol=2e-3)


@pytest.fixture
def tiny_cfg(cfg):
    """A stock single-channel U-Net of 3 k parameters behind the pipelines of SIRST."""
    cfg.default_scope = 'mmseg'
    cfg.visualizer = dict(type='SegLocalVisualizer', name='tiny')
    cfg.model = dict(
        type='EncoderDecoder',
        data_preprocessor=cfg.data_preprocessor,
        backbone=dict(
            type='UNet',
            in_channels=1,
            base_channels=4,
            num_stages=2,
            strides=(1, 1),
            enc_num_convs=(1, 1),
            dec_num_convs=(1,),
            downsamples=(True,),
            enc_dilations=(1, 1),
            dec_dilations=(1,),
            norm_cfg=dict(type='BN'),
        ),
        decode_head=dict(
            type='FCNHead',
            in_channels=4,
            in_index=1,
            channels=4,
            num_convs=1,
            concat_input=False,
            num_classes=2,
            out_channels=1,
            threshold=0.5,
            norm_cfg=dict(type='BN'),
            align_corners=False,
            loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True),
        ),
        test_cfg=dict(mode='whole'),
    )
    return cfg


@pytest.mark.parametrize('pipeline', ['test_pipeline', 'test_pipeline_square'])
def test_the_inferencer_takes_arrays_and_paths(pipeline, tiny_cfg, tmp_path, write_image):
    for step in tiny_cfg[pipeline]:
        if step.type == 'ToGrayscale':
            step.levels = 'full'  # 65535 stands for 255
    tiny_cfg.test_dataloader.dataset.pipeline = tiny_cfg[pipeline]
    inferencer = MMSegInferencer(tiny_cfg, device='cpu')
    path = write_image(tmp_path / 'a.png', ARRAYS['grey'])
    samples = [inferencer(img, return_datasamples=True) for img in [str(path), *ARRAYS.values()]]
    shape = (48, 64) if pipeline == 'test_pipeline' else (320, 320)
    for sample in samples:
        probability = sample.seg_logits.data
        assert probability.shape == (1, *shape)
        torch.testing.assert_close(probability, samples[0].seg_logits.data, atol=1e-3, rtol=0)


def test_init_model_and_inference_model_take_arrays(tiny_cfg):
    model = init_model(tiny_cfg, device='cpu')
    sample = inference_model(model, ARRAYS['16 bit'])
    assert sample.pred_sem_seg.data.shape == (1, 48, 64)

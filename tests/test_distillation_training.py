"""Distillation through the tools: what is trained, kept, resumed and tested."""

import contextlib
import json
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_teacher import distillers, teacher_cfg, write_weights
from tiny_training import PROJECT_ROOT, run_tool, running, write_config, write_dataset

from mdp_plugin.detection.torch_predictor import TorchPredictor

EMA = """
custom_hooks = [dict(type='EMAHook', ema_type='MomentumAnnealingEMA', momentum=0.5,
    update_buffers=True, priority=49)]
"""


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp('spots'))


@pytest.fixture(scope='module')
def teacher(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp('teacher') / 'teacher.pth', teacher_cfg())


def write_pair(folder: Path, data_root: Path, teacher: Path, extra: str = '') -> tuple[Path, Path]:
    """The plain config and the one with every kind of distiller, a schedule and an average."""
    plain = write_config(folder / 'plain', data_root, EMA)
    lessons = distillers()
    lessons['semantic']['schedule'] = dict(warmup=0.5)
    distilled = folder / 'distilled.py'
    distilled.write_text(
        f"_base_ = {str(plain)!r}\n"
        "model = dict(type='DistillEncoderDecoder', "
        f"teacher=dict(type='FrozenTeacher', config={teacher_cfg()!r}, "
        f'checkpoint={str(teacher)!r}), '
        f'distillers={lessons!r})\n{extra}\n'
    )  # fmt: skip
    return plain, distilled


def states(file: Path) -> dict[str, torch.Tensor]:
    """Weights, average and sub-networks of a checkpoint in one dict."""
    content = torch.load(file, weights_only=True)
    return {
        f'{part}/{key}': value
        for part in ('state_dict', 'ema_state_dict', 'distillers')
        for key, value in content[part].items()
    }


@pytest.mark.parametrize('optimizer', ['', 'accumulated', 'mixed'])
def test_a_distilled_student_is_tested_by_its_plain_config(tmp_path, data_root, teacher, optimizer):
    extra = 'optim_wrapper = dict(accumulative_counts=2)' if optimizer == 'accumulated' else ''
    plain, config = write_pair(tmp_path, data_root, teacher, extra)
    flags = ['--amp'] if optimizer == 'mixed' else []
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'run', *flags, cwd=tmp_path)
    checkpoint = tmp_path / 'run/epoch_2.pth'

    content = torch.load(checkpoint, weights_only=True)
    run_tool(
        'tools/train.py', plain, '--work-dir', tmp_path / 'alone', '--cfg-options',
        'train_cfg.max_epochs=1', cwd=tmp_path,
    )  # fmt: skip
    alone = torch.load(tmp_path / 'alone/epoch_1.pth', weights_only=True)
    assert list(content['state_dict']) == list(alone['state_dict'])
    assert content['distillers'] and 'distillers' not in alone

    (scalars,) = (tmp_path / 'run').glob('*/vis_data/scalars.json')
    records = [json.loads(line) for line in scalars.read_text().splitlines()]
    records = [record for record in records if 'loss' in record]
    assert len(records) == 8
    for record in records:
        parts = [value for key, value in record.items() if '.loss_' in key]
        assert len(parts) == 2 + len(distillers())
        assert record['loss'] == pytest.approx(sum(parts), rel=1e-4)
    # The warm-up over half of the training begins at nothing.
    assert records[0]['distill.loss_semantic'] == 0 < records[-1]['distill.loss_semantic']

    figures = {}
    for name, tested in (('plain', plain), ('distilled', config)):
        folder = tmp_path / f'tested-{name}'
        output = run_tool(
            'tools/test.py', tested, checkpoint, '--work-dir', folder, cwd=tmp_path
        )  # fmt: skip
        assert 'missing keys' not in output and 'unexpected key' not in output
        (file,) = folder.glob('*/*.json')
        figures[name] = {k: v for k, v in json.loads(file.read_text()).items() if '/' in k}
    assert figures['plain'] == figures['distilled']


def test_a_resumed_training_is_the_one_that_was_not_interrupted(tmp_path, data_root, teacher):
    # The learning rate is constant and the schedule sees the same length in both runs.
    plain, config = write_pair(tmp_path, data_root, teacher)
    whole, parts = tmp_path / 'whole', tmp_path / 'parts'
    run_tool('tools/train.py', config, '--work-dir', whole, cwd=tmp_path)
    with running('tools/train.py', [config, '--work-dir', parts], tmp_path) as run:
        run.wait_for(r'Saving checkpoint at 1 epochs(.|\n)*Epoch\(train\) +\[2\]')
        run.process.kill()
        run.process.join()
    output = run_tool('tools/train.py', config, '--work-dir', parts, '--resume', cwd=tmp_path)
    assert 'resumed epoch: 1' in output
    expected, resumed = states(whole / 'epoch_2.pth'), states(parts / 'epoch_2.pth')
    assert any(key.startswith('distillers/') for key in expected)
    assert expected.keys() == resumed.keys()
    for key, value in expected.items():
        assert torch.equal(value, resumed[key]), key

    # Other lessons cannot go on from these, and a plain training not as a distillation.
    argv = [config, '--work-dir', parts, '--resume', '--cfg-options', 'model.active=[cwd]']
    with running('tools/train.py', argv, tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1 and 'Traceback' not in run.output()
        assert "and this run by ['cwd']" in run.output().splitlines()[-1]
    run_tool(
        'tools/train.py', plain, '--work-dir', tmp_path / 'other', '--cfg-options',
        'train_cfg.max_epochs=1', cwd=tmp_path,
    )  # fmt: skip
    arguments = [config, '--work-dir', tmp_path / 'other', '--resume']
    with running('tools/train.py', arguments, tmp_path) as run:
        run.process.join(600)
        assert run.process.exitcode == 1
        assert 'load_from' in run.output()


def test_an_inference_by_the_distillations_config_needs_no_teacher(tmp_path, data_root, teacher):
    plain, config = write_pair(tmp_path, data_root, tmp_path / 'absent.pth')
    cfg = dict(model=Config.fromfile(plain).model)
    weights = write_weights(tmp_path / 'student.pth', cfg['model'])
    for path in (plain, config):
        with path.open('a') as file:
            file.write('\nscale = (64, 64)\n')
    image = cv2.imread(str(data_root / 'images/spot_0.png'), cv2.IMREAD_UNCHANGED)
    frame = image.astype(np.float32)
    maps = [TorchPredictor(path, weights=weights)(frame) for path in (plain, config)]
    assert np.array_equal(*maps)
    run_tool('tools/test.py', config, weights, '--work-dir', tmp_path / 'w', cwd=tmp_path)


@pytest.mark.skipif(torch.cuda.device_count() == 1, reason='two processes need two GPUs or none')
def test_two_processes_train_one_student(tmp_path, data_root, teacher):
    _, config = write_pair(tmp_path, data_root, teacher)
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = str(probe.getsockname()[1])
    arguments = [config, '--work-dir', tmp_path / 'run', '--launcher', 'pytorch']
    with contextlib.ExitStack() as stack:
        runs = [
            stack.enter_context(
                running(
                    'tools/train.py', arguments, tmp_path,
                    {'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port,
                     'RANK': rank, 'LOCAL_RANK': rank},
                )
            )
            for rank in '01'
        ]  # fmt: skip
        for run in runs:
            run.finish()
    state = torch.load(tmp_path / 'run/epoch_2.pth', weights_only=True)
    assert state['meta']['iter'] == 4
    start = write_pair(tmp_path / 'again', data_root, teacher)
    assert start and not any(key.startswith('distillers') for key in state['state_dict'])
    assert all(value.isfinite().all() for value in state['distillers'].values())


@pytest.mark.parametrize('name', ['segformer-b0', 'swin-tiny', 'irstformer-base'])
def test_any_segmentor_of_the_hosts_trains_and_teaches(tmp_path, data_root, name):
    """A few steps of the shipped configs on small images: the teacher, then the student."""
    folder = name.split('-')[0]
    teacher_config = PROJECT_ROOT / f'configs/{folder}/{name}_sirst-320x320.py'
    small = [
        'train_cfg.max_epochs=1', 'val_cfg=None',
        'val_dataloader=None', 'val_evaluator=None', 'train_dataloader.batch_size=2',
        'train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False',
        f'train_dataloader.dataset.data_root={data_root}',
        'train_dataloader.dataset.ann_file=', 'train_dataloader.dataset.disjoint_from=[]',
        'train_dataloader.dataset.seg_map_suffix=.png', 'custom_hooks=[]',
        'train_dataloader.dataset.indices=4', 'model.data_preprocessor.size=(64,64)',
        'train_dataloader.dataset.pipeline.4.scale=(64,64)',
        'train_dataloader.dataset.pipeline.6.crop_size=(64,64)',
        'default_hooks.checkpoint.save_best=None', 'default_hooks.logger.interval=1',
    ]  # fmt: skip
    weights = tmp_path / 'teachers/teacher.pth'
    run_tool(
        'tools/train.py', teacher_config, '--work-dir', tmp_path / 'teacher', '--cfg-options',
        *small, f'default_hooks.publish.out={weights}', cwd=tmp_path,
    )  # fmt: skip
    dtypes = {v.dtype for v in torch.load(weights, weights_only=True)['state_dict'].values()}
    assert torch.float16 in dtypes
    student = PROJECT_ROOT / f'configs/mdpnet/mdpnet-base_kd-{name}_sirst-320x320.py'
    output = run_tool(
        'tools/train.py', student, '--work-dir', tmp_path / 'student', '--cfg-options',
        *small, f'model.teacher.checkpoint={weights}', cwd=tmp_path,
    )  # fmt: skip
    assert 'distill.loss_semantic_8: ' in output and 'distill.loss_semantic_16: ' in output
    assert 'nan' not in output

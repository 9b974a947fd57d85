"""Speed of a model, and the allocator's settings that training's speed needs."""

import json
import os
import platform
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from tiny_training import PROJECT_ROOT, run_tool, write_config, write_dataset

from mdp_plugin.engine.model_complexity import measure_complexity

TOOL = 'tools/analysis_tools/benchmark.py'


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp('benchmark')
    return write_config(folder, write_dataset(folder / 'data', num_images=6))


def report(folder) -> dict:
    (file,) = folder.glob('benchmark_*.json')
    return json.loads(file.read_text())


def test_forward_pass(config, tmp_path):
    output = run_tool(
        TOOL, config, '--shape', '48', '64', '--batch', '2', '--iters', '6', '--log-interval', '3',
        '--threads', '1', '--repeat-times', '2', '--device', 'cpu', '--work-dir', tmp_path / 'out',
        '--cfg-options', 'model.backbone.dilations=[1]',
        cwd=tmp_path,
    )  # fmt: skip
    figures = report(tmp_path / 'out')
    assert figures['input'] == [2, 1, 48, 64]
    assert 0 < figures['latency_median_ms'] <= figures['latency_p95_ms']
    first, second = figures['runs']
    for run in (first, second):
        assert run['fps'] == pytest.approx(2e3 / run['latency_median_ms'])
    assert figures['fps'] == pytest.approx((first['fps'] + second['fps']) / 2)
    assert figures['peak_memory_mib'] > 50 and ', 1 thread)' in figures['machine']
    cfg = Config.fromfile(config)
    cfg.model.backbone.dilations = [1]
    expected = measure_complexity(MODELS.build(cfg.model), (1, 48, 64))
    assert (figures['parameters'], figures['macs']) == (expected.parameters, expected.macs)
    assert output.count('Run ') == 2 and output.count('Done pass') == 4


def test_training_epoch_and_its_first_steps(config, tmp_path):
    for name, options, images in (('all', (), 6), ('two', ('--steps', '2'), 4)):
        run_tool(
            TOOL, config, '--training', *options, '--shape', '64', '--work-dir', tmp_path / name,
            cwd=tmp_path,
        )  # fmt: skip
        figures = report(tmp_path / name)
        assert figures['images'] == images
        assert figures['images_per_s'] == pytest.approx(images / figures['epoch_s'])
        assert 0 < figures['data_loading_share'] < 1
        assert 0 < figures['step_median_ms'] < 1e3 * figures['epoch_s']
    parts = '[dict(pipeline=test_pipeline, **dataset)] * 2'
    joined = write_config(
        tmp_path,
        write_dataset(tmp_path / 'data', num_images=3),
        f"train_dataloader['dataset'] = dict(type='ConcatDataset', datasets={parts})",
    )
    for options, images in ((), 6), (('--steps', '2'), 4):
        work_dir = tmp_path / f'joined{images}'
        run_tool(
            TOOL, joined, '--training', *options, '--shape', '64', '--work-dir', work_dir,
            cwd=tmp_path,
        )  # fmt: skip
        assert report(work_dir)['images'] == images
    # Neither checkpoints nor a work dir of the training are left behind.
    assert not list(tmp_path.rglob('*.pth')) and not (tmp_path / 'work_dirs').exists()


@pytest.fixture(scope='module')
def rivals(config, tmp_path_factory):
    """A file of ours that keeps the frame's size, and a foreign one for 64x64 only."""
    folder = tmp_path_factory.mktemp('rivals')
    cfg = Config.fromfile(config)
    model = MODELS.build(cfg.model)
    torch.save(model.state_dict(), folder / 'weights.pth')
    ours, foreign = folder / 'ours.onnx', folder / 'foreign.onnx'
    run_tool('tools/deployment/export.py', config, folder / 'weights.pth', ours, '--native',
             cwd=folder)  # fmt: skip
    net = torch.nn.Conv2d(3, 1, 3, padding=1).eval()
    torch.onnx.export(net, (torch.zeros(1, 3, 64, 64),), foreign, dynamo=True)
    return ours, foreign


def test_side_by_side(config, rivals, tmp_path):
    ours, foreign = rivals
    output = run_tool(
        TOOL, config, '--shape', '64', '--threads', '1', '--work-dir', tmp_path / 'out',
        '--against', f'{ours},name=ours', f'{ours},backend=openvino,precision=bf16,name=bf16',
        f'{foreign},name=foreign', f'{ours},precision=bf16,name=impossible',
        '--sizes', '48x80', '--batches', '2', '--tiled', '1100',
        cwd=tmp_path,
    )  # fmt: skip
    (file,) = (tmp_path / 'out').glob('comparison_*.json')
    session = json.loads(file.read_text())
    rows = session['candidates']
    eager = next(iter(rows))
    assert set(rows) == {eager, 'ours', 'bf16', 'foreign', 'impossible'}
    for name in (eager, 'ours', 'bf16', 'foreign'):
        alone = rows[name]['alone']
        assert 0 < alone['median_ms'] <= alone['p95_ms'] and alone['passes'] >= 10
        assert alone['fps'] == pytest.approx(1e3 / alone['median_ms'])
    for name in (eager, 'ours', 'bf16'):
        assert rows[name]['end_to_end']['fps'] > 0
        assert rows[name]['by_size']['48x80']['fps'] > 0
        assert rows[name]['by_batch']['2']['fps'] > 0
    # A program without PyTorch needs a fraction of its memory.
    assert 20 < rows['ours']['memory_mib'] < rows[eager]['memory_mib'] / 2
    assert rows['ours']['tiled']['seconds'] > 0
    assert rows['ours']['roofline']['macs'] > rows['foreign']['roofline']['macs']
    assert rows['foreign']['roofline']['macs'] == 27 * 64 * 64
    assert 0 < rows['ours']['roofline']['share_of_roofline'] < 1.5
    # What cannot be done is said, and stops nothing else.
    assert 'not [1, 3, 48, 80]' in rows['foreign']['by_size']['48x80']
    assert 'foreign model' in rows['foreign']['end_to_end']
    assert "not 'bf16'" in rows['impossible']['alone']
    for gap in ("not 'bf16'", 'foreign model', '--native'):
        assert gap in output
    for name in rows:
        assert f'| {name} ' in output
    assert file.with_suffix('.md').read_text() in output
    assert file.with_suffix('.png').stat().st_size > 10_000


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--sizes', '64x64'), 'need --against'),
        (('--against', 'absent.onnx'), 'there is no file'),
        (('--training', '--against', __file__), 'takes neither'),
        (('--sizes', '64', '--against', __file__), 'a size is HEIGHTxWIDTH'),
    ],
)
def test_mistakes_on_the_command_line(config, tmp_path, options, message):
    with pytest.raises(AssertionError, match=f'exit code 2(.|\n)*{message}'):
        run_tool(TOOL, config, *options, cwd=tmp_path)


PAGE_FAULTS = """
import resource, runpy
print(runpy.run_path('mdp_plugin/host/cpu_allocator.py')['keep_freed_memory']())
import torch
torch.set_num_threads(1)
def step():
    kept = [torch.ones(10 << 20) for _ in range(4)]  # blocks that glibc never keeps by itself
for _ in range(8):  # the heap grows until its gaps fit
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(switch: str) -> tuple[bool, int]:
    """Whether memory was kept, and the page faults of filling 160 MB five times."""
    lines = subprocess.run(
        [sys.executable, '-c', PAGE_FAULTS], capture_output=True, text=True, check=True,
        cwd=PROJECT_ROOT,
        # Settings of the C library in the caller's environment would decide the outcome.
        env={k: v for k, v in os.environ.items() if not k.startswith('MALLOC_')}
        | {'MDP_KEEP_FREED_MEMORY': switch, 'OMP_NUM_THREADS': '1'},
    ).stdout.split()  # fmt: skip
    return lines[-2] == 'True', int(lines[-1])


@pytest.mark.skipif(
    platform.libc_ver()[0] != 'glibc' or torch.cuda.is_available(), reason='glibc without CUDA'
)
def test_freed_memory_is_kept_unless_switched_off():
    kept, few = page_faults('1')
    switched_off, many = page_faults('0')
    assert kept and not switched_off
    assert 4 * few < many

"""The ablation driver: real trainings, resumable, tabulated."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from command_server import command_server
from mmengine.config import Config
from tiny_training import PROJECT_ROOT, run_tool, write_config, write_dataset

TOOL = 'tools/analysis_tools/ablate.py'


@pytest.fixture
def python(tmp_path: Path) -> Iterator[Path]:
    """An interpreter that has imported the host already; the driver starts a process a run."""
    with command_server(tmp_path / 'server', PROJECT_ROOT, ()) as binaries:
        yield binaries / 'python'


def test_runs_each_variant_once_and_tabulates(tmp_path: Path, python: Path) -> None:
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'))
    other = tmp_path / 'other.py'
    other.write_text(f'_base_ = {str(config)!r}\ndefault_hooks = dict(logger=dict(interval=3))\n')
    experiment = tmp_path / 'heads.yaml'
    experiment.write_text(
        f'config: {config}\n'
        f'test_config: {config}\n'
        'options: {train_cfg.max_epochs: 1}\n'
        'variants:\n'
        '  baseline: {}\n'
        '  shuffled: {model.decode_head.upscale: 2}\n'
        f'  same: {{config: {other}, test_config: {other}}}\n'
    )
    work_dir = tmp_path / 'runs'
    arguments = (experiment, '--work-dir', work_dir)
    only = ('--only', 'shuffled', 'same', '--shard', '0/2')
    run_tool(TOOL, *arguments, *only, cwd=tmp_path, python=python)
    results = tmp_path / 'heads.jsonl'
    (shuffled,) = (json.loads(line) for line in results.read_text().splitlines())
    assert shuffled['variant'] == 'shuffled'
    assert shuffled['options']['model.decode_head.upscale'] == 2
    assert shuffled['num_images'] == 8

    table = run_tool(TOOL, *arguments, cwd=tmp_path, python=python)
    records = [json.loads(line) for line in results.read_text().splitlines()]
    assert [record['variant'] for record in records] == ['shuffled', 'baseline', 'same']
    assert [record['config'] for record in records] == [str(config), str(config), str(other)]
    assert [sorted(record['options']) for record in records[1:]] == [
        ['randomness.seed', 'train_cfg.max_epochs']
    ] * 2
    written = work_dir / 'heads/same_seed0/other.py'
    assert Config.fromfile(written).default_hooks.logger.interval == 3
    assert records[2]['nIoU'] == records[1]['nIoU']  # what the other config changes is no figure
    assert [folder.name for folder in sorted((work_dir / 'heads').iterdir())] == [
        'baseline_seed0',
        'same_seed0',
        'shuffled_seed0',
    ]
    rows = [line for line in table.splitlines() if line.startswith('|')]
    for record in records:
        # The same images are val and test here, and the same weights are measured on both.
        assert record['test']['nIoU'] == pytest.approx(record['nIoU'])
        lines = [row for row in rows if record['variant'] in row]
        assert len(lines) == 2
        for line in lines:
            assert line.count(f'{record["nIoU"]:.2f}') == 2  # the mean, and the one seed
    assert (tmp_path / 'heads.md').read_text().strip() in table
    assert cv2.imread(str(tmp_path / 'heads.png')).std() > 1


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('variants: {a: {}}', 'missing config'),
        ('{config: configs/none.py, variants: {a: {}}}', 'no config configs/none.py'),
        (
            '{config: configs/mdpnet/mdpnet-base_sirst-320x320.py, '
            'variants: {a: {config: configs/none.py}}}',
            'no config configs/none.py',
        ),
        (
            '{config: configs/mdpnet/mdpnet-base_sirst-320x320.py, variants: {a: {}}}',
            'no variant other',
        ),
    ],
)
def test_a_wrong_experiment_is_refused(tmp_path: Path, text: str, message: str) -> None:
    experiment = tmp_path / 'wrong.yaml'
    experiment.write_text(text)
    with pytest.raises(AssertionError, match=message):
        run_tool(TOOL, experiment, '--only', 'other', cwd=tmp_path)

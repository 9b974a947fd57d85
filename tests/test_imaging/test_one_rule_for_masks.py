"""Masks of every kind are the same pixels through every door: training, testing and commands."""

import csv
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS
from PIL import Image
from tiny_training import run_tool

from mdp_plugin.cli import main

TRUTH = np.zeros((48, 64), bool)
TRUTH[10:14, 20:24] = True
RIM = np.zeros_like(TRUTH)
RIM[9:15, 19:25] = True
LOADING = ('LoadImageFromFile', 'LoadAnnotations', 'ToGrayscale', 'BinarizeMask', 'PackSegInputs')


def _grey(target: int, rim: int = 0, kind: type = np.uint8) -> np.ndarray:
    """A mask of grey levels, with a rim that is no target."""
    return np.where(TRUTH, target, np.where(RIM, rim, 0)).astype(kind)


def _colour(channel: int, rim: int = 0) -> np.ndarray:
    """A mask of which one colour channel is set."""
    return np.dstack([_grey(255, rim) if c == channel else _grey(0) for c in range(3)])


def _palette() -> Image.Image:
    """A mask of palette indices, 1 being dark red."""
    image = Image.fromarray(_grey(1), mode='P')
    image.putpalette([0, 0, 0, 128, 0, 0])
    return image


def masks() -> dict[str, Image.Image]:
    """One mask of each kind of file that data sets come with."""
    white = Image.fromarray(_grey(255))
    arrays = {
        'ones': _grey(1),
        'grey_rims': _grey(255, 90),
        'grey_target': _grey(180, 90),
        'deep': _grey(65535, kind=np.uint16),
        'deep_of_256': _grey(256, kind=np.uint16),
        'deep_of_12_bit': _grey(4095, 1000, np.uint16),
        'deep_of_8_bit': _grey(255, 90, np.uint16),
        'deep_rims': _grey(65535, 20000, np.uint16),
        'red': _colour(0),
        'green': _colour(1),
        'blue': _colour(2),
        'red_rims': _colour(0, 90),
    }
    return {
        **{name: Image.fromarray(array) for name, array in arrays.items()},
        **{f'mode_{mode}': white.convert(mode) for mode in ('1', 'L', 'RGB', 'RGBA', 'LA')},
        'palette': _palette(),
    }


@pytest.fixture(scope='module')
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, masks of all kinds, and predictions that are perfect if these are understood."""
    root = tmp_path_factory.mktemp('kinds')
    for folder in ('images', 'masks', 'predictions', 'probabilities'):
        (root / folder).mkdir()
    image = np.random.default_rng(0).integers(40, 60, TRUTH.shape).astype(np.uint8) + 100 * TRUTH
    for name, mask in masks().items():
        cv2.imwrite(str(root / f'images/{name}.png'), image)
        mask.save(root / f'masks/{name}.png')
        np.save(root / f'predictions/{name}.npy', TRUTH.astype(np.float32))
        cv2.imwrite(str(root / f'probabilities/{name}.png'), TRUTH * np.uint16(65535))
    return root


def _loaded(dataset: dict, root: Path) -> dict[str, np.ndarray]:
    """Masks as a data set of a config hands them on."""
    pipeline = [step for step in dataset.pipeline if step['type'] in LOADING]
    settings = {
        **dataset, 'data_root': str(root), 'ann_file': '', 'disjoint_from': [],
        'seg_map_suffix': '.png', 'pipeline': pipeline,
    }  # fmt: skip
    samples = [item['data_samples'] for item in DATASETS.build(settings)]
    return {Path(s.img_path).stem: s.gt_sem_seg.data.squeeze(0).numpy() for s in samples}


@pytest.mark.parametrize('loader', ['train_dataloader', 'test_dataloader'])
@pytest.mark.parametrize('cached', [True, False])
def test_training_and_testing(folders, project_root, loader, cached):
    cfg = Config.fromfile(project_root / 'configs/mdpnet/mdpnet-fine_sirst-320x320.py')
    cfg[loader].dataset.cache_images = cached
    found = _loaded(cfg[loader].dataset, folders)
    wrong = [name for name in masks() if not np.array_equal(found[name], TRUTH)]
    assert not wrong and len(found) == len(masks())


def test_evaluate(folders, tmp_path):
    arguments = [str(folders / 'predictions'), str(folders / 'masks'), '--out', str(tmp_path)]
    assert main(['evaluate', *arguments, '--no-curves']) == 0
    figures = json.loads((tmp_path / 'figures.json').read_text())['figures']
    assert (figures['IoU'], figures['nIoU'], figures['Pd'], figures['Fa']) == (100, 100, 100, 0)
    assert figures['num_targets'] == len(masks())


def test_report(folders, tmp_path):
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    out = tmp_path / 'report.html'
    assert main(['report', str(folders / 'predictions'), *arguments, '--out', str(out)]) == 0
    with out.with_suffix('.csv').open() as file:
        row = next(csv.DictReader(file))
    assert (row['IoU'], row['nIoU'], row['Fa']) == ('100.00', '100.00', '0.00')
    assert row['num_targets'] == str(len(masks()))


def test_statistics(folders, tmp_path):
    output = run_tool('tools/analysis_tools/dataset_statistics.py', folders, cwd=tmp_path)
    assert f'{len(masks())} images, {len(masks())} targets' in output
    assert re.search(r'target area, px( +16\.00){5}', output)


def test_benchmark_of_the_metric(folders, tmp_path):
    output = run_tool(
        'tools/analysis_tools/benchmark_metric.py', folders / 'masks',
        '--predictions', folders / 'probabilities', cwd=tmp_path,
    )  # fmt: skip
    for figure in ('IoU', 'nIoU', 'Pd'):
        assert re.search(rf' {figure} \|\s+100\.00 ', output), figure

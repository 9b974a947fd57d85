"""Every dataset config reads its data set in the layout in which the authors distribute it."""

import re

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmseg.registry import DATASETS, MODELS

from mdp_plugin.datasets.dataset_config import parts_of
from mdp_plugin.engine.tool_config import network_size

# What the authors' archives hold: for each split the list file with its line end, the names and
# the places of image and mask. Names of NUDT-SIRST are those of the project's own val list.
LAYOUTS = {
    'sirst': dict(
        root='SIRST',
        files=('images/{}.png', 'masks/{}_pixels0.png'),
        lists={
            'idx_427/train.txt': ['Misc_1', 'Misc_2'],
            'idx_427/val.txt': ['Misc_3'],
            'idx_427/test.txt': ['Misc_4'],
        },
        sizes=(2, 1, 1),
    ),
    'sirst_idx_320': dict(
        root='SIRST',
        files=('images/{}.png', 'masks/{}_pixels0.png'),
        lists={
            'idx_320/train.txt': ['Misc_1', 'Misc_2'],
            'idx_320/val.txt': ['Misc_3'],
            'idx_320/test.txt': ['Misc_4'],
        },
        sizes=(2, 1, 1),
    ),
    'sirst_50_50': dict(
        root='SIRST',
        files=('images/{}.png', 'masks/{}_pixels0.png'),
        lists={
            '50_50/train.txt': [f'Misc_{i}' for i in range(10)],
            '50_50/test.txt': ['Misc_10', 'Misc_11'],
        },
        end='\r\n',
        sizes=(8, 2, 2),
    ),
    'nuaa_sirst': dict(
        root='NUAA-SIRST',
        files=('images/{}.png', 'masks/{}.png'),
        lists={
            '50_50/train.txt': [f'Misc_{i}' for i in range(10)],
            '50_50/test.txt': ['Misc_10', 'Misc_11'],
        },
        end='\r\n',
        sizes=(8, 2, 2),
    ),
    'nudt_sirst': dict(
        root='NUDT-SIRST',
        files=('images/{}.png', 'masks/{}.png'),
        lists={'50_50/test.txt': ['x000001', 'x000002']},
        end='\r\n',
        sizes=(530, 133, 2),
    ),
    'general': dict(parts=('sirst', 'nudt_sirst'), sizes=(2 + 530, 1 + 133, 1)),
    'cameras': dict(
        parts=('sirst', 'nudt_sirst', 'new_sirst_v2', 'cluttered'),
        sizes=(2 * (2 + 530 + 169) + 2, 1 + 133, 63),
    ),
    'irstd1k': dict(
        root='IRSTD-1k',
        files=('IRSTD1k_Img/{}.png', 'IRSTD1k_Label/{}.png'),
        lists={
            'trainval.txt': [f'XDU{i}' for i in range(10)],
            'test.txt': ['XDU10', 'XDU11', 'XDU12'],
        },
        sizes=(8, 2, 3),
    ),
    'basicirstd': dict(
        root='NUAA-SIRST',
        files=('images/{}.png', 'masks/{}.png'),
        lists={
            'img_idx/train_NUAA-SIRST.txt': [f'Misc_{i}' for i in range(10)],
            'img_idx/test_NUAA-SIRST.txt': ['Misc_10'],
        },
        sizes=(8, 2, 1),
    ),
    'sirst_v2': dict(
        root='SIRST-V2',
        files=('mixed/{}.png', 'annotations/masks/{}_pixels0.png'),
        lists={
            'splits/train_full.txt': ['Misc_1', 'GAODE_6'],
            'splits/val_full.txt': ['TH0517_1'],
            'splits/test_full.txt': ['202105-Enhance-1'],
        },
        sizes=(2, 1, 1),
    ),
    'nust_sirst': dict(
        root='NUST-SIRST',
        files=('images/{}.png', 'masks/{}.png'),
        lists={
            '10000_100/train.txt': [f'{i:06d}_1' for i in range(10)],
            '10000_100/test.txt': ['010000_1'],
        },
        sizes=(8, 2, 1),
    ),
    'mdvsfa': dict(
        root='MDvsFA',
        pairs=[
            *((f'training_data/{i:06d}_1.png', f'training_data/{i:06d}_2.png') for i in range(10)),
            ('test_single_frame/00000.png', 'test_single_frame_gt/00000.png'),
        ],
        sizes=(8, 2, 1),
    ),
    'irst640': dict(
        root='IRST640',
        files=('images/{}.bmp', 'masks/{}.bmp'),
        lists={'trainval.txt': [str(i) for i in range(10)], 'test.txt': ['10', '11']},
        sizes=(8, 2, 2),
    ),
    'folder': dict(
        root='my_dataset',
        pairs=[
            ('train/images/a.tif', 'train/masks/a.png'),
            ('train/images/b.jpg', 'train/masks/b.bmp'),
            ('val/images/c.bmp', 'val/masks/c.png'),
            ('test/images/d.png', 'test/masks/d.png'),
        ],
        sizes=(2, 1, 1),
    ),
    'synthetic': dict(
        root='synthetic',
        files=('images/{}.png', 'masks/{}_pixels0.png'),
        lists={
            'idx/train.txt': ['synthetic_000001', 'synthetic_000002'],
            'idx/val.txt': ['synthetic_000003'],
            'idx/test.txt': ['synthetic_000004'],
        },
        sizes=(2, 1, 1),
    ),
}
# Data sets that have no config of their own.
PARTS = {
    'new_sirst_v2': dict(
        root='SIRST-V2', files=('mixed/{}.png', 'annotations/masks/{}_pixels0.png')
    ),
    'cluttered': dict(LAYOUTS['synthetic'], root='synthetic-cluttered'),
}
# Lists of the project's own.
OWN_LISTS = {'nudt_sirst': 'nudt-sirst', 'new_sirst_v2': 'sirst-v2'}
SHAPE = (24, 30)


def test_every_dataset_config_has_a_layout(project_root):
    names = {path.stem for path in (project_root / 'configs/_base_/datasets').glob('*.py')}
    assert names - {'base'} == set(LAYOUTS)  # what they share has no layout


@pytest.fixture
def laid_out(tmp_path, monkeypatch, project_root):
    """Function that writes a data set in its layout and returns its config."""

    mask = np.zeros(SHAPE, np.uint8)
    mask[8:11, 12:16] = 255
    encoded = {}

    def write(name: str) -> None:
        layout = (LAYOUTS | PARTS)[name]
        root = tmp_path / layout['root']
        pairs = list(layout.get('pairs', ()))
        for file, names in layout.get('lists', {}).items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((layout.get('end', '\n').join(names)).encode())
            pairs += [tuple(place.format(n) for place in layout['files']) for n in names]
        if name in OWN_LISTS:
            for part in ('train', 'val'):
                file = f'{OWN_LISTS[name]}_{part}.txt'
                splits = project_root / 'configs/_base_/datasets/splits' / file
                names = splits.read_text().split()
                pairs += [tuple(place.format(n) for place in layout['files']) for n in names]
        for pair in pairs:
            for place, array in zip(pair, (mask // 2 + 40, mask)):
                path = root / place
                path.parent.mkdir(parents=True, exist_ok=True)
                key = (path.suffix, array.max())
                if key not in encoded:
                    encoded[key] = cv2.imencode(path.suffix, array)[1].tobytes()
                path.write_bytes(encoded[key])

    def lay_out(name: str) -> Config:
        for part in LAYOUTS[name].get('parts', (name,)):
            write(part)
        monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
        # Configs must not depend on the working directory.
        monkeypatch.chdir(tmp_path)
        return Config.fromfile(project_root / f'configs/_base_/datasets/{name}.py')

    return lay_out


@pytest.mark.parametrize('name', LAYOUTS)
def test_config_reads_its_layout(name, laid_out):
    cfg = laid_out(name)
    size = network_size(cfg) or SHAPE
    loaders = (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader)
    datasets = [DATASETS.build(loader.dataset) for loader in loaders]
    assert tuple(len(dataset) for dataset in datasets) == LAYOUTS[name]['sizes']

    train, val, test = (dataset[0] for dataset in datasets)
    cut = any(step['type'] == 'RandomTargetCrop' for step in cfg.train_pipeline)
    shown = tuple(cfg.crop_size) if cut else SHAPE  # whole images, of their own size
    assert train['inputs'].shape in ((1, *shown), (1, *shown[::-1]))  # quarter turns
    assert train['data_samples'].gt_sem_seg.shape == train['inputs'].shape[1:]
    for sample in (val, test):
        assert sample['inputs'].shape == (1, *size) and sample['inputs'].dtype == torch.float32
        assert sample['data_samples'].ori_shape == SHAPE
        truth = sample['data_samples'].gt_sem_seg.data[0]
        assert truth.shape == SHAPE and truth[8:11, 12:16].all() and truth.sum() == 12

    # The batch passes the preprocessor, which brings grey levels to the order of one.
    batch = MODELS.build(cfg.data_preprocessor)(pseudo_collate([train]), training=True)
    assert batch['inputs'].shape == (1, 1, *cfg.crop_size)
    expected = (train['inputs'].float() - cfg.data_preprocessor.mean[0]) / (
        cfg.data_preprocessor.std[0]
    )
    height, width = expected.shape[1:]  # padding stands right and below
    torch.testing.assert_close(batch['inputs'][0, :, :height, :width], expected)


@pytest.mark.parametrize('name', LAYOUTS)
def test_loaders_follow_the_conventions(name, project_root):
    cfg = Config.fromfile(project_root / f'configs/_base_/datasets/{name}.py')
    # One dict, not a list: what `tools/test.py --out` asks for.
    assert cfg.val_evaluator['type'] == cfg.test_evaluator['type'] == 'IRSTDMetric'
    assert len(cfg.data_preprocessor.mean) == len(cfg.data_preprocessor.std) == 1
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        assert loader.num_workers > 0 and loader.persistent_workers
        assert loader.sampler.shuffle == (split == 'train')
        # Images of different sizes cannot share a batch in testing.
        assert loader.batch_size > 1 if split == 'train' else loader.batch_size == 1
        for part in parts_of(loader.dataset):
            # MMSegInferencer knows the loading steps by these names.
            assert part.pipeline[0]['type'] == 'LoadImageFromFile'
            assert part.pipeline[-1]['type'] == 'PackSegInputs'


def test_square_protocol_scores_on_the_network_grid(laid_out):
    cfg = laid_out('sirst')
    dataset = DATASETS.build({**cfg.test_dataloader.dataset, 'pipeline': cfg.test_pipeline_square})
    sample = dataset[0]
    assert sample['inputs'].shape == (1, 320, 320)
    assert sample['data_samples'].ori_shape == sample['data_samples'].img_shape == (320, 320)
    truth = sample['data_samples'].gt_sem_seg.data[0]
    assert truth.shape == (320, 320)
    # 3 of 24 rows and 4 of 30 columns.
    assert truth.sum() == pytest.approx(12 * 320 * 320 / 720, rel=0.05)


@pytest.mark.parametrize(
    'name, shape',
    [
        ('_base_/datasets/sirst.py', SHAPE),
        ('mdpnet/mdpnet-fine_square_sirst-320x320.py', (320, 320)),
    ],
)
def test_tta_views_hold_one_truth(name, shape, laid_out, project_root):
    loader = laid_out('sirst').test_dataloader
    cfg = Config.fromfile(project_root / 'configs' / name)
    sample = DATASETS.build({**loader.dataset, 'pipeline': cfg.tta_pipeline})[0]
    plain, horizontal, vertical = sample['inputs']
    torch.testing.assert_close(horizontal, plain.flip(2))
    torch.testing.assert_close(vertical, plain.flip(1))
    flips = [s.metainfo['flip_direction'] for s in sample['data_samples']]
    assert flips == [None, 'horizontal', 'vertical']
    # On the size where the config is tested without views, too.
    tested = DATASETS.build({**loader.dataset, 'pipeline': cfg.test_dataloader.dataset.pipeline})[0]
    torch.testing.assert_close(plain, tested['inputs'])
    truth = tested['data_samples'].gt_sem_seg.data
    assert truth.shape[1:] == shape and truth.any()
    for view in sample['data_samples']:
        assert view.ori_shape == shape
        torch.testing.assert_close(view.gt_sem_seg.data, truth)


def test_nudt_lists_are_a_partition_of_the_real_training_split(nudt_sirst_root, project_root):
    splits = project_root / 'configs/_base_/datasets/splits'
    train = (splits / 'nudt-sirst_train.txt').read_text().split()
    val = (splits / 'nudt-sirst_val.txt').read_text().split()
    real = (nudt_sirst_root / '50_50/train.txt').read_text().split()
    assert (len(train), len(val)) == (530, 133)
    assert sorted(train + val) == sorted(real)


def test_sirst_v2_lists_share_no_series_and_exist(project_root, sirst_v2_root):
    splits = project_root / 'configs/_base_/datasets/splits'
    train = (splits / 'sirst-v2_train.txt').read_text().split()
    val = (splits / 'sirst-v2_val.txt').read_text().split()
    assert (len(train), len(val)) == (169, 63)
    series = [{re.sub(r'[-_]?\d+$', '', name) for name in names} for names in (train, val)]
    assert not series[0] & series[1]
    frames = {path.stem for path in (sirst_v2_root / 'mixed').glob('*.png')}
    assert set(train) | set(val) <= frames

"""Data sets on disk."""

import json

import cv2
import numpy as np
import pytest
from mmseg.registry import DATASETS

from mdp_plugin.synthesis import DatasetWriter, SceneGenerator, SceneSettings, TargetSettings

SETTINGS = SceneSettings(size=(64, 80))


def _writer(root, num=10, seed=0, settings=SETTINGS, **kwargs):
    return DatasetWriter(root, settings, num, seed, **kwargs)


def _stamps(root):
    return {p: p.stat().st_mtime_ns for p in sorted(root.glob('*/*.png'))}


def test_files_hold_what_the_generator_makes(tmp_path):
    assert _writer(tmp_path, seed=4).write() == 10
    scene = SceneGenerator(SETTINGS, seed=4)(7)
    image = cv2.imread(str(tmp_path / 'images/synthetic_000007.png'), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(tmp_path / 'masks/synthetic_000007_pixels0.png'), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(image, scene.image)
    assert np.array_equal(mask, scene.mask)


def test_sixteen_bit_files_keep_their_depth(tmp_path):
    settings = SceneSettings(size=(64, 64), bit_depth=16)
    _writer(tmp_path, num=3, settings=settings).write()
    image = cv2.imread(str(tmp_path / 'images/synthetic_000000.png'), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint16
    assert image.max() > 255
    assert len(np.unique(image)) > 256
    assert json.loads((tmp_path / 'synthetic.json').read_text())['white_level'] == 16383


def test_splits_are_disjoint_complete_and_in_proportion(tmp_path):
    _writer(tmp_path, num=30).write()
    splits = {
        name: (tmp_path / f'idx/{name}.txt').read_text().splitlines()
        for name in ('train', 'val', 'test')
    }
    assert [len(v) for v in splits.values()] == [18, 6, 6]
    everything = sum(splits.values(), [])
    assert sorted(everything) == sorted(p.stem for p in (tmp_path / 'images').glob('*.png'))
    assert len(set(everything)) == 30


@pytest.mark.parametrize('fractions', [(0.6, 0.2, 0.2), (8, 1, 1), (0.98, 0.01, 0.01)])
def test_a_larger_data_set_keeps_every_image_in_its_split(tmp_path, fractions):
    small = _writer(tmp_path, num=5, fractions=fractions).split_names()
    large = _writer(tmp_path, num=200, fractions=fractions).split_names()
    for split, names in small.items():
        assert names and large[split][: len(names)] == names
    assert len(large['train']) == pytest.approx(200 * fractions[0] / sum(fractions), abs=2)


def test_second_run_reuses_everything(tmp_path):
    _writer(tmp_path).write()
    before = _stamps(tmp_path)
    assert len(before) == 20
    assert _writer(tmp_path).write() == 0
    assert _stamps(tmp_path) == before


def test_interrupted_run_is_continued(tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 4:
            raise Stop

    with pytest.raises(Stop):
        _writer(tmp_path).write(progress=stop)
    assert not (tmp_path / 'idx/train.txt').exists()
    before = _stamps(tmp_path)
    assert _writer(tmp_path).write() == 6
    after = _stamps(tmp_path)
    assert {p: after[p] for p in before} == before
    assert len(after) == 20
    assert not list(tmp_path.rglob('*.part'))


def test_lost_file_is_made_again(tmp_path):
    _writer(tmp_path).write()
    lost = tmp_path / 'masks/synthetic_000003_pixels0.png'
    content = lost.read_bytes()
    lost.unlink()
    assert _writer(tmp_path).write() == 1
    assert lost.read_bytes() == content


def test_more_images_are_added(tmp_path):
    _writer(tmp_path, num=5).write()
    before = _stamps(tmp_path)
    assert _writer(tmp_path, num=9).write() == 4
    assert {p: _stamps(tmp_path)[p] for p in before} == before


@pytest.mark.parametrize(
    ('change', 'key'),
    [
        (dict(seed=1), 'seed'),
        (dict(num=5), 'num'),
        (dict(fractions=(8, 1, 1)), 'fractions'),
        (dict(settings=SceneSettings(size=(64, 96))), 'scene.size'),
        (
            dict(settings=SceneSettings(size=(64, 80), targets=TargetSettings(count=(0, 1)))),
            'scene.targets.count',
        ),
    ],
)
def test_other_settings_are_refused_unless_overwriting(tmp_path, change, key):
    _writer(tmp_path).write()
    before = _stamps(tmp_path)
    with pytest.raises(FileExistsError, match=rf'{key} is .* there and .* here.*--overwrite'):
        _writer(tmp_path, **change).write()
    assert _stamps(tmp_path) == before
    writer = _writer(tmp_path, **change)
    assert writer.write(overwrite=True) == writer.num
    assert len(_stamps(tmp_path)) == 2 * writer.num


def test_foreign_folder_is_refused_and_foreign_files_survive(tmp_path):
    (tmp_path / 'images').mkdir()
    foreign = tmp_path / 'images/holiday.png'
    foreign.write_bytes(b'mine')
    with pytest.raises(FileExistsError, match='not made by this generator'):
        _writer(tmp_path).write()
    _writer(tmp_path).write(overwrite=True)
    assert foreign.read_bytes() == b'mine'


def test_broken_settings_file_counts_as_other_settings(tmp_path):
    _writer(tmp_path).write()
    (tmp_path / 'synthetic.json').write_text('{"generator": ')
    with pytest.raises(FileExistsError, match='other data'):
        _writer(tmp_path).write()


def test_a_folder_of_an_older_version_is_continued(tmp_path):
    """Its settings file lacks the fields that came later; their defaults draw the same."""
    _writer(tmp_path, num=4).write()
    before = _stamps(tmp_path)
    settings = json.loads((tmp_path / 'synthetic.json').read_text())
    for part, names in (
        ('targets', ('empty_share', 'least_scr')),
        ('distractors', ('clouds', 'lamps', 'marks')),
        ('sensor', ('blinking', 'sharpening')),
    ):
        for name in names:
            del settings['scene'][part][name]
    (tmp_path / 'synthetic.json').write_text(json.dumps(settings))
    assert _writer(tmp_path, num=6).write() == 2
    assert {path: _stamps(tmp_path)[path] for path in before} == before
    cluttered = SceneSettings.preset('cluttered', size=(64, 80))
    with pytest.raises(FileExistsError, match=r'scene\.\S+ is .* there and .* here'):
        _writer(tmp_path, settings=cluttered).write()


def test_progress_is_reported(tmp_path):
    seen = []
    _writer(tmp_path, num=4).write(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(num=2), 'num must'),
        (dict(num=10.0), 'num must'),
        (dict(fractions=(1, 0, 0)), 'fractions must'),
        (dict(fractions=(1, 1)), 'fractions must'),
        (dict(seed=-3), 'seed must'),
    ],
)
def test_bad_arguments_are_refused(tmp_path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        _writer(tmp_path, **kwargs)


@pytest.mark.parametrize('bit_depth', [8, 16])
def test_dataset_class_reads_the_layout(tmp_path, bit_depth):
    settings = SceneSettings(size=(64, 80), bit_depth=bit_depth)
    _writer(tmp_path, settings=settings).write()
    dataset = DATASETS.build(
        dict(
            type='IRSTDDataset',
            data_root=str(tmp_path),
            ann_file='idx/train.txt',
            data_prefix=dict(img_path='images/', seg_map_path='masks/'),
            img_suffix='.png',
            seg_map_suffix='_pixels0.png',
            disjoint_from=['idx/val.txt', 'idx/test.txt'],
            pipeline=[
                dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
                dict(type='LoadAnnotations', imdecode_backend='cv2'),
                dict(type='ToGrayscale', white_level=settings.white_level),
                dict(type='BinarizeMask'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    assert len(dataset) == 6
    sample = dataset[0]
    scene = SceneGenerator(settings)(int(sample['data_samples'].img_path[-10:-4]))
    levels = scene.image * (255 / settings.white_level)
    assert np.abs(sample['inputs'][0].numpy() - levels).max() < 1e-2
    assert np.array_equal(sample['data_samples'].gt_sem_seg.data[0].numpy(), scene.mask // 255)

import hashlib

import cv2
import numpy as np
import pytest
from mmengine.dataset import DefaultSampler, pseudo_collate
from mmseg.registry import DATASETS
from torch.utils.data import DataLoader

from mdp_plugin.datasets.cached_loader import CachedLoader
from mdp_plugin.detection.sources import find_sources
from mdp_plugin.imaging.picture_files import IMAGE_SUFFIXES

LOAD = [
    dict(type='LoadImageFromFile', color_type='unchanged', imdecode_backend='cv2'),
    dict(type='LoadAnnotations', imdecode_backend='cv2'),
    dict(type='ToGrayscale'),
    dict(type='BinarizeMask'),
]


def build(**kwargs):
    cfg = dict(
        type='IRSTDDataset',
        data_root='data/SIRST',
        ann_file='idx/train.txt',
        data_prefix=dict(img_path='images/', seg_map_path='masks/'),
        seg_map_suffix='_pixels0.png',
        pipeline=LOAD,
    )
    return DATASETS.build({**cfg, **kwargs})


def test_images_come_in_the_order_of_the_split(sirst_like):
    (sirst_like / 'idx/train.txt').write_text('Misc_3\nMisc_0\nMisc_2')
    dataset = build()
    assert [item['img'].max() for item in dataset] == [203, 200, 202]
    assert dataset.metainfo['classes'] == ('background', 'target')
    for item in dataset:
        assert item['gt_seg_map'].sum() == 12
        assert item['img'][item['gt_seg_map'] == 1].min() >= 200


@pytest.mark.parametrize(
    'content',
    [
        b'Misc_0\r\nMisc_1\r\n',
        b'Misc_0\n\n  Misc_1  \n\n',
        b'Misc_0.png\nMisc_1.PNG',
        b'\xef\xbb\xbfMisc_0\nMisc_1',
    ],
    ids=['crlf', 'blanks', 'suffix', 'bom'],
)
def test_line_ends_blanks_suffixes_and_marks_do_not_matter(sirst_like, content):
    (sirst_like / 'idx/train.txt').write_bytes(content)
    assert [item['img'].max() for item in build()] == [200, 201]


def test_names_may_hold_dots(sirst_like, write_image):
    write_image(sirst_like / 'images/a.b.png', np.zeros((8, 8), np.uint8))
    write_image(sirst_like / 'masks/a.b_pixels0.png', np.zeros((8, 8), np.uint8))
    (sirst_like / 'idx/train.txt').write_text('a.b\n')
    assert len(build()) == 1


def test_a_folder_needs_no_split_file(tmp_path, write_image):
    blank = np.zeros((8, 8), np.uint8)
    for name in ('b.bmp', 'a.png', 'sub/c.tif', 'd.jpg'):
        write_image(tmp_path / 'images' / name, blank)
        write_image((tmp_path / 'masks' / name).with_suffix('.png'), blank)
    (tmp_path / 'images/readme.txt').write_text('no image')
    dataset = build(data_root=str(tmp_path), ann_file='', img_suffix='auto', seg_map_suffix='auto')
    names = [dataset.get_data_info(i)['img_path'].split('images/')[1] for i in range(4)]
    assert names == ['a.png', 'b.bmp', 'd.jpg', 'sub/c.tif'] and len(dataset) == 4


@pytest.mark.parametrize('suffix', [*IMAGE_SUFFIXES, '.PNG', '.Tif', '.PGM'])
def test_all_pictures_that_detect_finds_are_found(tmp_path, write_image, suffix):
    grey = np.zeros((8, 8), np.uint8)
    image = write_image(tmp_path / f'images/one{suffix}', grey)
    write_image(tmp_path / f'masks/one_mask{suffix}', grey)
    assert [source.path for source in find_sources([str(tmp_path / 'images')])] == [image]
    settings = dict(data_root=str(tmp_path), seg_map_suffix=f'_mask{suffix.lower()}')
    for split in ('', 'split.txt'):
        (tmp_path / 'split.txt').write_text(f'one{suffix}\n')
        dataset = build(ann_file=split, img_suffix='auto', **settings)
        assert dataset.get_data_info(0)['img_path'] == str(image)
        assert dataset[0]['img'].shape == (8, 8)


def test_masks_may_lie_beside_their_images(tmp_path, write_image):
    for index in range(3):
        write_image(tmp_path / f't/00000{index}_1.png', np.full((8, 8, 4), 9, np.uint8))
        write_image(tmp_path / f't/00000{index}_2.png', np.eye(8, dtype=np.uint8) * 255)
    dataset = build(
        data_root=str(tmp_path),
        ann_file='',
        data_prefix=dict(img_path='t/', seg_map_path='t/'),
        img_suffix='_1.png',
        seg_map_suffix='_2.png',
    )
    assert len(dataset) == 3
    assert all(item['gt_seg_map'].sum() == 8 and (item['img'] == 9).all() for item in dataset)


def test_of_several_suffixes_the_first_that_exists_counts(sirst_like, write_image):
    write_image(sirst_like / 'images/Misc_0.bmp', np.full((40, 48), 7, np.uint8))
    (sirst_like / 'idx/train.txt').write_text('Misc_0\nMisc_1\n')
    dataset = build(img_suffix=('.bmp', '.png'))
    assert [item['img'].max() for item in dataset] == [7, 201]


def test_a_data_set_may_have_no_masks(sirst_like):
    dataset = build(data_prefix=dict(img_path='images/'), pipeline=LOAD[:1])
    assert len(dataset) == 4 and 'seg_map_path' not in dataset[0]


def test_meta_information_needs_no_data(tmp_path, monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    dataset = build(data_root='data/NoSuchSet', lazy_init=True)
    assert dataset.metainfo['classes'] == ('background', 'target')
    with pytest.raises(FileNotFoundError, match='NoSuchSet'):
        dataset.full_init()


# What stops a training before it starts.


def test_missing_image(sirst_like):
    (sirst_like / 'images/Misc_2.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'train\.txt: 1 of 4 .*image.*Misc_2'):
        build()


def test_missing_mask(sirst_like):
    (sirst_like / 'masks/Misc_1_pixels0.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'train\.txt: 1 of 4 .*mask.*_pixels0.*Misc_1'):
        build()


def test_missing_split(sirst_like):
    with pytest.raises(FileNotFoundError, match=r'nothere\.txt is missing'):
        build(ann_file='idx/nothere.txt')


def test_missing_folder(sirst_like):
    with pytest.raises(FileNotFoundError, match=r'train\.txt needs the folder .*labels'):
        build(data_prefix=dict(img_path='images/', seg_map_path='labels/'))


@pytest.mark.parametrize('kind', ['images/Misc_1.png', 'masks/Misc_3_pixels0.png'])
def test_truncated_file(sirst_like, kind):
    path = sirst_like / kind
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(OSError, match=rf'train\.txt: 1 damaged.*{kind}.*truncated'):
        build()
    assert len(build(check_files=False)) == 4


@pytest.mark.parametrize('content', ['', '\n \n'])
def test_empty_split(sirst_like, content):
    (sirst_like / 'idx/train.txt').write_text(content)
    with pytest.raises(ValueError, match=r'train\.txt holds no name'):
        build()


def test_empty_folder(tmp_path):
    (tmp_path / 'images').mkdir()
    (tmp_path / 'masks').mkdir()
    with pytest.raises(ValueError, match='images.* holds no name'):
        build(data_root=str(tmp_path), ann_file='')


def test_name_listed_twice(sirst_like):
    (sirst_like / 'idx/train.txt').write_text('Misc_0\nMisc_1\nMisc_0.png\n')
    with pytest.raises(ValueError, match=r'train\.txt lists more than once: Misc_0'):
        build()


def test_overlapping_splits(sirst_like):
    splits = ['idx/val.txt', 'idx/test.txt']
    assert len(build(disjoint_from=splits)) == 4
    with (sirst_like / 'idx/test.txt').open('a') as file:
        file.write('\r\nMisc_2\r\n')
    with pytest.raises(ValueError, match=r'train\.txt shares 1 of 4 .*test\.txt: Misc_2'):
        build(disjoint_from=splits)


# A validation part of a split.


def test_parts_are_disjoint_complete_and_fixed(sirst_like, write_image):
    names = [f'n{i}' for i in range(20)]
    for name in names:
        write_image(sirst_like / f'images/{name}.png', np.zeros((4, 4), np.uint8))
        write_image(sirst_like / f'masks/{name}_pixels0.png', np.zeros((4, 4), np.uint8))

    def members(order, **kwargs):
        (sirst_like / 'idx/train.txt').write_text('\n'.join(order))
        dataset = build(**kwargs)
        return [
            dataset.get_data_info(i)['img_path'].rsplit('/')[-1][:-4] for i in range(len(dataset))
        ]

    val = members(names, part='val', val_fraction=0.25)
    train = members(names, part='train', val_fraction=0.25)
    assert len(val) == 5 and sorted(val + train) == sorted(names)
    assert set(members(names[::-1], part='val', val_fraction=0.25)) == set(val)
    digest = {name: hashlib.md5(name.encode()).hexdigest() for name in names}
    assert set(val) == set(sorted(names, key=digest.get)[:5])


@pytest.mark.parametrize('wrong', [dict(part='test'), dict(part='val', val_fraction=1.0)])
def test_wrong_parts_are_refused(sirst_like, wrong):
    with pytest.raises(ValueError, match='part|val_fraction'):
        build(**wrong)


# The cache.


def test_cached_samples_equal_loaded_ones_without_the_files(sirst_like):
    plain = [build()[i] for i in range(4)]
    dataset = build(cache_images=True)
    for path in sirst_like.rglob('*.png'):
        path.unlink()
    for epoch in range(2):
        for index, expected in enumerate(plain):
            item = dataset[index]
            assert item.keys() == expected.keys(), epoch
            assert item['seg_fields'] == ['gt_seg_map']
            for key in ('img_shape', 'ori_shape', 'img_path', 'seg_map_path'):
                assert item[key] == expected[key]
            np.testing.assert_array_equal(item['img'], expected['img'])
            np.testing.assert_array_equal(item['gt_seg_map'], expected['gt_seg_map'])


def test_changes_in_place_do_not_reach_the_cache(sirst_like):
    dataset = build(cache_images=True, pipeline=LOAD[:2])
    before = dataset[0]['img'].copy()
    item = dataset[0]
    item['img'][:] = 0
    item['gt_seg_map'][:] = 7
    np.testing.assert_array_equal(dataset[0]['img'], before)
    assert dataset[0]['gt_seg_map'].max() == 255


@pytest.mark.parametrize('num_workers', [0, 2])
def test_workers_read_the_cache_that_was_filled_before_them(sirst_like, num_workers):
    dataset = build(cache_images=True)
    assert [t.num_bytes for t in dataset.pipeline.transforms if isinstance(t, CachedLoader)] == [
        4 * 40 * 48,
        4 * 40 * 48,
    ]
    for path in sirst_like.rglob('*.png'):
        path.unlink()
    loader = DataLoader(
        dataset,
        batch_size=1,
        num_workers=num_workers,
        persistent_workers=num_workers > 0,
        sampler=DefaultSampler(dataset, shuffle=False),
        collate_fn=pseudo_collate,
    )
    for _ in range(2):
        assert [batch['img'][0].max() for batch in loader] == [200, 201, 202, 203]


# Real images.


def test_real_sirst(sirst_root, monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(sirst_root.parent))
    expected = dict(train=(256, None), val=(85, None), test=(86, 109))
    for split, (num_images, num_targets) in expected.items():
        dataset = build(ann_file=f'idx_427/{split}.txt')
        assert len(dataset) == num_images
        if num_targets is None:
            continue
        with pytest.warns(UserWarning, match='Misc_111') as caught:
            items = list(dataset) + list(dataset)
        assert len([w for w in caught if 'Misc_111' in str(w.message)]) == 1
        targets = 0
        for item in items[:num_images]:
            assert item['gt_seg_map'].shape == item['img'].shape == item['ori_shape']
            assert set(np.unique(item['gt_seg_map'])) == {0, 1}
            targets += cv2.connectedComponents(item['gt_seg_map'], connectivity=8)[0] - 1
        assert targets == num_targets


def test_real_nudt_sirst(nudt_sirst_root, monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(nudt_sirst_root.parent))
    dataset = build(data_root='data/NUDT-SIRST', ann_file='50_50/test.txt', seg_map_suffix='.png')
    assert len(dataset) == 664
    targets = sum(
        cv2.connectedComponents(item['gt_seg_map'], connectivity=8)[0] - 1 for item in dataset
    )
    assert targets == 945

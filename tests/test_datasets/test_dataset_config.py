"""Configs of one data set and of several."""

from mdp_plugin.datasets.dataset_config import parts_of, with_pipeline

ONE = dict(type='IRSTDDataset', data_root='a', pipeline=['old'])
OTHER = dict(type='IRSTDDataset', data_root='b', pipeline=['old'])
JOINED = dict(type='ConcatDataset', datasets=[ONE, OTHER])


def test_parts():
    assert parts_of(ONE) == [ONE]
    assert parts_of(JOINED) == [ONE, OTHER]
    repeated = dict(type='RepeatDataset', times=3, dataset=ONE)
    assert parts_of(repeated) == [ONE]
    assert parts_of(dict(JOINED, datasets=[repeated, OTHER])) == [ONE, OTHER]
    assert with_pipeline(repeated, ['new']) == {**ONE, 'pipeline': ['new']}


def test_every_part_gets_the_pipeline_and_the_original_stays():
    new = dict(pipeline=['new'], cache_images=False)
    assert with_pipeline(ONE, ['new'], cache_images=False) == {**ONE, **new}
    assert with_pipeline(JOINED, ['new'], cache_images=False) == {
        'type': 'ConcatDataset',
        'datasets': [{**ONE, **new}, {**OTHER, **new}],
    }
    assert ONE['pipeline'] == OTHER['pipeline'] == ['old'] and 'cache_images' not in ONE

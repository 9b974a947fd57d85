"""The protocol on arrays: its figures are the metric's, its counts survive the way to it."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from mmengine.evaluator.metric import _to_cpu
from pseudo_predictions import pseudo_prediction
from scipy.ndimage import gaussian_filter

from mdp_plugin import Protocol
from mdp_plugin.evaluation.counts import sum_counts
from mdp_plugin.evaluation.metrics import IRSTDMetric

LEGACY = ('dnanet_fa', 'acm_niou')


@pytest.fixture(scope='module')
def scenes():
    """Five images of different sizes with predictions, one of them without a target."""
    found = []
    for index in range(5):
        noise = np.random.default_rng(index).normal(size=(40 + index, 52))
        truth = gaussian_filter(noise, 1.2) > (0.5 if index != 3 else 9)
        found.append((pseudo_prediction(truth, index), truth))
    return found


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'eval_size': (32, 48), 'legacy': LEGACY},
        {'threshold': 0.3, 'connectivity': 4, 'distance_thr': 2.0, 'matching': 'reference'},
        {'empty_image': 'skip', 'num_thresholds': 300},
        {'empty_image': 'zero', 'num_thresholds': None},
    ],
)
def test_figures_are_those_of_the_metric(scenes, options):
    protocol = Protocol(**options)
    counts = [protocol.count(*scene, f'{i}.png') for i, scene in enumerate(scenes)]
    thresholds = options.pop('num_thresholds', 200)
    metric = IRSTDMetric(**options, curves=thresholds is not None, num_thresholds=thresholds or 200)
    for i, (probability, truth) in enumerate(scenes):
        metric.process({}, [{
            'seg_logits': {'data': torch.from_numpy(probability)[None]},
            'gt_sem_seg': {'data': torch.from_numpy(truth)[None].long()},
            'img_path': f'{i}.png',
        }])  # fmt: skip
    figures = protocol.figures(counts)
    assert list(figures.to_dict().items()) == list(metric.compute_metrics(metric.results).items())
    assert 0 < figures.num_detected == figures.to_dict()['num_detected']
    assert ('AUC' in figures.to_dict()) is (figures.AUC is not None) is (thresholds is not None)


def test_a_curve_at_the_threshold_has_the_figures_of_it(scenes):
    protocol = Protocol()
    counts = [protocol.count(*scene) for scene in scenes]
    curves, figures = protocol.curves(counts), protocol.figures(counts)
    middle = curves.threshold.index(0.5)
    assert 100 * curves.Pd[middle] == figures.Pd
    assert 1e6 * curves.Fa[middle] == figures.Fa
    assert 100 * curves.precision[middle] == figures.Precision
    assert 100 * curves.true_positive_rate[middle] == figures.Recall
    assert curves.num_false[middle] == figures.num_false
    assert curves.FPPI[middle] == figures.FPPI
    assert {len(values) for values in curves.to_dict().values()} == {239}


@pytest.mark.parametrize(
    'way', [lambda x: pickle.loads(pickle.dumps(x)), _to_cpu], ids=['pickled', 'gathered']
)
def test_counts_survive_the_collection_between_processes(scenes, way):
    protocol = Protocol(legacy=LEGACY)
    counts = [protocol.count(*scene, str(i)) for i, scene in enumerate(scenes)]
    arrived = way(counts)
    assert protocol.figures(arrived) == protocol.figures(counts)
    assert protocol.curves(arrived) == protocol.curves(counts)
    assert [c.to_dict() for c in arrived] == [c.to_dict() for c in counts]


def test_counts_add_up(scenes):
    protocol = Protocol()
    counts = [protocol.count(*scene) for scene in scenes]
    halves = [sum_counts(counts[:2]), sum_counts(counts[2:])]
    # Of the whole set these alone need the images one by one.
    one, other = protocol.figures(counts).to_dict(), protocol.figures(halves).to_dict()
    different = {key for key, value in one.items() if other[key] != value}
    assert different == {'nIoU', 'num_images', 'FPPI', 'FalseFrames'}


def test_figures_of_a_camera_by_hand():
    """Four frames, one of them empty; targets of 9, 10, 24, 25, 80 and 81 pixels."""
    truths = np.zeros((4, 60, 80), bool)
    truths[0, 5:8, 5:8] = True  # 9, found
    truths[0, 20:22, 20:25] = True  # 10, missed
    truths[1, 5:9, 5:11] = True  # 24, found
    truths[1, 30:35, 30:35] = True  # 25, missed
    truths[2, 5:13, 5:15] = True  # 80, found
    truths[2, 30:39, 40:49] = True  # 81, found
    maps = truths.astype(np.float32) * 0.9
    maps[0, 20:22, 20:25] = maps[1, 30:35, 30:35] = 0.1
    maps[0, 50, 50], maps[0, 50, 60], maps[3, 5, 5] = 0.7, 0.8, 0.6
    protocol = Protocol()
    counts = [protocol.count(*pair) for pair in zip(maps, truths, strict=True)]
    figures = protocol.figures(counts)
    assert (figures.Pd_1_9, figures.Pd_10_24) == (100, 50)
    assert (figures.Pd_25_80, figures.Pd_over_80) == (50, 100)
    sizes = [figures.to_dict()[f'num_{size}'] for size in ('1_9', '10_24', '25_80', 'over_80')]
    assert sizes == [1, 2, 2, 1]
    assert figures.FPPI == 3 / 4 and figures.FalseFrames == 50
    curves = protocol.curves(counts)
    assert [curves.FPPI[curves.threshold.index(t)] for t in (0.25, 0.5, 0.75)] == [0.75, 0.75, 0.25]
    # Sizes that do not occur are left out, and so is a mean over no frame.
    small = protocol.figures(counts[:1]).to_dict()
    assert 'Pd_25_80' not in small and 'num_over_80' not in small and small['Pd_1_9'] == 100
    assert np.isnan(protocol.figures([]).FPPI)


def test_matches_are_what_is_counted(scenes):
    protocol = Protocol(connectivity=4, distance_thr=2.0)
    for scene in scenes:
        matches, counts = protocol.match(*scene), protocol.count(*scene)
        assert sum(matches.is_target) == sum(matches.is_found) == counts.targets.num_detected
        assert len(matches.is_target) == len(matches.log_odds) == len(matches.parts.areas)
        assert len(matches.is_found) == counts.targets.num_targets


def test_protocols_are_values():
    assert Protocol(eval_size=64, legacy=['acm_niou']) == Protocol(
        eval_size=(64, 64), legacy=('acm_niou',)
    )
    assert hash(Protocol()) == hash(Protocol())
    with pytest.raises(FrozenInstanceError):
        Protocol().threshold = 0.4


MAP, MASK = np.zeros((6, 8), np.float32), np.zeros((6, 8), bool)


@pytest.mark.parametrize(
    ('probability', 'truth', 'error', 'words'),
    [
        (MAP.astype(np.uint8), MASK, TypeError, 'a.png: .* not uint8 and bool'),
        (MAP, MAP, TypeError, 'a.png: .* not float32 and float32'),
        (MAP[None], MASK, ValueError, r'a.png: .* not \(1, 6, 8\)'),
        (MAP + 255, MASK, ValueError, 'a.png: probabilities must lie in 0..1'),
        (MAP * np.nan, MASK, ValueError, 'a.png: probabilities must lie in 0..1'),
        (MAP[1:], MASK, ValueError, r'a.png: .*\(5, 8\) but the truth \(6, 8\).*eval_size'),
    ],
)
@pytest.mark.parametrize('method', ['count', 'match'])
def test_other_arrays_are_refused(probability, truth, error, words, method):
    with pytest.raises(error, match=words):
        getattr(Protocol(), method)(probability, truth, 'a.png')


def test_curves_need_thresholds_and_images():
    protocol = Protocol(num_thresholds=None)
    with pytest.raises(ValueError, match='without thresholds'):
        protocol.curves([protocol.count(MAP, MASK)])
    with pytest.raises(ValueError, match='without images'):
        Protocol().curves([])


def test_a_mask_is_a_prediction():
    assert Protocol().count(~MASK, ~MASK).pixels.tp == 48

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
from mdp_plugin.evaluation.metrics import IRSTDMetric
from mdp_plugin.evaluation.protocol import sum_counts

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
    # Of the whole set only nIoU needs the images one by one.
    one, other = protocol.figures(counts).to_dict(), protocol.figures(halves).to_dict()
    different = {key for key, value in one.items() if other[key] != value}
    assert different == {'nIoU', 'num_images'}


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

"""IRSTDMetric as the evaluator of a runner: figures, options, files, errors."""

import json
import math

import irstd_oracle as oracle
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample
from PIL import Image


def make_sample(score, truth, name='image', channels=1):
    """A sample as a segmentor returns it."""
    score = torch.as_tensor(np.asarray(score), dtype=torch.float32)
    if channels == 2:  # logits of background and target whose softmax is the score
        score = torch.stack([torch.zeros_like(score), score.double().logit().float()])
    else:
        score = score[None]
    sample = SegDataSample(metainfo=dict(img_path=f'data/images/{name}.png'))
    sample.seg_logits = PixelData(data=score)
    sample.pred_sem_seg = PixelData(data=(score[-1:] > 0.5).float())
    if truth is not None:
        sample.gt_sem_seg = PixelData(data=torch.as_tensor(np.asarray(truth)).long()[None])
    return sample


def evaluate(samples, **options):
    """Run the metric as the test loop does."""
    evaluator = Evaluator(METRICS.build(dict(type='IRSTDMetric', **options)))
    for sample in samples:
        evaluator.process([sample], {})
    return evaluator.evaluate(len(samples))


@pytest.fixture
def drawn():
    """Two images of 10x10: one target half found; one missed, with a false alarm."""
    truth = np.zeros((2, 10, 10), int)
    score = np.full((2, 10, 10), 0.001)
    truth[0, 2:4, 2:4] = 1
    score[0, 2:4, 2] = 0.9  # left half, centroid half a pixel off
    truth[1, 5, 5] = 1
    score[1, 5, 5] = 0.3
    score[1, 8, 0:3] = 0.7
    return [make_sample(score[i], truth[i], f'image{i}') for i in range(2)]


DRAWN = {
    'irstd/IoU': 100 * 2 / 8,
    'irstd/nIoU': 100 * (2 / 4 + 0 / 4) / 2,
    'irstd/Precision': 100 * 2 / 5,
    'irstd/Recall': 100 * 2 / 5,
    'irstd/F1': 100 * 4 / 10,
    'irstd/Pd': 100 * 1 / 2,
    'irstd/Fa': 1e6 * 3 / 200,
    'irstd/TargetF1': 100 * 2 / 4,
    'irstd/hIoU': 100 * (1 / 3) * (2 / 4),
    # of 195 background pixels 3 (at 0.7) and 192 (at 0.001); targets at 0.9, 0.9, 0.3, 0.001 twice
    'irstd/AUC': (2 * 195 + 192 + 2 * 192 / 2) / (5 * 195),
    'irstd/AP': 2 / 5 + 1 / 5 * (3 / 6) + 2 / 5 * (5 / 200),
    'irstd/num_images': 2,
    'irstd/num_targets': 2,
    'irstd/num_detected': 1,
    'irstd/num_false': 1,
    'irstd/FPPI': 1 / 2,
    'irstd/FalseFrames': 100 * 1 / 2,
    'irstd/Pd_1_9': 100 * 1 / 2,  # of 4 pixels and of 1
    'irstd/num_1_9': 2,
}


def test_figures_of_the_drawn_case_are_python_floats(drawn):
    figures = evaluate(drawn)
    assert set(figures) == set(DRAWN)
    for key, value in figures.items():
        assert type(value) is float, key
        assert value == pytest.approx(DRAWN[key], rel=1e-14), key


def test_without_curves_the_other_figures_stay(drawn):
    figures = evaluate(drawn, curves=False)
    assert set(DRAWN) - set(figures) == {'irstd/AUC', 'irstd/AP'}
    assert all(value == evaluate(drawn)[key] for key, value in figures.items())


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('matching', ['nearest', 'reference'])
@pytest.mark.parametrize('threshold', [0.5, 0.3])
def test_figures_equal_the_oracle_on_random_scenes(connectivity, matching, threshold):
    rng = np.random.default_rng(11)
    scores = rng.random((6, 16, 18)).astype(np.float32) ** 3
    truths = rng.random((6, 16, 18)) < 0.08
    truths[2] = False
    figures = evaluate(
        [make_sample(*pair) for pair in zip(scores, truths, strict=True)],
        connectivity=connectivity,
        matching=matching,
        threshold=threshold,
        curves=False,
    )
    preds = scores > np.float32(threshold)
    pixels = [oracle.pixel_counts(p, t) for p, t in zip(preds, truths, strict=True)]
    tp, fp, fn, num_pixels = (sum(column) for column in zip(*pixels, strict=True))
    targets = [
        oracle.target_counts(p, t, connectivity, 3.0, matching)
        for p, t in zip(preds, truths, strict=True)
    ]
    num, detected, num_false, false_pixels, _ = (sum(c) for c in zip(*targets, strict=True))
    assert figures['irstd/IoU'] == 100 * (tp / (tp + fp + fn))
    niou = sum(p[0] / (p[0] + p[1] + p[2]) for p in pixels) / 6
    assert figures['irstd/nIoU'] == pytest.approx(100 * niou, rel=1e-14)
    assert figures['irstd/Pd'] == 100 * (detected / num)
    assert figures['irstd/Fa'] == 1e6 * (false_pixels / num_pixels)
    assert figures['irstd/num_false'] == num_false
    assert detected > 5


def test_two_channels_are_scored_by_their_softmax(drawn):
    truth = drawn[0].gt_sem_seg.data[0].numpy()
    score = np.clip(drawn[0].seg_logits.data[0].numpy(), 0.01, 0.99)
    one, two = (evaluate([make_sample(score, truth, channels=c)]) for c in (1, 2))
    assert two == pytest.approx(one)


def test_a_sample_with_a_mask_only_is_scored_by_it(drawn):
    for sample in drawn:
        del sample.seg_logits
    figures = evaluate(drawn)
    assert figures['irstd/IoU'] == DRAWN['irstd/IoU']
    assert figures['irstd/Fa'] == DRAWN['irstd/Fa']


def test_bfloat16_predictions_are_read(drawn):
    for sample in drawn:
        sample.seg_logits = PixelData(data=sample.seg_logits.data.bfloat16())
    assert evaluate(drawn)['irstd/IoU'] == DRAWN['irstd/IoU']


def test_perfect_prediction():
    truth = np.zeros((12, 12), int)
    truth[3:5, 7:9] = 1
    figures = evaluate([make_sample(truth, truth)])
    for key in ('IoU', 'nIoU', 'Precision', 'Recall', 'F1', 'Pd', 'TargetF1'):
        assert figures[f'irstd/{key}'] == 100
    assert figures['irstd/AUC'] == figures['irstd/AP'] == 1
    assert figures['irstd/Fa'] == 0


@pytest.mark.parametrize(('rule', 'niou'), [('one', 75), ('zero', 25), ('skip', 50)])
def test_empty_image_rule(rule, niou):
    truth = np.zeros((6, 6), int)
    half = truth.copy()
    truth[1, 1:3] = half[1, 1] = 1
    nothing = np.zeros((6, 6), int)
    samples = [make_sample(half, truth), make_sample(nothing, nothing)]
    assert evaluate(samples, empty_image=rule)['irstd/nIoU'] == niou


def test_a_set_without_targets_is_undefined_where_it_must_be():
    figures = evaluate([make_sample(np.zeros((6, 6)), np.zeros((6, 6)))])
    assert math.isnan(figures['irstd/Pd'])
    assert math.isnan(figures['irstd/AUC'])
    assert figures['irstd/nIoU'] == 100
    assert figures['irstd/Fa'] == 0


def test_legacy_columns_are_added():
    truth = np.zeros((20, 20), int)
    truth[2:4, 2:4] = 1
    score = truth.copy()
    score[10:12, 10:12] = 1  # as large as the matched one: dropped by DNANet's rule
    score[16, 16] = 1
    empty = np.zeros((20, 20), int)
    samples = [make_sample(score, truth), make_sample(empty, empty)]
    plain, both = evaluate(samples), evaluate(samples, legacy=['dnanet_fa', 'acm_niou'])
    assert set(both) - set(plain) == {'irstd/Fa_DNANet', 'irstd/nIoU_ACM'}
    assert plain['irstd/Fa'] == both['irstd/Fa'] == 1e6 * (5 / 800)
    assert both['irstd/Fa_DNANet'] == 1e6 * (1 / 800)
    assert plain['irstd/nIoU'] == both['irstd/nIoU'] == 100 * (4 / 9 + 1) / 2
    assert both['irstd/nIoU_ACM'] == 100 * (4 / 9 + 0) / 2


def test_dnanet_column_uses_scan_order_whatever_the_matching():
    truth, score = np.zeros((2, 12, 12), int)
    truth[5, 5] = 1
    score[3, 4:7] = 1  # 3 pixels, distance 2, first in scan order
    score[5, 5] = 1  # 1 pixel, distance 0
    figures = evaluate([make_sample(score, truth)], legacy=['dnanet_fa'])
    assert figures['irstd/Fa'] == 1e6 * (3 / 144)  # nearest: the single pixel is matched
    assert figures['irstd/Fa_DNANet'] == 1e6 * (1 / 144)


def test_eval_size_resamples_without_shift():
    truth = np.zeros((30, 40), int)
    truth[10:14, 20:24] = 1
    figures = evaluate([make_sample(truth, truth)], eval_size=(60, 80))
    assert figures['irstd/IoU'] == 100  # whole factors keep borders where they are
    figures = evaluate([make_sample(truth, truth)], eval_size=64)
    assert figures['irstd/num_detected'] == 1
    assert figures['irstd/IoU'] > 75
    # a mask of another size than the prediction needs it, too
    small = truth[::2, ::2]
    assert evaluate([make_sample(small, truth)], eval_size=(15, 20))['irstd/IoU'] == 100


def test_eval_size_uses_the_aligned_kernel():
    truth = np.zeros((9, 9), int)
    truth[4, 4] = 1  # the centre stays the centre; the usual nearest kernel would move it
    figures = evaluate([make_sample(truth, truth)], eval_size=(3, 3))
    assert figures['irstd/IoU'] == 100
    assert figures['irstd/num_targets'] == 1


def test_table_names_the_protocol(drawn):
    metric = METRICS.build(
        dict(type='IRSTDMetric', eval_size=(10, 12), connectivity=4, legacy=['dnanet_fa'])
    )
    metric.process({}, [sample.to_dict() for sample in drawn])
    lines = []
    metric._table, draw = lambda figures: lines.append(draw(figures)) or '', metric._table
    metric.evaluate(2)
    for words in ('resized to 10x12', '> 0.5', '4-connected', '< 3 px (nearest)', 'legacy', 'nIoU'):
        assert words in lines[0]


def test_files_of_test_out(drawn, tmp_path):
    figures = evaluate(drawn, output_dir=str(tmp_path / 'out'), keep_results=True)
    mask = np.asarray(Image.open(tmp_path / 'out/masks/image0.png'))
    assert mask.dtype == np.uint8
    assert (mask == np.where(drawn[0].pred_sem_seg.data[0], 255, 0)).all()
    score = np.asarray(Image.open(tmp_path / 'out/probabilities/image1.png'))
    assert score.dtype == np.uint16
    expected = drawn[1].seg_logits.data[0].double().numpy()
    assert np.abs(score / 65535 - expected).max() <= 0.5 / 65535
    report = json.loads((tmp_path / 'out/irstd_metric.json').read_text())
    assert {f'irstd/{key}': value for key, value in report['figures'].items()} == figures
    assert report['protocol']['connectivity'] == 8
    assert [row['name'] for row in report['images']] == [
        'data/images/image0.png',
        'data/images/image1.png',
    ]
    assert report['images'][1]['false_pixels'] == 3
    curves = report['curves']
    middle = curves['threshold'].index(0.5)
    assert curves['Pd'][middle] == 1 / 2
    assert curves['Fa'][middle] == 3 / 200
    assert curves['true_positive_rate'][middle] == 2 / 5
    assert curves['false_positive_rate'][middle] == 3 / 195
    assert curves['precision'][middle] == 2 / 5
    assert {len(column) for column in curves.values()} == {239}


def test_undefined_figures_are_null_in_the_json(tmp_path):
    evaluate([make_sample(np.zeros((6, 6)), np.zeros((6, 6)))], output_dir=str(tmp_path))
    report = json.loads((tmp_path / 'irstd_metric.json').read_text())
    assert report['figures']['Pd'] is None
    assert 'images' not in report


def test_format_only_writes_pictures_of_images_without_truth(tmp_path):
    sample = make_sample(np.full((6, 8), 0.75), None)
    figures = evaluate([sample], format_only=True, output_dir=str(tmp_path), eval_size=(12, 16))
    assert figures == {}
    score = np.asarray(Image.open(tmp_path / 'probabilities/image.png'))
    assert score.shape == (12, 16)
    assert (score == round(0.75 * 65535)).all()
    assert not (tmp_path / 'irstd_metric.json').exists()


def test_two_images_of_one_name_do_not_overwrite_each_other(tmp_path):
    one, two = (make_sample(np.zeros((6, 6)), np.zeros((6, 6))) for _ in range(2))
    two.set_metainfo(dict(img_path='elsewhere/image.png'))
    with pytest.raises(ValueError, match=r'elsewhere/image.png and data/images/image.png'):
        evaluate([one, two], output_dir=str(tmp_path))


GOOD = np.zeros((6, 6))


@pytest.mark.parametrize(
    ('score', 'truth', 'error', 'words'),
    [
        (GOOD, None, KeyError, r'image.png: the sample holds no gt_sem_seg.*LoadAnnotations'),
        (np.zeros((6, 7)), GOOD, ValueError, r'image.png: the prediction is \(6, 7\).*eval_size'),
        (np.full((6, 6), np.nan), GOOD, ValueError, r'image.png: .*NaN.*diverged'),
        (np.full((6, 6), np.inf), GOOD, ValueError, r'image.png: .*infinite'),
        (np.full((6, 6), 2.5), GOOD, ValueError, r'image.png: .*run from 2.5.*sigmoid'),
        (GOOD, np.full((6, 6), 255), ValueError, r'image.png: .*holds \[255\]; put BinarizeMask'),
    ],
)
def test_bad_samples_are_named(score, truth, error, words):
    with pytest.raises(error, match=words):
        evaluate([make_sample(score, truth)])


def test_more_than_two_channels_are_refused():
    sample = make_sample(GOOD, GOOD)
    sample.seg_logits = PixelData(data=torch.zeros(3, 6, 6))
    with pytest.raises(ValueError, match=r'shape \(3, 6, 6\)'):
        evaluate([sample])


def test_a_sample_without_prediction_is_refused():
    sample = SegDataSample(metainfo=dict(img_path='a.png'))
    with pytest.raises(KeyError, match='a.png: the sample holds neither'):
        evaluate([sample])


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(threshold=1.0), 'threshold'),
        (dict(connectivity=6), 'connectivity'),
        (dict(matching='best'), 'matching'),
        (dict(distance_thr=-1), 'distance_thr'),
        (dict(empty_image='half'), 'empty_image'),
        (dict(eval_size=(256,)), 'eval_size'),
        (dict(eval_size=(256, 0)), 'eval_size'),
        (dict(num_thresholds=11), 'num_thresholds'),
        (dict(legacy=['dnanet']), 'legacy'),
        (dict(legacy='dnanet_fa'), 'legacy'),
        (dict(format_only=True), 'output_dir'),
    ],
)
def test_impossible_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        METRICS.build(dict(type='IRSTDMetric', **options))

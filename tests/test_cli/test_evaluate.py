"""`mdpnet evaluate` gives the metric's own figures."""

import json

import cv2
import numpy as np
import pytest
import torch

from mdp_plugin.cli import main
from mdp_plugin.cli.evaluate import operating_point
from mdp_plugin.evaluation.metrics import IRSTDMetric


@pytest.fixture
def scored(tmp_path):
    """Folders as `tools/test.py --out` leaves them, true masks, and the figures."""
    rng = np.random.default_rng(0)
    truths = tmp_path / 'truths'
    truths.mkdir()
    metric = IRSTDMetric(output_dir=str(tmp_path / 'out'))
    for index in range(6):
        truth = np.zeros((40, 60), np.uint8)
        score = rng.random((40, 60), np.float32) * 0.4
        for _ in range(3):
            y, x = rng.integers(5, 35), rng.integers(5, 55)
            truth[y - 1 : y + 2, x - 1 : x + 2] = 1
            dy, dx = rng.integers(-3, 4, 2)
            score[y + dy - 1 : y + dy + 2, x + dx : x + dx + 2] += 0.5
        cv2.imwrite(str(truths / f'image_{index}_pixels0.png'), truth * 255)
        metric.process({}, [{
            'seg_logits': {'data': torch.from_numpy(score)[None]},
            'gt_sem_seg': {'data': torch.from_numpy(truth)[None].long()},
            'img_path': f'image_{index}.png',
        }])  # fmt: skip
    return tmp_path / 'out', truths, metric.compute_metrics(metric.results)


@pytest.mark.parametrize('kind', ['masks', 'probabilities'])
def test_figures_are_those_of_the_test(scored, tmp_path, kind, capsys):
    out, truths, expected = scored
    assert main(['evaluate', str(out / kind), str(truths), '--out', str(tmp_path / 'scores')]) == 0
    figures = json.loads((tmp_path / 'scores/figures.json').read_text())['figures']
    assert 0 < expected['Pd'] < 100
    for name in ('IoU', 'nIoU', 'F1', 'Pd', 'Fa', 'num_detected', 'num_false'):
        assert figures[name] == expected[name], name
    if kind == 'probabilities':
        assert figures['AUC'] == pytest.approx(expected['AUC'], abs=1e-3)


def test_other_programs_masks(scored, tmp_path):
    """Masks of 0 and 1, and arrays."""
    out, truths, expected = scored
    for kind in ('ones', 'arrays'):
        (tmp_path / kind).mkdir()
    for file in (out / 'masks').iterdir():
        mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) // 255
        cv2.imwrite(str(tmp_path / 'ones' / file.name), mask)
        np.save(tmp_path / 'arrays' / file.stem, mask.astype(np.float64))
    for kind in ('ones', 'arrays'):
        scores = tmp_path / f'scores_{kind}'
        arguments = [str(tmp_path / kind), str(truths), '--no-curves', '--out', str(scores)]
        assert main(['evaluate', *arguments]) == 0
        figures = json.loads((scores / 'figures.json').read_text())['figures']
        assert figures['nIoU'] == expected['nIoU'] and 'AUC' not in figures


def test_mistakes_are_named(scored, tmp_path, capsys):
    out, truths, _ = scored
    (truths / 'image_0_pixels0.png').unlink()
    assert main(['evaluate', str(out / 'masks'), str(truths)]) == 2
    assert '1 predictions have no truth' in capsys.readouterr().err
    assert main(['evaluate', str(tmp_path / 'absent'), str(truths)]) == 2
    assert 'there is no folder' in capsys.readouterr().err
    np.save(out / 'masks' / 'image_1.npy', np.ones((3, 3)))
    assert main(['evaluate', str(out / 'masks'), str(truths)]) == 2
    assert 'are of one image' in capsys.readouterr().err


def test_operating_point(scored, tmp_path, capsys):
    out, truths, _ = scored
    arguments = ['evaluate', str(out / 'probabilities'), str(truths), '--out', str(tmp_path / 's')]
    assert main([*arguments, '--fa-budget', '1e-3']) == 0
    point = json.loads((tmp_path / 's/operating_point.json').read_text())
    assert point['Fa'] <= 1e-3 and 0 < point['threshold'] < 1
    # Scored anew at that threshold, and a little below it.
    for threshold, keeps in ((point['threshold'], True), (point['threshold'] - 0.006, False)):
        assert main([*arguments, '--threshold', str(threshold), '--no-curves']) == 0
        figures = json.loads((tmp_path / 's/figures.json').read_text())['figures']
        assert (figures['Fa'] <= 1e3) is keeps
        if keeps:
            assert figures['Fa'] == pytest.approx(1e6 * point['Fa'])
            assert figures['Pd'] == pytest.approx(100 * point['Pd'])
    assert main(arguments[:3] + ['--fa-budget', '1e-6']) == 2
    assert '--fa-budget needs --out' in capsys.readouterr().err


def test_budget_that_cannot_be_kept():
    curves = {'threshold': [0.1, 0.5, 0.9], 'Pd': [1.0, 0.9, 0.5], 'Fa': [0.1, 0.001, 0.01]}
    with pytest.raises(ValueError, match=r'no threshold keeps .* 0\.001; .* has 0\.01'):
        operating_point(curves, 0.001)
    assert operating_point(curves, 0.02) == {
        'threshold': 0.5, 'Pd': 0.9, 'Fa': 0.001, 'fa_budget': 0.02,
    }  # fmt: skip

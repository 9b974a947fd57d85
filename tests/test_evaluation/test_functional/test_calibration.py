"""Confidence: by hand, against a plain optimiser's optimum, and on simulated detectors."""

import numpy as np
import pytest
from scipy.special import expit, logit

from mdp_plugin.evaluation.functional import (
    UNCALIBRATED,
    Confidence,
    component_log_odds,
    fit_confidence,
    label_components,
    mean_log_odds,
    reliability,
)


def test_mean_log_odds_by_hand():
    assert mean_log_odds(np.array([0.5, 0.75])) == pytest.approx(np.log(3) / 2)
    assert mean_log_odds(np.array([0.0, 1.0, 1.0])) == pytest.approx(11 / 3)


def test_log_odds_of_each_component():
    score = np.zeros((5, 9), np.float32)
    score[1, 1:3] = 0.8, 0.9
    score[3, 7] = 0.6
    parts = label_components(score > 0.5)
    expected = [logit([0.8, 0.9]).mean(), logit(0.6)]
    assert component_log_odds(score, parts) == pytest.approx(expected, rel=1e-5)
    assert component_log_odds(score, label_components(score > 1)) == []


@pytest.mark.parametrize('slope, intercept', [(0.4, -1.0), (1.0, 0.0), (2.0, 1.5)])
def test_a_known_sigmoid_is_found(slope, intercept):
    rng = np.random.default_rng(0)
    x = rng.uniform(-4, 6, 40_000)
    hit = rng.random(len(x)) < expit(slope * x + intercept)
    found = fit_confidence(x, hit)
    assert found == pytest.approx((slope, intercept), abs=0.06)
    assert reliability(found(x), hit).error < 0.02
    if slope != 1:
        assert reliability(UNCALIBRATED(x), hit).error > 0.08


def test_the_fit_is_an_optimum():
    rng = np.random.default_rng(1)
    x = rng.normal(2, 2, 30)
    hit = rng.random(30) < expit(x)
    labels = np.where(hit, (hit.sum() + 1) / (hit.sum() + 2), 1 / ((~hit).sum() + 2))

    def likelihood(confidence):
        p = confidence(x)
        return (labels * np.log(p) + (1 - labels) * np.log(1 - p)).sum()

    found = fit_confidence(x, hit)
    for step in ((1e-2, 0), (-1e-2, 0), (0, 1e-2), (0, -1e-2)):
        assert likelihood(Confidence(found[0] + step[0], found[1] + step[1])) < likelihood(found)


def test_few_or_no_mistakes_stay_finite():
    x = np.array([1.0, 2.0, 5.0, 11.0])
    alone = fit_confidence(x, np.ones(4, bool))
    assert alone(x) == pytest.approx(np.full(4, 5 / 6), abs=1e-3)  # Platt's label for all of 4
    apart = fit_confidence(x, np.array([False, False, True, True]))
    assert np.isfinite(apart).all() and apart(1.0) < 0.5 < apart(11.0)
    against = fit_confidence(x, np.array([True, True, False, False]))
    assert against.slope == 0  # never sure of what looks worse
    with pytest.raises(ValueError, match='no component'):
        fit_confidence([], [])


def test_reliability_by_hand():
    confidence = np.array([0.9, 0.1, 0.8, 0.3])
    groups = reliability(confidence, np.array([True, False, False, True]), groups=2)
    assert groups.confidence == pytest.approx([0.2, 0.85])
    assert groups.rate == pytest.approx([0.5, 0.5]) and groups.count.tolist() == [2, 2]
    assert groups.error == pytest.approx((0.3 + 0.35) / 2)
    # Wilson's interval for 1 of 2: (0.5 +- ...) by the formula with z = 1.96.
    assert groups.low[0] == pytest.approx(0.0945, abs=1e-3)
    assert groups.high[0] == pytest.approx(0.9055, abs=1e-3)
    assert len(reliability(confidence[:1], np.array([True])).count) == 1
    assert reliability(np.array([]), np.array([], bool)).error == 0

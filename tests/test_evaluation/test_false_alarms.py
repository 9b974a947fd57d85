"""Rates of false alarms and their bounds, by hand and by the law itself."""

import math

import pytest
from scipy.stats import poisson

from mdp_plugin.evaluation.false_alarms import FalseAlarms, frames_needed, upper_bound


def test_rates_are_read_in_their_units():
    assert FalseAlarms.parse('0.01/frame').limit == 0.01
    assert FalseAlarms.parse(' 1e-6/pixel').limit == 1e-6
    hour = FalseAlarms.parse('10/hour', 25)
    assert hour.limit == 10 / (3600 * 25) and str(hour) == '10/hour'
    assert hour.words(0.01) == '900 an hour'
    assert FalseAlarms.parse(hour) is hour
    assert (hour.figure, FalseAlarms.parse('1/pixel').figure) == ('FPPI', 'Fa')


@pytest.mark.parametrize(
    'text', ['', '1', '/frame', '1/day', '1/frame/hour', 'inf/frame', '-1/frame']
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match='is no rate of false alarms: NUMBER/frame'):
        FalseAlarms.parse(text, 25)


@pytest.mark.parametrize('rate', [0, -1, math.nan, math.inf])
def test_frame_rates_are_positive(rate):
    with pytest.raises(ValueError, match='the frame rate must be positive'):
        FalseAlarms.parse('1/hour', rate)


def test_the_bound_is_that_of_the_law():
    # The rule of three, and the 95 % bounds of Garwood's table for 1, 2 and 10 events.
    assert upper_bound(0, 100) == pytest.approx(-math.log(0.05) / 100)
    for count, bound in ((1, 4.744), (2, 6.296), (10, 16.962)):
        assert upper_bound(count, 1) == pytest.approx(bound, abs=1e-3)
        assert poisson.cdf(count, upper_bound(count, 1)) == pytest.approx(0.05)
    assert frames_needed(0.01) == 300 and frames_needed(0) == math.inf
    assert upper_bound(0, 300) <= 0.01 < upper_bound(0, 299)

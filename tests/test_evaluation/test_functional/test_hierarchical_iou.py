"""hIoU and the kinds of errors: by hand, and as PyIRSTDMetrics has them."""

import json
import math

import numpy as np
import pytest
from pyirstdmetrics_reference import FILE, drawn_masks, random_picture, reference

from mdp_plugin import Protocol, evaluate
from mdp_plugin.evaluation.functional import (
    count_errors,
    error_shares,
    label_components,
    sum_error_counts,
)

STORED = json.loads(FILE.read_text())
PICTURES = {name: case['picture'] for name, case in STORED['cases'].items()}
#: The toolkit takes the empty side of an image for one target or component.
EMPTY = ('nothing at all', 'nothing predicted', 'nothing there')
WHOLE = [name for name in PICTURES if name not in EMPTY]


def evaluation_of(pictures, **options):
    """Some pictures through the public door."""
    pairs = [drawn_masks('\n'.join(picture)) for picture in pictures]
    maps, truths = zip(*pairs)
    return evaluate(list(maps), list(truths), protocol=Protocol(**options))


def found_in(pictures):
    """hIoU and shares of 1 of some pictures; undefined ones are 0, as in the toolkit."""
    found = evaluation_of(pictures)
    values = {'hIoU': found.figures.hIoU, **found.errors._asdict()}
    return {key: 0.0 if math.isnan(value) else value / 100 for key, value in values.items()}


@pytest.mark.parametrize('name', WHOLE)
def test_a_picture_has_the_values_of_the_toolkit(name):
    expected = STORED['cases'][name]['expected']
    assert found_in([PICTURES[name]]) == pytest.approx(expected, abs=1e-12)


def test_a_set_has_the_values_of_the_toolkit():
    assert found_in([PICTURES[name] for name in WHOLE]) == pytest.approx(STORED['whole'], abs=1e-12)
    assert all(value > 0 for value in STORED['whole'].values())  # every kind occurs


@pytest.mark.parametrize('names', [[name] for name in EMPTY] + [list(PICTURES)])
def test_where_nothing_is_nothing_is_counted(names):
    """The toolkit counts a false component where nothing is predicted: a legacy figure."""
    expected = [STORED['cases'][name]['expected'] for name in names]
    theirs = expected[0]['hIoU'] if len(names) == 1 else STORED['all']['hIoU']
    found = evaluation_of([PICTURES[name] for name in names], legacy=['pyirstd_hiou'])
    assert found.figures.hIoU_PyIRSTD == pytest.approx(100 * theirs, abs=1e-10)
    ours = {'nothing at all': [], 'nothing predicted': [100.0], 'nothing there': [0.0]}
    if len(names) == 1:
        shares = [value for value in found.errors[1:2] if not math.isnan(value)]
        assert shares == ours[names[0]]
    else:
        assert found.figures.hIoU > found.figures.hIoU_PyIRSTD


def test_further_pictures_in_the_toolkit_itself():
    pytest.importorskip('py_irstd_metrics')
    for seed in range(100, 140):
        text = random_picture(seed)
        assert found_in([text.split()]) == pytest.approx(reference([text]), abs=1e-12)


def test_by_hand():
    """A target of 4 of which 2 are found, with 1 beside it and 1 on a neighbour that is missed."""
    truth, pred = np.zeros((2, 9, 9), bool)
    truth[2, 1:5] = True
    pred[2, 3:5] = pred[3, 5] = pred[4, 6] = True
    truth[4, 6:9] = True
    counts = count_errors(*map(label_components, (pred, truth)))
    assert counts[:5] == (1, 0, 0, 1, 0)
    assert counts[5:9] == pytest.approx((2 / 6, 1 / 6, 1 / 6, 2 / 6))
    shares = error_shares(counts)
    assert sum(shares[:5]) == pytest.approx(100) == sum(shares[5:])
    assert shares.loc_one_to_many == 50 and shares.seg_IoU == pytest.approx(100 / 3)


def test_sums_do_not_depend_on_the_order():
    counts = [
        count_errors(*map(label_components, drawn_masks('\n'.join(picture))))
        for picture in PICTURES.values()
    ]
    assert sum_error_counts(counts) == sum_error_counts(counts[::-1])
    assert sum_error_counts([]) == (0,) * 10

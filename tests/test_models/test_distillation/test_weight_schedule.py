import pytest

from mdp_plugin.models.distillation import WeightSchedule


def test_constant():
    schedule = WeightSchedule()
    assert schedule.is_constant
    assert [schedule(p) for p in (0, 0.5, 1)] == [1, 1, 1]


def test_warm_up_plateau_and_decay_by_hand():
    schedule = WeightSchedule(warmup=0.2, decay_start=0.6, final=0.1)
    assert not schedule.is_constant
    values = [schedule(p) for p in (0, 0.05, 0.2, 0.6, 0.8, 1)]
    # Half-way down the cosine: the mean of 1 and 0.1.
    assert values == pytest.approx([0, 0.25, 1, 1, 0.55, 0.1])


@pytest.mark.parametrize('bad', [dict(warmup=-1), dict(warmup=0.5, decay_start=0.4),
                                 dict(decay_start=1.1), dict(final=-0.1)])  # fmt: skip
def test_impossible_schedules(bad):
    with pytest.raises(ValueError, match='warmup'):
        WeightSchedule(**bad)

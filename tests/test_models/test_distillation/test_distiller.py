import pytest
import torch

from mdp_plugin.models.distillation import Distiller

AT = dict(type='AttentionTransferLoss')


def maps(seed):
    torch.manual_seed(seed)
    return {
        0: torch.randn(1, 2, 4, 4),
        1: torch.randn(1, 2, 2, 2),
        'logits': torch.randn(1, 1, 4, 4),
    }


def test_it_compares_the_named_maps_with_the_weight_of_the_moment():
    student, teacher = maps(0), maps(1)
    distiller = Distiller(AT, student=0, teacher=1, schedule=dict(warmup=0.5))
    full = distiller.loss(student[0], teacher[1])
    assert full > 0
    assert distiller(student, teacher, 0.25).item() == pytest.approx(full.item() / 2)
    assert distiller(student, teacher, 0.75).item() == pytest.approx(full.item())


def test_negative_stages_count_from_the_end():
    student, teacher = maps(0), maps(1)
    expected = Distiller(AT, student=0, teacher=1)(student, teacher, None)
    assert Distiller(AT, student=-2, teacher=-1)(student, teacher, None) == expected
    with pytest.raises(KeyError, match=r'student has no stage -3(.*)\[0, 1\]'):
        Distiller(AT, student=-3, teacher=0)(student, teacher, None)


def test_logits_are_a_source_of_their_own():
    student, teacher = maps(0), maps(1)
    distiller = Distiller(AT, student='logits', teacher='logits')
    expected = distiller.loss(student['logits'], teacher['logits'])
    assert distiller(student, teacher, None) == expected


def test_a_schedule_without_progress_is_refused():
    distiller = Distiller(AT, student=0, teacher=0, schedule=dict(decay_start=0.5))
    with pytest.raises(RuntimeError, match='DistillationHook'):
        distiller(maps(0), maps(1), None)
    assert Distiller(AT, student=0, teacher=0)(maps(0), maps(1), None) > 0


@pytest.mark.parametrize('side', ['student', 'teacher'])
def test_a_missing_stage_is_named(side):
    sources = dict(student=0, teacher=0) | {side: 7}
    with pytest.raises(KeyError, match=rf'{side} has no stage 7(.*)\[0, 1\]'):
        Distiller(AT, **sources)(maps(0), maps(1), None)


def test_a_loss_gets_the_channels_that_it_takes():
    widths = {0: 4, 1: 6, 'logits': 1}, {0: 8, 1: 12, 'logits': 1}
    mse = dict(type='FeatureMSELoss')
    distiller = Distiller(mse, student=-1, teacher=0, widths=widths)
    assert distiller(
        {0: torch.zeros(1, 4, 8, 8), 1: torch.randn(1, 6, 4, 4)}, {0: torch.randn(1, 8, 4, 4)}, None
    )
    given = dict(mse, student_channels=6, teacher_channels=8)
    assert Distiller(given, student=1, teacher=0, widths=widths).loss is not None
    for wrong in (dict(student_channels=4), dict(teacher_channels=12)):
        with pytest.raises(ValueError, match='leave the key out'):
            Distiller({**mse, **wrong}, student=1, teacher=0, widths=widths)
    # One that takes none is built without.
    assert Distiller(AT, student='logits', teacher='logits', widths=widths).loss is not None
    with pytest.raises(KeyError, match=r'teacher has no stage 2(.*)\[0, 1\]'):
        Distiller(mse, student=0, teacher=2, widths=widths)


@pytest.mark.parametrize('source', ['stage1', 1.5, None])
def test_impossible_sources(source):
    with pytest.raises(ValueError, match='index of a stage'):
        Distiller(AT, student=source, teacher=0)

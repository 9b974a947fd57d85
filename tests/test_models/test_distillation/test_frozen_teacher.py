import copy
import math

import pytest
import torch
from mmseg.registry import MODELS
from tiny_teacher import preprocessor, teacher_cfg, write_weights

from mdp_plugin.models.distillation import FrozenTeacher, target_log_odds


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp('teacher') / 'teacher.pth', teacher_cfg())


def test_it_is_deterministic_and_without_gradients_whatever_is_asked(weights):
    teacher = FrozenTeacher(teacher_cfg(), str(weights))
    teacher.train()
    teacher.train(True)
    assert not any(module.training for module in teacher.modules())
    assert not any(p.requires_grad for p in teacher.parameters())
    x = torch.randn(2, 1, 64, 64, requires_grad=True)
    first, second = teacher(x), teacher(x)
    assert set(first) == {0, 1, 'logits'}
    for key in first:
        assert torch.equal(first[key], second[key])
        assert not first[key].requires_grad
    # In training mode the same segmentor is noise: the test would see dropout if there were any.
    noisy = copy.deepcopy(teacher.segmentor).train()
    assert not torch.equal(noisy.extract_feat(x)[1], noisy.extract_feat(x)[1])


def test_its_logits_are_those_of_the_segmentor(weights):
    teacher = FrozenTeacher(teacher_cfg(), str(weights))
    plain = MODELS.build(teacher_cfg()).eval()
    plain.load_state_dict(torch.load(weights, weights_only=True)['state_dict'])
    x = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        # Up to rounding: the teacher computes in another memory format.
        assert torch.allclose(teacher(x)['logits'], plain(x, mode='tensor'), atol=1e-5)
    assert set(teacher(x, with_logits=False)) == {0, 1}


def test_copies_share_the_teacher(weights):
    teacher = FrozenTeacher(teacher_cfg(), str(weights))
    assert copy.deepcopy([teacher])[0] is teacher


def test_images_are_converted_to_the_teachers_normalisation_and_channels(tmp_path):
    cfg = teacher_cfg(data_preprocessor=preprocessor([100.0, 110.0, 120.0], [40.0, 50.0, 60.0]))
    cfg['backbone'] = dict(cfg['backbone'], in_channels=3)
    weights = write_weights(tmp_path / 'colour.pth', cfg)
    student = MODELS.build(preprocessor([80.0], [20.0]))
    teacher = FrozenTeacher(cfg, str(weights), student_preprocessor=student)
    grey = torch.full((1, 1, 64, 64), 160.0)
    seen = ((grey - 80) / 20) * teacher.scale + teacher.shift
    assert seen.shape == (1, 3, 64, 64)
    expected = torch.tensor([60 / 40, 50 / 50, 40 / 60])
    assert torch.allclose(seen[0, :, 0, 0], expected)
    assert teacher((grey - 80) / 20)['logits'].shape == (1, 1, 64, 64)
    # They follow from the configs: the weights alone are stored.
    assert not {'scale', 'shift'} & set(teacher.state_dict())
    colour = MODELS.build(preprocessor([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match='of 3 channels'):
        grey_weights = write_weights(tmp_path / 'g.pth', teacher_cfg())
        FrozenTeacher(teacher_cfg(), str(grey_weights), student_preprocessor=colour)


def test_without_normalisation_of_its_own_a_teacher_gets_grey_levels(tmp_path):
    cfg = teacher_cfg(data_preprocessor=dict(type='SegDataPreProcessor', size=(64, 64)))
    student = MODELS.build(preprocessor([80.0], [20.0]))
    weights = str(write_weights(tmp_path / 'raw.pth', cfg))
    teacher = FrozenTeacher(cfg, weights, student_preprocessor=student)
    grey = torch.rand(1, 1, 64, 64) * 255
    normalised = (grey - 80) / 20
    assert torch.allclose(normalised * teacher.scale + teacher.shift, grey, atol=1e-3)
    plain = MODELS.build(cfg).eval()
    plain.load_state_dict(torch.load(weights, weights_only=True)['state_dict'])
    with torch.no_grad():
        expected = plain(grey, mode='tensor')
    assert torch.allclose(teacher(normalised)['logits'], expected, rtol=1e-3, atol=1e-3)


def test_a_student_without_normalisation_gives_grey_levels_to_its_teacher(weights):
    student = MODELS.build(dict(type='SegDataPreProcessor', size=(64, 64)))
    teacher = FrozenTeacher(teacher_cfg(), str(weights), student_preprocessor=student)
    seen = torch.full((1, 1, 1, 1), 120.0) * teacher.scale + teacher.shift
    assert seen.item() == pytest.approx((120 - 80) / 20)


def test_two_classes_become_one_logit(tmp_path):
    cfg = teacher_cfg(
        decode_head=dict(
            type='FCNHead', in_channels=16, in_index=1, channels=4, num_convs=1, num_classes=2,
            align_corners=False, concat_input=False,
        )
    )  # fmt: skip
    teacher = FrozenTeacher(cfg, str(write_weights(tmp_path / 'two.pth', cfg)))
    x = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        both = teacher.segmentor(x, mode='tensor')
    probability = both.softmax(1)[:, 1:]
    assert torch.allclose(teacher(x)['logits'].sigmoid(), probability, atol=1e-6)


def head(kind: str, **kwargs) -> dict:
    return dict(
        type=kind, in_channels=16, in_index=1, channels=4, align_corners=False,
        norm_cfg=dict(type='BN'), **kwargs
    )  # fmt: skip


#: Heads of the host on the tiny teacher, by what they return.
FCN = dict(num_convs=1, concat_input=False)
CASCADE = dict(
    type='CascadeEncoderDecoder',
    num_stages=3,
    decode_head=[
        head('FCNHead', num_classes=2, **FCN),
        head('OCRHead', num_classes=2, ocr_channels=4),
        head('OCRHead', num_classes=2, ocr_channels=4),
    ],
)


@pytest.mark.parametrize(
    'kind',
    [
        dict(decode_head=head('FCNHead', num_classes=2, out_channels=1, threshold=0.5, **FCN)),
        dict(decode_head=head('FCNHead', num_classes=4, **FCN)),
        CASCADE,
    ],
    ids=['one channel', 'several classes', 'cascade'],
)
def test_any_head_says_how_likely_a_target_is(tmp_path, kind):
    cfg = teacher_cfg(**kind)
    teacher = FrozenTeacher(cfg, str(write_weights(tmp_path / 'any.pth', cfg)))
    x = torch.randn(2, 1, 64, 64)
    logits = teacher(x)['logits']
    with torch.no_grad():
        # What the host's own inference says of everything that is not background.
        metas = [dict(img_shape=(64, 64))] * 2
        said = teacher.segmentor.encode_decode(x, metas)
    likely = said.sigmoid() if said.size(1) == 1 else 1 - said.softmax(1)[:, :1]
    assert logits.shape[:2] == (2, 1)
    if logits.shape[2:] == (64, 64):
        assert torch.allclose(logits.sigmoid(), likely, atol=1e-6)
    else:  # before the host enlarges them
        large = torch.nn.functional.interpolate(logits, (64, 64), mode='bilinear')
        assert torch.allclose(large.sigmoid().mean(), likely.mean(), atol=1e-2)


def test_log_odds_of_several_classes_by_hand():
    logits = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    odds = (math.exp(2) + math.exp(3)) / math.exp(1)
    assert target_log_odds(logits).item() == pytest.approx(math.log(odds))
    assert target_log_odds(logits[:, :2]).item() == pytest.approx(1.0)
    assert target_log_odds(logits[:, :1]).item() == 1.0


def test_half_precision_weights_become_full(tmp_path, weights):
    state = torch.load(weights, weights_only=True)['state_dict']
    half = {k: v.half() if v.dim() > 1 else v for k, v in state.items()}
    torch.save(dict(state_dict=half), tmp_path / 'half.pth')
    teacher = FrozenTeacher(teacher_cfg(), str(tmp_path / 'half.pth'))
    assert all(p.dtype == torch.float32 for p in teacher.parameters())


def test_it_can_compute_in_another_type(weights):
    x = torch.randn(1, 1, 64, 64)
    half = FrozenTeacher(teacher_cfg(), str(weights), autocast='bfloat16')(x)['logits']
    full = FrozenTeacher(teacher_cfg(), str(weights))(x)['logits']
    assert half.dtype == torch.bfloat16
    assert torch.allclose(half.float(), full, atol=0.1)
    with pytest.raises(ValueError, match='autocast'):
        FrozenTeacher(teacher_cfg(), str(weights), autocast='int8')


def test_missing_weights_say_how_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent\.pth(.|\n)*tools/train\.py') as error:
        FrozenTeacher(teacher_cfg(), str(tmp_path / 'absent.pth'))
    assert 'model.teacher.checkpoint' in str(error.value)
    with pytest.raises(ValueError, match='without weights'):
        FrozenTeacher(teacher_cfg(), '')


def test_weights_of_another_network_are_refused(weights):
    other = teacher_cfg()
    other['backbone'] = dict(other['backbone'], embed_dims=16)
    other['decode_head'] = dict(other['decode_head'], in_channels=(16, 32))
    with pytest.raises(ValueError, match=r'do not fit.*teacher\.pth"(.|\n)*tools/train\.py'):
        FrozenTeacher(other, str(weights))


def test_a_missing_config_is_named(weights):
    with pytest.raises(FileNotFoundError, match="teacher's config not found"):
        FrozenTeacher('configs/absent.py', str(weights))

import copy

import pytest
import torch
from mmengine.model import MomentumAnnealingEMA
from mmengine.runner.checkpoint import load_state_dict
from mmengine.structures import PixelData
from mmseg.models.decode_heads import FCNHead
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from tiny_teacher import distillation_cfg, distillers, student_cfg, teacher_cfg, write_weights

from mdp_plugin.engine.model_complexity import measure_complexity
from mdp_plugin.models.distillation import soft_logits_loss, target_log_odds


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp('teacher') / 'teacher.pth', teacher_cfg())


@pytest.fixture
def model(checkpoint):
    torch.manual_seed(0)
    model = MODELS.build(distillation_cfg(checkpoint))
    model.init_weights()
    return model


def batch():
    label = torch.zeros(1, 64, 64, dtype=torch.long)
    label[:, 20:24, 30:34] = 1
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label.clone())) for _ in range(2)]
    torch.manual_seed(1)
    return torch.randn(2, 1, 64, 64), samples


def test_losses_of_student_and_distillers(model):
    losses = model.loss(*batch())
    expected = {'decode.loss_soft_iou', 'decode.loss_bce'}
    assert set(losses) == expected | {f'distill.loss_{name}' for name in distillers()}
    total, logged = model.parse_losses(losses)
    # Keys without the word "loss" would be logged and not trained.
    assert total.item() == pytest.approx(sum(loss.item() for loss in losses.values()))
    assert all(loss.item() > 0 for loss in losses.values())


def test_the_students_own_losses_are_those_of_the_plain_segmentor(model):
    plain = MODELS.build(student_cfg())
    plain.load_state_dict(model.state_dict())
    torch.manual_seed(2)
    expected = plain.loss(*batch())
    torch.manual_seed(2)
    losses = model.loss(*batch())
    for name, loss in expected.items():
        assert torch.equal(losses[name], loss)


def test_gradients_reach_student_and_sub_networks_and_never_the_teacher(model):
    losses = model.loss(*batch())
    sum(loss for name, loss in losses.items() if name.startswith('distill')).backward()
    reached = {name for name, p in model.named_parameters() if p.grad is not None}
    # The comparison of logits reaches the whole student.
    assert {name for name, _ in model.named_parameters()} == reached
    for name, parameter in model.distillers.named_parameters():
        assert parameter.grad.abs().max() > 0, name
    assert all(p.grad is None for p in model.teacher.parameters())
    assert not {id(p) for p in model.teacher.parameters()} & {id(p) for p in model.parameters()}


def test_training_mode_never_reaches_the_teacher(model):
    model.train()
    assert not any(module.training for module in model.teacher.modules())
    before = copy.deepcopy(model.teacher.state_dict())
    model.loss(*batch())
    after = model.teacher.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_checkpoints_are_those_of_the_plain_segmentor(model):
    plain = MODELS.build(student_cfg())
    state = model.state_dict()
    assert list(state) == list(plain.state_dict())
    plain.load_state_dict(state, strict=True)
    # And back, by torch and by the host, with nothing missing.
    incompatible = model.load_state_dict(plain.state_dict(), strict=True)
    assert not incompatible.missing_keys and not incompatible.unexpected_keys
    load_state_dict(model, plain.state_dict(), strict=True)
    with pytest.raises(RuntimeError, match='Missing key'):
        model.load_state_dict({k: v for k, v in state.items() if 'stem' not in k}, strict=True)


def test_inference_is_that_of_the_plain_segmentor(model):
    plain = MODELS.build(student_cfg()).eval()
    plain.load_state_dict(model.state_dict())
    model.eval()
    x = batch()[0]
    with torch.no_grad():
        assert torch.equal(model(x, mode='tensor'), plain(x, mode='tensor'))
    counts = [measure_complexity(m, (1, 64, 64)).macs for m in (model, plain)]
    assert counts[0] == counts[1]
    operations = [
        [str(node.target) for node in torch.export.export(m, (x,)).graph.nodes
         if node.op == 'call_function']
        for m in (model, plain)
    ]  # fmt: skip
    assert len(operations[0]) > 20 and operations[0] == operations[1]


def test_an_average_of_the_student_shares_the_teacher(model):
    average = MomentumAnnealingEMA(model, momentum=0.5, update_buffers=True)
    assert average.module.teacher is model.teacher
    average.update_parameters(model)
    state = average.state_dict()
    assert {key for key in state if key != 'steps'} == {f'module.{k}' for k in model.state_dict()}
    load_state_dict(average, state, strict=True)


def test_the_teacher_follows_to_another_precision(model):
    model.double()
    assert next(model.teacher.parameters()).dtype == torch.float64


def test_distillers_are_chosen_by_name(checkpoint):
    model = MODELS.build(distillation_cfg(checkpoint, active=['cwd']))
    assert [k for k in model.loss(*batch()) if k.startswith('distill')] == ['distill.loss_cwd']
    with pytest.raises(ValueError, match=r"unknown distillers \['cdw'\]"):
        MODELS.build(distillation_cfg(checkpoint, active=['cdw']))


def test_the_control_without_distillers_needs_no_teacher(tmp_path):
    model = MODELS.build(distillation_cfg(tmp_path / 'absent.pth', active=[]))
    assert model.teacher is None
    assert set(model.loss(*batch())) == {'decode.loss_soft_iou', 'decode.loss_bce'}


def test_a_head_of_the_host_can_be_distilled(checkpoint):
    head = dict(
        type='FCNHead', in_channels=16, in_index=1, channels=4, num_convs=1, concat_input=False,
        num_classes=2, out_channels=1, threshold=0.5, align_corners=False,
        loss_decode=dict(type='SoftIoULoss'),
    )  # fmt: skip
    model = MODELS.build(
        distillation_cfg(checkpoint, decode_head=head, auxiliary_head=head, active=['soft_logits'])
    )
    losses = model.loss(*batch())
    assert {'decode.loss_soft_iou', 'aux.loss_soft_iou', 'distill.loss_soft_logits'} <= set(losses)
    assert not hasattr(type(model.decode_head), '__wrapped__')
    assert 'loss_by_feat' not in vars(model.decode_head)


FCN = dict(
    type='FCNHead', in_channels=16, in_index=1, channels=4, num_convs=1, concat_input=False,
    align_corners=False, norm_cfg=dict(type='BN'),
)  # fmt: skip
OCR = dict(
    type='OCRHead', in_channels=16, in_index=1, channels=4, ocr_channels=4, align_corners=False,
    norm_cfg=dict(type='BN'), num_classes=2,
)  # fmt: skip


@pytest.mark.parametrize(
    'kind',
    [
        dict(decode_head=dict(FCN, num_classes=2)),
        dict(decode_head=dict(FCN, num_classes=4)),
        dict(
            type='DistillCascadeEncoderDecoder',
            num_stages=2,
            decode_head=[dict(FCN, num_classes=2), OCR],
        ),
    ],
    ids=['two channels', 'several classes', 'cascade'],
)
def test_any_head_learns_from_any_head(checkpoint, kind):
    torch.manual_seed(0)
    model = MODELS.build(distillation_cfg(checkpoint, **kind)).eval()
    losses = model.loss(*batch())
    assert {f'distill.loss_{name}' for name in distillers()} <= set(losses)
    student = model(batch()[0], mode='tensor')
    taught = model.teacher(batch()[0])['logits']
    taught = torch.nn.functional.interpolate(taught, student.shape[2:], mode='bilinear')
    # Probabilities of a target are compared, whatever the heads say it with.
    expected = soft_logits_loss(target_log_odds(student), taught)
    torch.testing.assert_close(losses['distill.loss_soft_logits'], expected)
    losses['distill.loss_soft_logits'].backward()
    assert all(p.grad.abs().max() > 0 for n, p in model.named_parameters() if 'stem.0.conv' in n)


class TwoMaps(FCNHead):
    """A head that computes its losses from several maps at once."""

    def forward(self, inputs):
        logits = super().forward(inputs)
        return logits, logits

    def loss_by_feat(self, seg_logits, batch_data_samples):
        return super().loss_by_feat(seg_logits[0], batch_data_samples)


def test_a_head_without_one_map_of_logits_is_named(checkpoint):
    head = dict(FCN, type=TwoMaps, num_classes=2)
    model = MODELS.build(distillation_cfg(checkpoint, decode_head=head))
    with pytest.raises(ValueError, match='no single map of logits.*compare stages instead'):
        model.loss(*batch())
    MODELS.build(distillation_cfg(checkpoint, decode_head=head, active=['cwd'])).loss(*batch())


def lesson(student, teacher, **loss):
    return dict(student=student, teacher=teacher, loss=dict(type='FeatureMSELoss', **loss))


def adapted(model, name):
    weight = model.distillers[name].loss.adapter.project.weight
    return weight.shape[1], weight.shape[0]


def test_channels_are_those_of_the_maps(checkpoint):
    lessons = dict(first=lesson(0, 1), last=lesson(-1, -2), given=lesson(0, 1, student_channels=8))
    model = MODELS.build(distillation_cfg(checkpoint, distillers=lessons))
    assert adapted(model, 'first') == adapted(model, 'given') == (8, 16)
    assert adapted(model, 'last') == (16, 8)
    assert model.loss(*batch())['distill.loss_last'] > 0
    # Without a normalisation the stem says how many channels images have.
    grey = dict(type='SegDataPreProcessor', size_divisor=16)
    cfg = distillation_cfg(checkpoint, distillers=lessons, data_preprocessor=grey)
    assert adapted(MODELS.build(cfg), 'last') == (16, 8)


def test_asking_for_channels_changes_nothing(checkpoint):
    torch.manual_seed(0)
    plain = MODELS.build(student_cfg())
    torch.manual_seed(0)
    model = MODELS.build(distillation_cfg(checkpoint))
    assert all(torch.equal(v, plain.state_dict()[k]) for k, v in model.state_dict().items())
    assert [m.training for m in model.backbone.modules()] == [
        m.training for m in plain.backbone.modules()
    ]
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    'wrong, error, message',
    [
        (lesson(0, 1, student_channels=9), ValueError, r'student_channels=9.* 8 channels; leave'),
        (lesson(0, 1, teacher_channels=8), ValueError, r'teacher_channels=8.* 16 channels; leave'),
        (lesson(5, 1), KeyError, r'student has no stage 5.*\[0, 1'),
        (lesson(0, -3), KeyError, r'teacher has no stage -3.*\[0, 1\]'),
    ],
)
def test_lessons_that_do_not_fit_are_named_when_the_model_is_built(
    checkpoint, wrong, error, message
):
    with pytest.raises(error, match=f'model.distillers.mine: .*{message}'):
        MODELS.build(distillation_cfg(checkpoint, distillers=dict(mine=wrong)))

import copy

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from tiny_encoder import ENCODER, guided_cfg, write_encoder, write_reduction
from tiny_teacher import student_cfg, write_weights

from mdp_plugin.models.distillation import FrozenTeacher


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('guided')
    return dict(
        encoder=write_encoder(folder / 'encoder.pth'),
        reduction=write_reduction(folder / 'reduction.pth'),
        student=write_weights(folder / 'student.pth', student_cfg(), seed=3),
    )


def build(files, **kwargs):
    model = MODELS.build(
        guided_cfg(files['encoder'], files['reduction'], student=str(files['student']), **kwargs)
    )
    model.init_weights()
    return model


def samples(size=(64, 64), number=2):
    label = torch.zeros(1, *size, dtype=torch.long)
    label[:, 20:24, 30:34] = 1
    return [SegDataSample(gt_sem_seg=PixelData(data=label)) for _ in range(number)]


def test_before_training_it_is_the_student_exactly(files):
    student = MODELS.build(student_cfg())
    student.load_state_dict(torch.load(files['student'], weights_only=True)['state_dict'])
    teacher = build(files).eval()
    inputs = torch.randn(2, 1, 72, 60)
    assert torch.equal(teacher.eval()(inputs), student.eval()(inputs))
    # And not because the tokens lead nowhere.
    torch.nn.init.normal_(teacher.guidance.modulate[0].weight)
    assert not torch.equal(teacher(inputs), student(inputs))


def test_a_checkpoint_holds_nothing_of_the_encoder_and_gives_the_same_again(files, tmp_path):
    teacher = build(files).eval()
    torch.nn.init.normal_(teacher.guidance.modulate[0].weight, std=0.1)
    state = teacher.state_dict()
    assert {key.split('.')[0] for key in state} == {
        'backbone', 'decode_head', 'guidance', 'reduction',
    }  # fmt: skip
    assert all(len(p) != 48 for p in state.values() if p.dim())  # no qkv of width 16
    assert sum(p.numel() for p in teacher.parameters()) < 20_000
    # A file of the reduction is not needed beside a checkpoint, nor is the student's.
    cfg = guided_cfg(files['encoder'], tmp_path / 'none.pth')
    torch.save(dict(state_dict=state), tmp_path / 'teacher.pth')
    frozen = FrozenTeacher(cfg, str(tmp_path / 'teacher.pth'))
    inputs = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        assert torch.allclose(frozen(inputs)['logits'], teacher(inputs), atol=1e-4)
    assert copy.deepcopy(teacher).encoder is teacher.encoder


def test_a_frozen_student_keeps_its_values_and_statistics(files):
    teacher = build(files, frozen=True).train()
    before = {k: v.clone() for k, v in teacher.state_dict().items() if 'guidance' not in k}
    trained = [p for p in teacher.parameters() if p.requires_grad]
    assert len(trained) == len(list(teacher.guidance.parameters()))
    optimizer = torch.optim.SGD(trained, lr=0.1)
    losses = teacher.loss(torch.randn(2, 1, 64, 64), samples())
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    optimizer.step()
    after = teacher.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert teacher.guidance.modulate[0].weight.abs().max() > 0


def test_any_transformer_of_mmpretrain(files, tmp_path):
    # Another architecture, with patches of 16 pixels: a token of 8 pixels is enlarged twice.
    backbone = dict(type='mmpretrain.VisionTransformer', arch='deit-tiny', img_size=64)
    encoder = write_encoder(tmp_path / 'deit.pth', backbone=backbone)
    tokens = dict(
        type='TokenEncoder', backbone=backbone, checkpoint=str(encoder), blocks=(2,), cell=8,
        window=4, autocast=None,
    )  # fmt: skip
    reduction = write_reduction(tmp_path / 'reduction.pth', width=192)
    cfg = guided_cfg(encoder, reduction, tokens=tokens)
    teacher = MODELS.build(cfg)
    teacher.init_weights()
    found = teacher.encode(torch.rand(2, 1, 50, 64) * 255)
    assert found.shape == (2, 6, 7, 8) and found.std() > 0
    losses = teacher.loss(torch.randn(2, 1, 64, 64), samples())
    assert all(value.isfinite().all() for value in losses.values())


def test_what_is_missing_is_named_with_what_to_do(files, tmp_path):
    cfg = guided_cfg(tmp_path / 'no_encoder.pth', files['reduction'])
    teacher = MODELS.build(cfg)
    with pytest.raises(FileNotFoundError, match=r'no_encoder\.pth.*dinov2_encoder\.py'):
        teacher(torch.zeros(1, 1, 64, 64))
    with pytest.raises(FileNotFoundError, match=r'no_reduction\.pth.*cache_tokens\.py'):
        MODELS.build(guided_cfg(files['encoder'], tmp_path / 'no_reduction.pth')).init_weights()


def test_another_encoder_is_refused(files, tmp_path):
    cfg = guided_cfg(files['encoder'], files['reduction'])
    right = MODELS.build(cfg).encoder
    cfg['tokens'] = dict(cfg['tokens'], digest='0123456789abcdef')
    wrong = MODELS.build(cfg)
    assert wrong.encoder.fingerprint != right.fingerprint
    with pytest.raises(ValueError, match=r'other weights.*model\.tokens\.digest='):
        wrong.encode(torch.zeros(1, 1, 64, 64))
    other = dict(ENCODER, arch=dict(ENCODER['arch'], embed_dims=32))
    cfg['tokens'] = dict(cfg['tokens'], digest=None, backbone=other)
    with pytest.raises(ValueError, match='does not fit'):
        MODELS.build(cfg).encoder(torch.zeros(1, 1, 64, 64))


def test_tokens_of_another_encoder_or_size_are_refused(files):
    teacher = build(files)
    given = samples()
    for sample in given:
        values = torch.zeros(6, 8, 8).half().numpy()
        sample.set_metainfo(dict(tokens=dict(values=values, encoder='another')))
    with pytest.raises(ValueError, match=r'another encoder.*cache_tokens\.py'):
        teacher.loss(torch.zeros(2, 1, 64, 64), given)
    for sample in given:
        sample.tokens['encoder'] = teacher.fingerprint
    with pytest.raises(ValueError, match='LoadTokens'):
        teacher.loss(torch.zeros(2, 1, 32, 32), given)

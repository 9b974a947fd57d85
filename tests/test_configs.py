"""Every config is complete: it loads, its network builds and runs at the size in its name."""

import ast
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from tiny_encoder import ENCODER, write_encoder

from mdp_plugin.engine.model_complexity import measure_complexity
from mdp_plugin.engine.tool_config import load_tool_config
from mdp_plugin.project_files import PROJECT_ROOT

CONFIGS = PROJECT_ROOT / 'configs'
LEAVES = sorted(path for path in CONFIGS.glob('*/*.py') if path.parent.name != '_base_')
BASES = sorted(CONFIGS.glob('_base_/**/*.py'))
WORD = r'[a-z0-9]+(?:-[a-z0-9]+)*'
# {model}-{variant}[_{modifier}]_{dataset}-{height}x{width}
NAME = re.compile(rf'(?P<model>[a-z0-9]+)-{WORD}(?:_{WORD})*_{WORD}-(?P<height>\d+)x(?P<width>\d+)')


def with_tiny_tokens(model: dict, folder: Path) -> dict:
    """A teacher's transformer, whose weights are not in the project, replaced by a tiny one."""
    if model.type == 'TokenGuidedEncoderDecoder':
        file = write_encoder(folder / 'encoder.pth')
        tiny = dict(backbone=ENCODER, checkpoint=str(file), digest=None, blocks=(1, 2))
        model.tokens = dict(model.tokens) | tiny
    return model


def identify(path: Path) -> str:
    return str(path.relative_to(CONFIGS))


def levels(path: Path) -> int:
    """Files from a config to the end of its longest line of ancestors, itself included."""
    bases = Config._get_base_files(str(path))
    bases = [bases] if isinstance(bases, str) else bases
    assert not any(Path(base).is_absolute() or '::' in base for base in bases), bases
    return 1 + max((levels(path.parent / base) for base in bases), default=0)


def test_there_are_configs():
    assert LEAVES and BASES
    for required in (
        'mdpnet/mdpnet-base_sirst-320x320.py',
        'unet/unet-s5_sirst-320x320.py',
        'segformer/segformer-b0_sirst-320x320.py',
    ):
        assert CONFIGS / required in LEAVES


@pytest.mark.parametrize('path', BASES, ids=identify)
def test_base_files_are_readable_alone_and_inherit_at_most_twice(path):
    assert len(Config.fromfile(path)) > 0
    assert levels(path) <= 3


@pytest.mark.parametrize('path', BASES + LEAVES, ids=identify)
def test_steps_are_found_by_type_and_never_by_position(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript):
            by_name = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            assert by_name or isinstance(node.slice, ast.Name), ast.unparse(node)
        if isinstance(node, ast.Attribute):
            assert node.attr != 'insert', ast.unparse(node)


@pytest.mark.parametrize('path', LEAVES, ids=identify)
def test_names_say_model_data_set_and_size(path):
    match = NAME.fullmatch(path.stem)
    assert match, 'expected {model}-{variant}[_{modifier}]_{dataset}-{height}x{width}.py'
    assert match['model'] == path.parent.name
    assert levels(path) <= 4
    # Configs are read by tools that compare types with strings.
    assert 'read_base' not in path.read_text()


@pytest.mark.parametrize('path', LEAVES, ids=identify)
def test_config_builds_and_runs_at_its_size(path, tmp_path):
    cfg = load_tool_config(path)  # every name in it is one that somebody reads
    for key in (
        'train_dataloader', 'val_dataloader', 'test_dataloader', 'train_cfg', 'val_cfg',
        'test_cfg', 'optim_wrapper', 'val_evaluator', 'test_evaluator', 'default_hooks',
    ):  # fmt: skip
        assert key in cfg, key
    assert cfg.default_scope == 'mmseg' and cfg.custom_imports.imports == [
        'mdp_plugin.registration'
    ]
    assert isinstance(cfg.test_evaluator, dict)
    match = NAME.fullmatch(path.stem)
    assert match, f'{path.name}: a name ends in _{{dataset}}-{{height}}x{{width}}.py'
    size = (int(match['height']), int(match['width']))
    assert tuple(cfg.scale)[::-1] == size

    if cfg.model.type == 'DistillEncoderDecoder':
        # The student alone: not every teacher's weights are in the project.
        cfg.model.active = []
    model = MODELS.build(with_tiny_tokens(cfg.model, tmp_path)).eval()
    channels = len(cfg.model.data_preprocessor.mean)
    batch = model.data_preprocessor(
        dict(inputs=[torch.rand(channels, *size) * 255], data_samples=None)
    )
    with torch.no_grad():
        (sample,) = model(**batch, mode='predict')
    probability = sample.seg_logits.data
    assert probability.shape == (1, *size)
    assert probability.isfinite().all() and 0 <= probability.min() <= probability.max() <= 1
    parameters = sum(p.numel() for p in model.parameters())
    if match['model'] == 'mdpnet':
        assert parameters <= 230_000


DISTILLED = [path for path in LEAVES if '_kd-' in path.name]


@pytest.mark.parametrize('path', DISTILLED, ids=identify)
def test_every_lesson_fits_its_teacher(path, tmp_path):
    cfg = Config.fromfile(path)
    for lesson in cfg.model.distillers.values():  # widths are the networks' to say
        assert not {'student_channels', 'teacher_channels'} & set(lesson.loss)
    teacher_cfg = Config.fromfile(PROJECT_ROOT / cfg.model.teacher.config).model
    teacher = MODELS.build(with_tiny_tokens(teacher_cfg, tmp_path))
    cfg.model.teacher.config = teacher_cfg
    torch.save(dict(state_dict=teacher.state_dict()), tmp_path / 'teacher.pth')
    cfg.model.teacher.checkpoint = str(tmp_path / 'teacher.pth')
    cfg.model.active = None
    model = MODELS.build(cfg.model)
    model.progress = 0.25
    label = torch.zeros(1, *(64, 64), dtype=torch.long)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label)) for _ in range(2)]
    losses = model.loss(torch.randn(2, 1, 64, 64), samples)
    lessons = {f'distill.loss_{name}' for name in cfg.model.distillers}
    assert lessons and lessons <= set(losses)
    plain = path.with_name(re.sub('_kd-[^_]+', '', path.name))
    expected = MODELS.build(Config.fromfile(plain).model).state_dict()
    assert list(model.state_dict()) == list(expected)


@pytest.mark.parametrize('path', DISTILLED, ids=identify)
def test_shipped_teachers_load(path):
    cfg = Config.fromfile(path)
    if not (PROJECT_ROOT / cfg.model.teacher.checkpoint).is_file():
        with pytest.raises(FileNotFoundError, match=r'tools/train\.py'):
            MODELS.build(cfg.model)
    else:
        assert MODELS.build(cfg.model).teacher is not None


def test_the_base_model_stays_within_its_budget():
    cfg = Config.fromfile(CONFIGS / 'mdpnet/mdpnet-base_sirst-320x320.py')
    counts = measure_complexity(MODELS.build(cfg.model), (1, 320, 320))
    assert counts.parameters <= 230_000
    assert 0.05e9 < counts.macs <= 0.35e9

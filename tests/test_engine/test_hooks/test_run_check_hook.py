"""What cannot be trained is named in one sentence before the first step."""

import re

import cv2
import numpy as np
import pytest
import torch
from tiny_training import run_tool, running, write_config, write_dataset


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp('checked')
    return write_config(folder, write_dataset(folder / 'data', num_images=4))


def refused(config, tmp_path, *options: str) -> str:
    """The sentence of a training that does not start."""
    argv = [config, '--work-dir', tmp_path / 'w', '--cfg-options', *options]
    with running('tools/train.py', argv, tmp_path) as run:
        run.process.join(600)
        output = run.output()
    assert run.process.exitcode == 1, output[-3000:]
    assert 'Traceback' not in output and 'Epoch(train)' not in output
    return output.splitlines()[-1]


FCN = dict(
    _delete_=True, type='FCNHead', in_channels=16, in_index=1, channels=4, num_convs=1,
    concat_input=False, align_corners=False, num_classes=3,
)  # fmt: skip


@pytest.mark.parametrize(
    'options, words',
    [
        (
            ['train_dataloader.batch_size=8', 'train_dataloader.drop_last=True'],
            'fewer images than a batch: lower train_dataloader.batch_size',
        ),
        (
            [f'model.decode_head.{key}={value}' for key, value in FCN.items()],
            'num_classes is 3, but the masks have 2 classes: background, target',
        ),
        (['model.decode_head.num_classes=3'], 'num_classes is 3'),
        (['model.backbone.in_channels=3'], r'have 1 channel\(s\).*in_channels=1'),
        (['default_hooks.checkpoint.save_best=irstd/niou'], 'no "irstd/niou"; there are .*nIoU'),
        (['train_dataloader.dataset.part=train', 'train_dataloader.dataset.val_fraction=0.9'],
         'of 4 images, val_fraction=0.9 leaves none'),
        (['val_dataloader.dataset.data_prefix.seg_map_path=images'], 'masks .* are none: .*grey'),
        (
            ['train_cfg._delete_=True', 'train_cfg.by_epoch=False', 'train_cfg.max_iters=2'],
            'default_hooks.checkpoint.by_epoch=False',
        ),
    ],
    ids=['batch', 'classes', 'classes of MDPHead', 'channels', 'best', 'split', 'masks', 'loop'],
)  # fmt: skip
def test_what_cannot_work_is_named(config, tmp_path, options, words):
    assert re.search(words, refused(config, tmp_path, *options))


def rewrite_masks(folder, change):
    for file in folder.iterdir():
        cv2.imwrite(str(file), change(cv2.imread(str(file), cv2.IMREAD_UNCHANGED)))


def test_inverted_masks_are_named(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data', num_images=4))
    rewrite_masks(tmp_path / 'data/masks', lambda mask: 255 - mask)
    assert 'target, as if it were inverted' in refused(config, tmp_path, 'randomness.seed=1')


def test_labels_that_are_no_classes_are_named(tmp_path):
    # Without `BinarizeMask`, the fourth step.
    config = write_config(
        tmp_path,
        write_dataset(tmp_path / 'data', num_images=4),
        'train_dataloader["dataset"]["pipeline"] = [*load[:3], dict(type="PackSegInputs")]',
    )
    rewrite_masks(tmp_path / 'data/masks', lambda mask: mask // 255 * 7)
    said = refused(config, tmp_path, 'randomness.seed=1')
    assert 'masks of train hold [7]' in said and 'put BinarizeMask behind LoadAnnotations' in said


def test_the_best_false_alarm_rate_is_the_lowest(config, tmp_path):
    """With the direction of nIoU the worst checkpoint was kept."""
    output = run_tool(
        'tools/train.py', config, '--work-dir', tmp_path / 'w', '--cfg-options',
        'default_hooks.checkpoint.save_best=irstd/Fa', 'train_cfg.max_epochs=6', cwd=tmp_path,
    )  # fmt: skip
    rates = [float(rate) for rate in re.findall(r'irstd/Fa: ([\d.]+)', output)]
    assert len(rates) == 6 and len(set(rates)) > 1
    (best,) = (tmp_path / 'w').glob('best_irstd_Fa_epoch_*.pth')
    assert rates[int(best.stem.rsplit('_', 1)[1]) - 1] == min(rates)


def test_a_training_by_iterations_trains_and_resumes(config, tmp_path, project_root):
    """As docs/training.md has it."""
    text = (project_root / 'docs/training.md').read_text()
    block = text.split('mdpnet-base_iterations')[1].split('```')[0]
    settings = block.split('\n', 2)[2].replace('20000', '6').replace('2000', '3')
    mine = tmp_path / 'iterations.py'
    schedule = "dict(type='RunOneCycleLR', pct_start=0.1, convert_to_iter_based=True)"
    base = tmp_path / 'base.py'
    base.write_text(f'_base_ = {str(config)!r}\nparam_scheduler = {schedule}\n')
    mine.write_text(f'_base_ = {str(base)!r}\n{settings}')
    argv = [mine, '--work-dir', tmp_path / 'w']
    output = run_tool('tools/train.py', *argv, cwd=tmp_path)
    assert output.count('irstd/nIoU: ') == 2
    saved = {path.name for path in (tmp_path / 'w').glob('iter_*.pth')}
    assert saved == {'iter_3.pth', 'iter_6.pth'}
    (tmp_path / 'w/iter_6.pth').unlink()
    (tmp_path / 'w/last_checkpoint').write_text(str(tmp_path / 'w/iter_3.pth'))
    output = run_tool('tools/train.py', *argv, '--resume', cwd=tmp_path)
    assert 'resumed epoch: 0, iter: 3' in output and (tmp_path / 'w/iter_6.pth').is_file()
    # One setting forgotten.
    said = refused(mine, tmp_path, 'param_scheduler.by_epoch=True',
                   'param_scheduler.convert_to_iter_based=True')  # fmt: skip
    assert 'Set param_scheduler.by_epoch=False' in said


def test_the_check_changes_nothing(config, tmp_path):
    states = []
    for name, hook in (('with', 'RunCheckHook'), ('without', 'EmptyCacheHook')):
        options = [f'default_hooks.run_check.type={hook}']
        run_tool(
            'tools/train.py', config, '--work-dir', tmp_path / name, '--cfg-options',
            'train_cfg.max_epochs=1', *options, cwd=tmp_path,
        )  # fmt: skip
        states.append(torch.load(tmp_path / name / 'epoch_1.pth', weights_only=True)['state_dict'])
    assert all(np.array_equal(states[0][key], states[1][key]) for key in states[0])

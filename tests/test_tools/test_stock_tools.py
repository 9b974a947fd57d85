"""The tools and functions that the host ships work on the project's configs."""

import subprocess
import sys
from pathlib import Path

import cv2
import mmseg
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.apis import MMSegInferencer, inference_model, init_model
from tiny_training import PROJECT_ROOT, SIZE, run_tool, write_config, write_dataset

STOCK = Path(mmseg.__path__[0]) / '.mim/tools'
# MDPNet instead of the small U-Net of `write_config`; validation is the host's business here.
MDPNET = """
model = dict(
    backbone=dict(
        _delete_=True, type='MDPNet', stem_channels=8, embed_dims=(8, 16), depths=(1, 1),
        strides=(1, 2), dilations=(1, 2), out_indices=(0, 1)),
    decode_head=dict(
        _delete_=True, type='MDPHead', in_channels=(8, 16), channels=8, align_corners=False,
        loss_decode=[dict(type='SoftIoULoss'), dict(
            type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True,
            loss_name='loss_bce')]))
"""

pytestmark = pytest.mark.skipif(not STOCK.is_dir(), reason='mmseg was installed without its tools')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A training by the host's own tool, from a directory that is not the project's."""
    folder = tmp_path_factory.mktemp('stock')
    base = write_config(folder, write_dataset(folder / 'data', num_images=4))
    config = folder / 'mdpnet.py'
    config.write_text(f'_base_ = {base.name!r}\n{MDPNET}')
    output = run_tool(
        str(STOCK / 'train.py'), config, '--work-dir', folder / 'run',
        '--cfg-options', 'train_cfg.max_epochs=3', cwd=folder / 'elsewhere',
    )  # fmt: skip
    return config, folder / 'run', output


@pytest.fixture
def model(trained):
    config, run, _ = trained
    return init_model(str(config), str(run / 'epoch_3.pth'), device='cpu')


@pytest.fixture(scope='module')
def image_file(trained):
    config, _, _ = trained
    return config.parent / 'data/images/spot_0.png'


def test_train(trained):
    _, run, output = trained
    assert (run / 'epoch_3.pth').is_file() and 'loss_soft_iou' in output


def test_test(trained, tmp_path):
    config, run, _ = trained
    output = run_tool(
        str(STOCK / 'test.py'), config, run / 'epoch_3.pth', '--work-dir', tmp_path / 'work',
        '--out', tmp_path / 'out', '--show-dir', tmp_path / 'shown', cwd=tmp_path,
    )  # fmt: skip
    assert 'irstd/nIoU' in output and 'irstd/Pd' in output
    assert len(list((tmp_path / 'out').rglob('*.png'))) >= 4
    assert len(list((tmp_path / 'shown').rglob('*.png'))) == 4


def test_analyze_logs(trained, tmp_path):
    pytest.importorskip('seaborn')
    _, run, _ = trained
    (log,) = run.glob('20*/vis_data/20*.json')
    picture = tmp_path / 'curves.png'
    process = subprocess.run(
        [sys.executable, STOCK / 'analysis_tools/analyze_logs.py', log, '--keys', 'loss',
         'decode.loss_bce', '--out', picture],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-2000:]
    assert cv2.imread(str(picture)).std() > 0


@pytest.mark.parametrize('name', ['mdpnet/mdpnet-base', 'segformer/segformer-b0'])
def test_print_config(name, tmp_path):
    process = subprocess.run(
        [sys.executable, STOCK / 'misc/print_config.py',
         PROJECT_ROOT / f'configs/{name}_sirst-320x320.py',
         '--cfg-options', 'train_dataloader.batch_size=3'],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-2000:]
    assert 'IRSTDDataset' in process.stdout and 'batch_size=3' in process.stdout


def inputs_of(file: Path) -> dict[str, np.ndarray]:
    """The same image in every form in which a camera or a program may deliver it."""
    grey = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    assert grey.shape == (SIZE, SIZE)
    return {
        'grey': grey,
        'one channel': grey[..., None],
        'colour': np.repeat(grey[..., None], 3, axis=2),
        # The full range of 16 bit stands for that of 8 bit.
        'uint16': grey.astype(np.uint16) * 257,
        'float': grey.astype(np.float32),
    }


def full_range(config: Path) -> Config:
    """The config with 65535 and 255.0 for white, instead of levels measured in each frame."""
    cfg = Config.fromfile(config)
    for pipeline in (cfg.test_pipeline, cfg.test_dataloader.dataset.pipeline):
        for step in pipeline:
            if step.type == 'ToGrayscale':
                step.levels = 'full'
    return cfg


def test_inference_model_takes_paths_and_arrays(model, trained, image_file):
    reference = inference_model(model, str(image_file)).seg_logits.data
    assert reference.shape == (1, SIZE, SIZE) and 0 < reference.max() <= 1
    for name, array in inputs_of(image_file).items():
        # The host rewrites the model's config at the first array, so each model sees one kind.
        config, run, _ = trained
        fresh = init_model(full_range(config), str(run / 'epoch_3.pth'), device='cpu')
        result = inference_model(fresh, array).seg_logits.data
        torch.testing.assert_close(result, reference, rtol=1e-3, atol=1e-3, msg=name)


def test_inferencer_takes_paths_arrays_and_folders(trained, image_file, tmp_path, monkeypatch):
    config, run, _ = trained
    monkeypatch.chdir(tmp_path)
    inferencer = MMSegInferencer(full_range(config), str(run / 'epoch_3.pth'), device='cpu')
    masks = []
    for source in (str(image_file), *inputs_of(image_file).values()):
        result = inferencer(source, return_datasamples=True, show=False)
        masks.append(result.seg_logits.data)
    for mask in masks[1:]:
        torch.testing.assert_close(mask, masks[0], rtol=1e-3, atol=1e-3)
    inferencer(str(image_file.parent), out_dir=str(tmp_path / 'out'), show=False)
    assert len(list((tmp_path / 'out/pred').iterdir())) == 4
    assert len(list((tmp_path / 'out/vis').iterdir())) == 4


@pytest.mark.parametrize('name', ['mdpnet/mdpnet-base', 'unet/unet-s5', 'segformer/segformer-b0'])
def test_shipped_configs_serve_inference(name, image_file):
    config = PROJECT_ROOT / f'configs/{name}_sirst-320x320.py'
    torch.manual_seed(0)
    model = init_model(Config.fromfile(config), device='cpu')
    by_path = inference_model(model, str(image_file)).seg_logits.data
    by_array = inference_model(model, inputs_of(image_file)['grey']).seg_logits.data
    # The image is enlarged to the network's size and the result comes back to its own.
    assert by_path.shape == (1, SIZE, SIZE)
    torch.testing.assert_close(by_array, by_path, rtol=1e-3, atol=1e-3)

"""Exported files compute what the test runner computes, at any size, and know what they are."""

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from export_description import describe
from mmengine.config import Config
from mmseg.apis import inference_model, init_model
from tiny_training import run_tool, write_config, write_dataset

from mdp_plugin.deploy import load_exported
from mdp_plugin.deploy.runtime import BACKENDS
from mdp_plugin.engine.tool_config import network_interpolation
from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.export.exporting import export

HAS_TENSORRT = torch.cuda.is_available() and importlib.util.find_spec('tensorrt') is not None
SHAPES = [(1, 64, 64), (2, 75, 101), (1, 33, 47), (3, 40, 96)]


@pytest.mark.parametrize(
    ('suffix', 'backend'),
    # ncnn's files are for one size: test_edge_formats.py
    [(s, name) for name, (_, suffixes) in BACKENDS.items() for s in suffixes if name != 'ncnn'],
)
def test_every_backend_agrees_with_torch_at_any_size(files, scene, suffix, backend):
    if suffix not in files:
        pytest.skip(f'nothing that writes {suffix} is installed')
    path, graph = files[suffix]
    if backend == 'tensorrt' and not HAS_TENSORRT:
        pytest.skip('no TensorRT here')
    detector = load_exported(path, backend=backend, threads=1)
    assert detector.metadata == describe(detector.metadata.frame_type)
    dtype = np.dtype(detector.metadata.frame_type)
    for count, height, width in SHAPES:
        frames = np.stack([scene(height, width, seed) for seed in range(count)]).astype(dtype)
        if dtype == np.uint16:
            frames = frames * 257
        with torch.no_grad():
            expected = graph(torch.from_numpy(frames)).numpy()
        probability = detector(frames)
        assert probability.shape == frames.shape and probability.dtype == np.float32
        assert expected.max() > 0.5, 'the scenes should hold targets'
        np.testing.assert_allclose(probability, expected, atol=1e-4)
        np.testing.assert_allclose(detector(frames[0]), probability[0], atol=1e-5)


def test_sure_pixels_have_a_probability_of_one_at_most(shipped_model, scene, tmp_path):
    sure = copy.deepcopy(shipped_model)
    with torch.no_grad():
        sure.decode_head.conv_seg.weight.zero_()
        sure.decode_head.conv_seg.bias.fill_(17.817932)
    path = export(DetectorGraph(sure), describe('uint8'), tmp_path / 'sure.onnx')
    frame = scene(64, 64, 0).astype(np.uint8)
    raw = load_exported(path, backend='onnxruntime')._session.run(None, {'frames': frame[None]})[0]
    assert raw.max() > 1, 'ONNX Runtime rounds otherwise now; look for another value'
    for backend in ('onnxruntime', 'openvino'):
        assert load_exported(path, backend=backend)(frame).max() <= 1


def test_sixteen_bits_keep_their_depth(files, scene):
    """Steps far under a grey level of 8 bits change the probability as in float32."""
    path, graph = files['.onnx']
    detector = load_exported(path, backend='onnxruntime')
    frames = np.stack([scene(96, 128, seed) for seed in range(6)]).astype(np.uint16) * 257
    finer = frames + np.arange(128, dtype=np.uint16)  # up to half of an 8-bit level
    assert np.array_equal(frames // 257, finer.clip(0, 65535) // 257)
    with torch.no_grad():
        coarse, expected = (graph(torch.from_numpy(f)).numpy() for f in (frames, finer))
    assert np.abs(expected - coarse).max() > 1e-3
    np.testing.assert_allclose(detector(finer), expected, atol=1e-4)


@pytest.mark.parametrize(('interpolation', 'tolerance'), [('bilinear', 2e-2), ('nearest', 1e-4)])
def test_the_graph_is_what_the_host_predicts(
    project_root, shipped_model, scene, tmp_path, interpolation, tolerance
):
    """Same kernel, normalisation and resize as a picture takes through the test pipeline."""
    cfg = Config.fromfile(project_root / 'configs/mdpnet/mdpnet-fine_nudt-sirst-256x256.py')
    cfg.test_dataloader.dataset.pipeline[2].interpolation = interpolation
    assert network_interpolation(cfg) == interpolation
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline  # what the host's API takes
    model = init_model(cfg, device='cpu')
    model.load_state_dict(shipped_model.state_dict())
    image = scene(150, 211)
    cv2.imwrite(str(tmp_path / 'image.png'), image)
    expected = inference_model(model, str(tmp_path / 'image.png')).seg_logits.data[0]
    graph = DetectorGraph(shipped_model, size=(256, 256), interpolation=interpolation)
    with torch.no_grad():
        probability = graph(torch.from_numpy(image)[None])[0]
    # OpenCV resizes bilinearly with coefficients of eleven bits.
    assert expected.max() > 0.5
    torch.testing.assert_close(probability, expected, atol=tolerance, rtol=0)
    assert ((probability > 0.5) != (expected > 0.5)).sum() <= 2


def test_mask_and_white_level(shipped_model, scene):
    image = torch.from_numpy(scene(64, 64))[None]
    plain = DetectorGraph(shipped_model)
    masked = DetectorGraph(shipped_model, frame_type='uint16', white_level=4 * 255, threshold=0.3)
    with torch.no_grad():
        expected = plain(image)
        probability, mask = masked(image.to(torch.uint16) * 4)
    torch.testing.assert_close(probability, expected)
    assert torch.equal(mask, (expected > 0.3).to(torch.uint8)) and mask.any()


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(frame_type='int8'), 'frame_type'),
        (dict(threshold=1.5), 'threshold'),
        (dict(white_level=-1), 'white_level'),
        (dict(interpolation='cubic'), 'interpolation'),
    ],
)
def test_impossible_graphs(shipped_model, options, message):
    with pytest.raises(ValueError, match=message):
        DetectorGraph(shipped_model, **options)


def test_frames_that_do_not_fit_are_refused(files, scene):
    detector = load_exported(files['.xml'][0])
    image = scene(64, 64)
    with pytest.raises(TypeError, match='uint8, not uint16'):
        detector(image.astype(np.uint16))
    with pytest.raises(ValueError, match='32 pixels'):
        detector(image[:20])
    with pytest.raises(ValueError, match='32 pixels'):
        detector(image[None, None])


def test_files_that_cannot_be_run_are_named(files, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'absent\.onnx'):
        load_exported(tmp_path / 'absent.onnx')
    whole = files['.onnx'][0].read_bytes()
    for name, content in (('cut.onnx', whole[: len(whole) // 2]), ('text.onnx', b'no model'),
                          ('text.pt2', b'no model'), ('text.xml', b'<html></html>')):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            load_exported(tmp_path / name)
    with pytest.raises(ValueError, match='suffix'):
        load_exported(files['.pt2'][0], backend='openvino')
    with pytest.raises(ValueError, match='backend must be one of'):
        load_exported(files['.onnx'][0], backend='tensorflow')


def test_a_foreign_model_is_refused(tmp_path):
    from onnx import TensorProto, helper, save

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in 'xy']
    graph = helper.make_graph([helper.make_node('Relu', ['x'], ['y'])], 'g', *map(list, zip(value)))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=9)
    save(model, tmp_path / 'foreign.onnx')
    for backend in ('onnxruntime', 'openvino'):
        with pytest.raises(ValueError, match=r'foreign\.onnx" carries no description'):
            load_exported(tmp_path / 'foreign.onnx', backend=backend)


def test_the_format_is_that_of_the_suffix(shipped_model, tmp_path):
    with pytest.raises(ValueError, match=r'\.engine: the suffix must be one of'):
        export(DetectorGraph(shipped_model), describe(), tmp_path / 'model.engine')


def figures(folder: Path) -> dict:
    (file,) = folder.glob('*/*.json')
    return {k: v for k, v in json.loads(file.read_text()).items() if k.startswith('irstd/')}


def test_exported_figures_are_those_of_the_weights(tmp_path):
    """From training to export to test by the tools; the exported file resizes to 64x64 itself."""
    resize = """
scale = (64, 64)
test_pipeline = [load[0], load[1], dict(type='AlignedResize', scale=scale), *load[2:],
    dict(type='PackSegInputs')]
test_dataloader = dict(
    batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=test_pipeline, **dataset))
train_cfg.update(max_epochs=12)
"""
    data = write_dataset(tmp_path / 'data')
    for path in (*(data / 'images').iterdir(), *(data / 'masks').iterdir()):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if path.stem in ('spot_3', 'spot_4', 'spot_5'):  # images of another size
            cv2.imwrite(
                str(path), cv2.resize(image, (97, 80), interpolation=cv2.INTER_NEAREST_EXACT)
            )
    config = write_config(tmp_path, data, resize)
    # Training takes the images of one size, the test all of them.
    run_tool(
        'tools/train.py', config, '--work-dir', tmp_path / 'run', '--cfg-options',
        'train_dataloader.dataset.indices=3', 'val_dataloader.dataset.indices=3', cwd=tmp_path,
    )  # fmt: skip
    weights = tmp_path / 'run/epoch_12.pth'
    # A config that scores on the square, with frames resized to it as their masks are.
    square = tmp_path / 'square.py'
    square.write_text("""
_base_ = './tiny.py'
steps = [step for step in _base_.test_pipeline if step['type'] != 'AlignedResize']
resize = dict(type='AlignedResize', scale=(64, 64), as_original=True, interpolation='nearest')
test_dataloader = dict(dataset=dict(pipeline=[*steps[:-1], resize, steps[-1]]))
""")
    out = tmp_path / 'exported.onnx'
    printed = run_tool(
        'tools/deployment/export.py', config, weights, out, '--frame-type', 'float32', cwd=tmp_path
    )
    assert '"size": [64, 64]' in printed
    results = []
    for file in (config, square):
        runs = tmp_path / 'torch' / file.stem, tmp_path / 'onnx' / file.stem
        run_tool('tools/test.py', file, weights, '--work-dir', runs[0], cwd=tmp_path)
        run_tool('tools/deployment/test.py', file, out, '--work-dir', runs[1], cwd=tmp_path)
        expected, found = map(figures, runs)
        assert expected['irstd/nIoU'] > 5
        for name in ('irstd/nIoU', 'irstd/IoU', 'irstd/Pd', 'irstd/num_targets'):
            assert found[name] == pytest.approx(expected[name], abs=0.1), name
        results.append(expected['irstd/nIoU'])
    assert abs(results[0] - results[1]) > 0.2


@pytest.mark.parametrize('suffix', ['.onnx', '.xml', '.pt2'])
def test_frames_resized_by_the_nearest_neighbour(shipped_model, scene, tmp_path, suffix):
    graph = DetectorGraph(shipped_model, size=(64, 80), interpolation='nearest')
    metadata = describe(size=(64, 80), interpolation='nearest')
    detector = load_exported(export(graph, metadata, tmp_path / f'model{suffix}'))
    assert detector.metadata == metadata
    for height, width in ((150, 61), (40, 200)):
        frames = scene(height, width)[None]
        with torch.no_grad():
            expected = graph(torch.from_numpy(frames)).numpy()
        assert expected.max() > 0.5
        np.testing.assert_allclose(detector(frames), expected, atol=1e-4)


def test_a_file_for_one_size(shipped_model, scene, tmp_path):
    """It takes frames of that size only, one after the other, and has no resize at its ends."""
    import onnx

    metadata = describe(frame_size=(64, 96), size=(64, 96))
    graph = DetectorGraph(shipped_model, size=(64, 96))
    path = export(graph, metadata, tmp_path / 'fixed.onnx')
    free = export(graph, describe(size=(64, 96)), tmp_path / 'free.onnx')
    resizes = [
        sum(node.op_type == 'Resize' for node in onnx.load(p).graph.node) for p in (path, free)
    ]
    assert resizes[1] - resizes[0] >= 2
    frames = np.stack([scene(64, 96, seed) for seed in range(3)])
    detector = load_exported(path)
    np.testing.assert_allclose(detector(frames), load_exported(free)(frames), atol=1e-5)
    with pytest.raises(ValueError, match='frames of 64x96, not 96x64'):
        detector(frames.transpose(0, 2, 1))


@pytest.mark.parametrize('suffix', ['.onnx', '.xml'])
def test_int8(shipped_model, scene, tmp_path, suffix):
    frames = [scene(96, 96, seed) for seed in range(8)]
    graph = DetectorGraph(shipped_model)
    path = export(graph, describe(precision='int8'), tmp_path / f'int8{suffix}', frames)
    detector = load_exported(path)
    assert detector.metadata.precision == 'int8'
    batch = np.stack([scene(96, 96, seed) for seed in range(20, 26)])
    with torch.no_grad():
        expected = graph(torch.from_numpy(batch)).numpy() > 0.5
    found = detector(batch) > 0.5
    assert expected.sum() > 40
    # It is another network, but finds the same.
    assert 0 < (found != expected).sum() < 0.25 * expected.sum()
    if suffix == '.onnx':
        import onnx

        kinds = [node.op_type for node in onnx.load(path).graph.node]
        assert kinds.count('QuantizeLinear') > 20


def test_int8_needs_frames_and_a_format_that_has_it(shipped_model, tmp_path):
    graph = DetectorGraph(shipped_model)
    with pytest.raises(ValueError, match='training images'):
        export(graph, describe(precision='int8'), tmp_path / 'model.onnx', [])
    with pytest.raises(ValueError, match='INT8'):
        export(graph, describe(precision='int8'), tmp_path / 'model.pt2', [])


def test_bfloat16_is_openvinos(files, scene):
    image = scene(96, 128)
    full, half = (load_exported(files['.xml'][0], precision=p)(image) for p in ('f32', 'bf16'))
    assert 0 < np.abs(half - full).max() < 0.3  # another precision, at the rims of targets
    assert ((half > 0.5) != (full > 0.5)).sum() <= 3
    with pytest.raises(ValueError, match="onnxruntime computes in .*not 'bf16'"):
        load_exported(files['.onnx'][0], backend='onnxruntime', precision='bf16')


@pytest.mark.skipif(HAS_TENSORRT, reason='TensorRT is here')
def test_tensorrt_where_there_is_none(files):
    with pytest.raises(ImportError, match='needs an NVIDIA GPU and the packages onnxruntime-gpu'):
        load_exported(files['.onnx'][0], backend='tensorrt')
    with pytest.raises(ValueError, match="tensorrt computes in .*not 'bf16'"):
        load_exported(files['.onnx'][0], backend='tensorrt', precision='bf16')


def test_running_needs_no_training_framework(files, tmp_path, project_root):
    """A camera's program holds neither PyTorch nor OpenMMLab, and little memory."""
    code = f"""
import re, sys
import numpy as np
from mdp_plugin.deploy import load_exported
detector = load_exported({str(files['.onnx'][0])!r}, threads=2)
for _ in range(3):
    detector(np.zeros((320, 320), np.uint16))
assert not {{'torch', 'mmengine', 'mmcv', 'mmseg'}} & set(sys.modules)
print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 250 * 1024  # KiB

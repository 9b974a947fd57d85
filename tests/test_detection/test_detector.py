"""The detector for users who know nothing of OpenMMLab."""

import copy

import cv2
import numpy as np
import pytest
import torch

from mdp_plugin import TargetDetector
from mdp_plugin.deploy.metadata import ExportMetadata
from mdp_plugin.evaluation.operating_points import FalseAlarmWarning
from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.export.exporting import export
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


@pytest.fixture(scope='module')
def detector():
    return TargetDetector('mdpnet-fine_nudt-sirst-256x256', threads=1)


@pytest.fixture(scope='module')
def scene():
    return SceneGenerator(SceneSettings(size=(200, 240)), seed=3)(0)


def test_all_kinds_of_images_give_the_same(scene, tmp_path):
    image = scene.image
    detector = TargetDetector('mdpnet-fine_nudt-sirst-256x256', threads=1, levels='full')
    expected = detector(image)
    assert expected.targets and expected.probability.shape == image.shape
    assert np.array_equal(expected.mask, expected.probability > 0.5)
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    deep = image.astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / 'deep.tif'), deep)
    cv2.imwrite(str(tmp_path / 'ä b.png'), image)
    for other in (colour, deep, image.astype(np.float64), tmp_path / 'deep.tif',
                  str(tmp_path / 'ä b.png'), np.dstack([colour, image])):  # fmt: skip
        found = detector(other)
        np.testing.assert_allclose(found.probability, expected.probability, atol=1e-3)
        assert len(found.targets) == len(expected.targets)
    for batch in ([image, tmp_path / 'deep.tif'], np.stack([image] * 2), np.stack([colour] * 2)):
        results = detector(batch)
        assert len(results) == 2
        np.testing.assert_allclose(results[1].probability, expected.probability, atol=1e-3)


def test_targets_carry_what_is_promised(detector, scene):
    for target in detector(scene.image).targets:
        x, y, width, height = target.box
        assert x <= target.x <= x + width - 1 and y <= target.y <= y + height - 1
        assert 0.5 < target.mean <= target.peak <= 1
        assert 1 <= target.area <= width * height and np.isfinite(target.scr)


def test_frames_of_more_bits_are_measured(detector, scene):
    """By themselves all units show the network the same; the targets are those of 8 bits."""
    expected = [(t.x, t.y) for t in detector(scene.image).targets]
    for image in (
        scene.image.astype(np.uint16) * 64,
        (8000 + scene.image * (1000 / 255)).round().astype(np.int32),
        (280 + scene.image / 8).astype(np.float32),
        scene.image / 255,
    ):
        found = detector(image)
        np.testing.assert_allclose([(t.x, t.y) for t in found.targets], expected, atol=0.5)
        assert np.percentile(found.grey, 99) > 170
    assert not detector(np.full((96, 128), 8000, np.uint16)).targets
    assert not detector(np.full((96, 128), 300.0)).targets


def test_the_config_says_which_value_is_white(scene, project_root, tmp_path):
    name = 'mdpnet-fine_nudt-sirst-256x256'
    text = f"_base_ = '{project_root}/configs/mdpnet/{name}.py'\n"
    text += """test_dataloader = dict(dataset=dict(pipeline=[
    {**s, **(dict(white_level=1020) if s['type'] == 'ToGrayscale' else {})}
    for s in _base_.test_pipeline]))\n"""
    (tmp_path / 'camera.py').write_text(text)
    own = TargetDetector.from_config(
        tmp_path / 'camera.py', project_root / f'mdp_plugin/weights/{name}.pth', threads=1
    )
    assert own.levels.white_level == 1020
    np.testing.assert_allclose(own(scene.image.astype(np.uint16) * 4).grey, scene.image, atol=1e-4)


def test_nothing_is_reported_in_ignored_pixels(detector, scene):
    """The scene has a hot pixel, which is reported, and which hides two of its three targets."""
    hot, *others = detector(scene.image).targets
    assert hot.area == 1 and len(others) == 1
    ignored = np.zeros(scene.image.shape, np.uint8)
    ignored[hot.box[1], hot.box[0]] = 1
    own = TargetDetector('mdpnet-fine_nudt-sirst-256x256', threads=1, ignore_mask=ignored)
    found = sorted((t.x, t.y) for t in own(scene.image).targets)
    np.testing.assert_allclose(found, sorted((t.x, t.y) for t in scene.targets), atol=3)
    text = np.zeros(scene.image.shape, bool)
    text[:40, :120] = True
    own = TargetDetector('mdpnet-fine_nudt-sirst-256x256', threads=1, ignore_mask=text | ignored)
    assert [round(t.x) for t in own(scene.image).targets] == [177]
    with pytest.raises(ValueError, match='must have the size of the frames'):
        own(scene.image[:100])


def test_white_level_of_a_camera(scene):
    camera = TargetDetector('mdpnet-fine_nudt-sirst-256x256', white_level=4 * 255, threads=1)
    expected = camera(scene.image)
    found = camera(scene.image.astype(np.uint16) * 4)
    np.testing.assert_allclose(found.probability, expected.probability, atol=1e-3)


@pytest.mark.parametrize('frame_type', ['uint8', 'uint16', 'float32'])
def test_an_exported_file_finds_the_same(detector, shipped_graph, scene, tmp_path, frame_type):
    graph = DetectorGraph(shipped_graph, size=(256, 256), frame_type=frame_type)
    points = detector.operating_points
    metadata = ExportMetadata(
        name='m', data_set='d', frame_type=frame_type, frame_size=None, size=(256, 256),
        white_level={'uint8': 255.0, 'uint16': 65535.0, 'float32': 255.0}[frame_type],
        threshold=0.4, with_mask=False, weights_sha256='', precision='float32', version='1',
        operating_points=points.to_dict(),
    )  # fmt: skip
    path = export(graph, metadata, tmp_path / 'model.onnx')
    exported = TargetDetector(path, threads=1)
    assert exported.threshold == 0.4 and exported.operating_points == points
    options = dict(threads=1, false_alarms='1e-4/pixel')
    assert TargetDetector(path, **options).threshold == points.threshold_for('1e-4/pixel')
    with pytest.warns(FalseAlarmWarning, match=r'0.5/frame was kept on .* `mdpnet calibrate`'):
        often = TargetDetector(path, threads=1, false_alarms='0.5/frame')
    assert often.threshold == points.threshold_for('0.5/frame')
    with pytest.raises(ValueError, match='no threshold keeps 10/hour on NUDT-SIRST val'):
        TargetDetector(path, threads=1, false_alarms='10/hour', frame_rate=25)
    found, expected = exported(scene.image), detector(scene.image)
    np.testing.assert_allclose(found.probability, expected.probability, atol=1e-3)


@pytest.fixture(scope='module')
def shipped_graph(project_root):
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmengine.runner import load_checkpoint
    from mmseg.registry import MODELS

    init_default_scope('mmseg')
    name = 'mdpnet-fine_nudt-sirst-256x256'
    model = MODELS.build(Config.fromfile(project_root / f'configs/mdpnet/{name}.py').model)
    load_checkpoint(model, str(project_root / f'mdp_plugin/weights/{name}.pth'), 'cpu')
    return model.eval()


def test_config_with_weights(scene, project_root, detector):
    name = 'mdpnet-fine_nudt-sirst-256x256'
    own = TargetDetector.from_config(f'configs/mdpnet/{name}.py', f'mdp_plugin/weights/{name}.pth')
    assert torch.equal(
        torch.from_numpy(own(scene.image).probability),
        torch.from_numpy(detector(scene.image).probability),
    )


def test_frames_are_resized_by_the_kernel_of_the_config(detector, scene):
    square = TargetDetector('mdpnet-fine_square_sirst-320x320', threads=1)
    assert (square.interpolation, detector.interpolation) == ('nearest', 'bilinear')
    large = cv2.resize(scene.image, (320, 320), interpolation=cv2.INTER_NEAREST_EXACT)
    logits = torch.logit(torch.from_numpy(square(large).probability))[None, None]
    expected = torch.nn.functional.interpolate(logits, scene.image.shape, mode='bilinear').sigmoid()
    assert expected.max() > 0.5
    found = square(scene.image).probability
    np.testing.assert_allclose(found, expected[0, 0].numpy(), atol=1e-3)


def test_a_native_config_sees_frames_at_their_own_size(
    scene, project_root, shipped_graph, monkeypatch
):
    own = TargetDetector.from_config(
        project_root / 'configs/mdpnet/mdpnet-fine_general-320x320.py',
        project_root / 'mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth',
        threads=1,
    )
    # The grey statistics are the config's; otherwise the network is the same.
    graph = copy.deepcopy(shipped_graph)
    for name, value in (('mean', 110.27), ('std', 55.13)):
        setattr(graph.data_preprocessor, name, torch.tensor([[[value]]]))
    frame = torch.from_numpy(scene.image)[None]
    with torch.inference_mode():
        native = DetectorGraph(graph, None).eval()(frame)[0].numpy()
        resized = DetectorGraph(graph, (320, 320)).eval()(frame)[0].numpy()
    found = own(scene.image)
    np.testing.assert_allclose(found.probability, native, atol=1e-5)
    assert np.abs(found.probability - resized).max() > 0.1

    # What is too large goes through in tiles, and the targets stay.
    large = np.tile(scene.image, (6, 6))
    results = []
    for largest in (large.size, large.size - 1):
        monkeypatch.setattr('mdp_plugin.detection.detector.LARGEST_WHOLE', largest)
        results.append(own(large))
    whole, tiled = results
    assert not np.array_equal(tiled.probability, whole.probability)
    places = [[(t.x, t.y) for t in result.targets] for result in results]
    assert len(places[0]) >= 30
    # Where tiles meet, context differs, and a box may by a pixel.
    np.testing.assert_allclose(places[0], places[1], atol=1)


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (
            dict(model='mdpnet-mars'),
            KeyError,
            r'no model "mdpnet-mars"; did you mean "mdpnet-fast"\? It has mdpnet, mdpnet-fast, ',
        ),
        (dict(model='absent.onnx'), FileNotFoundError, 'absent.onnx'),
        (dict(model='configs/mdpnet/absent.py', weights='w'), FileNotFoundError, 'absent.py'),
        (dict(model='configs/mdpnet/any.py'), ValueError, 'needs weights'),
        (dict(weights='w.pth'), ValueError, 'leave `weights` out'),
        (dict(threshold=1.5), ValueError, 'threshold'),
        (dict(white_level=0), ValueError, 'white_level'),
        (dict(backend='openvino'), ValueError, 'for exported files'),
    ],
)
def test_mistakes_are_named(options, error, message):
    with pytest.raises(error, match=message):
        TargetDetector(**options)


def test_files_that_are_no_pictures(detector, tmp_path):
    for name, content, message in (
        ('text.png', b'no picture', 'cannot read ".*text.png"'),
        ('empty.png', b'', 'empty.png" as an image: the file is empty'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(OSError, match=message):
            detector(tmp_path / name)
    with pytest.raises(FileNotFoundError, match='absent'):
        detector(tmp_path / 'absent.png')
    with pytest.raises(TypeError, match='complex64'):
        detector(np.zeros((64, 64), np.complex64))

"""Frames at their own size: PyTorch, an exported file and the page find the same targets."""

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.demo.session import Models, start_session
from mdp_plugin.demo.uploads import Upload
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

NAME = 'mdpnet-fine_cameras-512x640'


@pytest.fixture(scope='module')
def detectors(tmp_path_factory, project_root):
    """The default network in PyTorch, and what is exported of it without a further word."""
    file = tmp_path_factory.mktemp('native') / 'cameras.onnx'
    config = project_root / f'configs/mdpnet/{NAME}.py'
    weights = project_root / f'mdp_plugin/weights/{NAME}.pth'
    assert main(['export', str(config), str(weights), str(file)]) == 0
    return TargetDetector('mdpnet', threads=1), TargetDetector(file, threads=1)


@pytest.mark.parametrize('size', [(33, 47), (75, 101), (129, 32), (220, 300)])
def test_odd_sizes_give_the_same_targets(detectors, size):
    image = SceneGenerator(SceneSettings(size=(220, 300)), seed=2)(1).image
    image = image[-size[0] :, : size[1]] if size != (220, 300) else image
    torch_detector, exported = detectors
    assert torch_detector.native and exported.native
    expected = torch_detector(image)
    found = exported(image)
    assert found.probability.shape == size
    np.testing.assert_allclose(found.probability, expected.probability, atol=2e-3)
    places = [[(t.x, t.y) for t in result.targets] for result in (found, expected)]
    np.testing.assert_allclose(*places, atol=0.2)
    assert size != (220, 300) or len(expected.targets) >= 1


def test_the_page_sees_them_at_their_own_size(detectors):
    image = SceneGenerator(SceneSettings(size=(75, 101)), seed=2)(1).image
    session = start_session(
        Models(['mdpnet'], threads=1), 'mdpnet', Upload('a.png', [image], [None], None, False)
    )
    np.testing.assert_array_equal(session.probabilities[0], detectors[0](image).probability)


def test_tiles_of_a_file_are_those_of_pytorch(detectors, monkeypatch):
    """Frames too large for the network at once; what is too large is said smaller here."""
    monkeypatch.setattr('mdp_plugin.detection.detector.LARGEST_WHOLE', 100 * 100)
    scene = SceneGenerator(SceneSettings(size=(160, 230)), seed=2)(0).image
    image = cv2.resize(scene, (1100, 33))
    expected, found = (detector(image).probability for detector in detectors)
    whole = detectors[0].predict_whole(image.astype(np.float32))
    assert not np.array_equal(whole, expected), 'no tiles'
    np.testing.assert_allclose(found, expected, atol=2e-3)

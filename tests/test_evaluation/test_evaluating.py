"""`evaluate` on folders, arrays and detectors gives one and the same."""

import json

import cv2
import numpy as np
import pytest

from mdp_plugin import Protocol, TargetDetector, evaluate
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


def bright(grey):
    """A detector: the brighter, the likelier."""
    return (grey / 255).astype(np.float32) ** 2


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Images, maps of a detector and masks, as arrays and as folders."""
    root = tmp_path_factory.mktemp('data')
    scenes = [SceneGenerator(SceneSettings(size=(96, 128)), seed=7)(index) for index in range(4)]
    images = [scene.image for scene in scenes]
    arrays = {
        'images': images,
        'maps': [bright(image.astype(np.float32)) for image in images],
        'truths': [scene.mask > 0 for scene in scenes],
    }
    for name in arrays:
        (root / name).mkdir()
    for index, (image, probability, truth) in enumerate(zip(*arrays.values(), strict=True)):
        cv2.imwrite(str(root / f'images/{index}.png'), image)
        np.save(root / f'maps/{index}', probability)
        cv2.imwrite(str(root / f'truths/{index}_mask.png'), truth * np.uint8(255))
    return arrays, root


def test_folders_arrays_and_detectors(data):
    arrays, root = data
    expected = evaluate(arrays['maps'], arrays['truths'])
    assert 0 < expected.figures.Pd <= 100 and expected.figures.num_images == 4
    for predictions, truths, images in (
        (root / 'maps', str(root / 'truths'), None),
        (np.stack(arrays['maps']), np.stack(arrays['truths']).astype(np.uint8), None),
        (bright, root / 'truths', root / 'images'),
        (bright, arrays['truths'], arrays['images']),
    ):
        found = evaluate(predictions, truths, images=images)
        assert found.figures == expected.figures and found.curves == expected.curves
        assert [c.pixels for c in found.images] == [c.pixels for c in expected.images]


def test_a_detector_sees_images_at_its_own_white(data):
    arrays, root = data
    detector = TargetDetector('mdpnet-nudt-sirst', threads=1, white_level=1000)
    deep = [image.astype(np.uint16) * 3 for image in arrays['images']]
    maps = [detector(image).probability for image in deep]
    one, other = (
        evaluate(detector, arrays['truths'], images=deep),
        evaluate(maps, arrays['truths']),
    )
    assert one.figures == other.figures and one.figures.num_detected > 0


def test_names_choose_and_the_protocol_counts(data):
    arrays, root = data
    (root / 'val.txt').write_text('2\n0.png\n')
    protocol = Protocol(threshold=0.3, eval_size=64, num_thresholds=None)
    for names in (root / 'val.txt', ['2', '0']):
        found = evaluate(root / 'maps', root / 'truths', names=names, protocol=protocol)
        assert [counts.name for counts in found.images] == ['2', '0'] and found.curves is None
    counts = [protocol.count(arrays['maps'][i], arrays['truths'][i]) for i in (2, 0)]
    assert found.figures == protocol.figures(counts) and found.protocol == protocol
    assert 'resized to 64x64, probability > 0.3' in str(found)


def test_the_result_as_plain_values(data):
    arrays, _ = data
    found = evaluate(arrays['maps'], arrays['truths'])
    values = json.loads(json.dumps(found.to_dict()))
    assert values['figures'] == found.figures.to_dict()
    assert values['protocol']['connectivity'] == 8
    assert values['curves']['Pd'] == found.curves.Pd
    assert [row['num_targets'] for row in values['images']] == [
        counts.targets.num_targets for counts in found.images
    ]


def test_what_is_left_out_or_resized_is_said(data, tmp_path):
    arrays, root = data
    (tmp_path / 'maps').mkdir()
    probability = arrays['maps'][1]
    np.save(tmp_path / 'maps/1', cv2.resize(probability, (64, 48), interpolation=cv2.INTER_AREA))
    with pytest.warns(UserWarning) as warned:
        found = evaluate(tmp_path / 'maps', root / 'truths')
    texts = [str(warning.message) for warning in warned]
    assert texts[0] == 'not scored: 3 truths without a prediction'
    assert texts[1].startswith('1: the mask is (96, 128), the prediction (48, 64)')
    assert {warning.filename for warning in warned} == {__file__}
    assert found.images[0].pixels.num_pixels == 48 * 64


def test_other_things_are_refused(data):
    arrays, root = data
    maps, truths, images = (arrays[key] for key in ('maps', 'truths', 'images'))
    for arguments, options, error, words in (
        ((maps, root / 'truths'), {}, TypeError, 'must be folders, or arrays'),
        ((bright, truths), {}, TypeError, 'a detector needs images'),
        (('mdpnet-sirst', truths), {'images': images}, TypeError, "detector, not 'mdpnet-sirst'"),
        ((maps[:3], truths), {}, ValueError, 'there are 3 predictions .* and 4 truths'),
        ((maps, truths), {'names': ['0']}, TypeError, 'names are of files'),
        ((images, truths), {}, TypeError, '0: a probability must be floating point'),
        ((maps[0], truths[0]), {}, ValueError, r'0: a truth must be \(H, W\).* not \(128,\)'),
        ((root / 'absent', root / 'truths'), {}, FileNotFoundError, 'there is no folder'),
    ):
        with pytest.raises(error, match=words):
            evaluate(*arguments, **options)

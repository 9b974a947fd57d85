"""`mdpnet evaluate` gives the metric's own figures."""

import json

import cv2
import numpy as np
import pytest
import torch

from mdp_plugin.cli import main
from mdp_plugin.detection import TargetDetector
from mdp_plugin.evaluation import functional as F
from mdp_plugin.evaluation.metrics import IRSTDMetric
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.imaging.resampling import resize_mask, resize_probability
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


@pytest.fixture
def scored(tmp_path):
    """Folders as `tools/test.py --out` leaves them, true masks, and the figures."""
    rng = np.random.default_rng(0)
    truths = tmp_path / 'truths'
    truths.mkdir()
    metric = IRSTDMetric(output_dir=str(tmp_path / 'out'))
    for index in range(6):
        truth = np.zeros((40, 60), np.uint8)
        score = rng.random((40, 60), np.float32) * 0.4
        for _ in range(3):
            y, x = rng.integers(5, 35), rng.integers(5, 55)
            truth[y - 1 : y + 2, x - 1 : x + 2] = 1
            dy, dx = rng.integers(-3, 4, 2)
            score[y + dy - 1 : y + dy + 2, x + dx : x + dx + 2] += 0.5
        cv2.imwrite(str(truths / f'image_{index}_pixels0.png'), truth * 255)
        metric.process({}, [{
            'seg_logits': {'data': torch.from_numpy(score)[None]},
            'gt_sem_seg': {'data': torch.from_numpy(truth)[None].long()},
            'img_path': f'image_{index}.png',
        }])  # fmt: skip
    return tmp_path / 'out', truths, metric.compute_metrics(metric.results)


@pytest.mark.parametrize('kind', ['masks', 'probabilities'])
def test_figures_are_those_of_the_test(scored, tmp_path, kind, capsys):
    out, truths, expected = scored
    assert main(['evaluate', str(out / kind), str(truths), '--out', str(tmp_path / 'scores')]) == 0
    figures = json.loads((tmp_path / 'scores/figures.json').read_text())['figures']
    assert 0 < expected['Pd'] < 100
    for name in ('IoU', 'nIoU', 'F1', 'Pd', 'Fa', 'num_detected', 'num_false'):
        assert figures[name] == expected[name], name
    if kind == 'probabilities':
        assert figures['AUC'] == pytest.approx(expected['AUC'], abs=1e-3)


def test_other_programs_masks(scored, tmp_path):
    """Masks of 0 and 1, and arrays."""
    out, truths, expected = scored
    for kind in ('ones', 'arrays'):
        (tmp_path / kind).mkdir()
    for file in (out / 'masks').iterdir():
        mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) // 255
        cv2.imwrite(str(tmp_path / 'ones' / file.name), mask)
        np.save(tmp_path / 'arrays' / file.stem, mask.astype(np.float64))
    for kind in ('ones', 'arrays'):
        scores = tmp_path / f'scores_{kind}'
        arguments = [str(tmp_path / kind), str(truths), '--no-curves', '--out', str(scores)]
        assert main(['evaluate', *arguments]) == 0
        figures = json.loads((scores / 'figures.json').read_text())['figures']
        assert figures['nIoU'] == expected['nIoU'] and 'AUC' not in figures


def test_an_empty_frame_of_a_folder_of_probabilities_is_empty(scored, tmp_path):
    """Its largest value is 1 of 255, which alone would look like a mask of 0 and 1."""
    out, truths, _ = scored
    for kind in ('maps', 'arrays', 'empty'):
        (tmp_path / kind).mkdir()
    noise = np.random.default_rng(1).random((40, 60)) < 0.1
    figures = {}
    for file in sorted((out / 'probabilities').iterdir()):
        bytes_ = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) // 257
        bytes_ = noise if file.stem == 'image_2' else bytes_
        cv2.imwrite(str(tmp_path / 'maps' / file.name), bytes_.astype(np.uint8))
        np.save(tmp_path / 'arrays' / file.stem, bytes_ / np.float32(255))
    for kind in ('maps', 'arrays'):
        arguments = [str(tmp_path / kind), str(truths), '--out', str(tmp_path / f's_{kind}')]
        assert main(['evaluate', *arguments]) == 0
        file = tmp_path / f's_{kind}/figures.json'
        figures[kind] = json.loads(file.read_text())['figures']
    assert figures['maps'] == figures['arrays']


@pytest.mark.parametrize('white', [np.uint8(255), np.uint16(65535)])
def test_masks_of_two_kinds_of_white_are_refused(scored, white, capsys):
    out, truths, _ = scored
    for index, file in enumerate(sorted((out / 'masks').iterdir())):
        mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) > 0
        cv2.imwrite(str(file), mask * (white if index else np.uint8(1)))
    assert main(['evaluate', str(out / 'masks'), str(truths)]) == 2
    error = capsys.readouterr().err
    assert 'image_0.png" is a mask of 0 and 1' in error
    assert f'image_1.png" one of 0 and {white}' in error


def test_predicted_masks_of_a_colour_count_and_coloured_maps_do_not(scored, tmp_path, capsys):
    out, truths, expected = scored
    for file in (out / 'masks').iterdir():
        mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), np.dstack([0 * mask, 0 * mask, mask]))
    arguments = ['evaluate', str(out / 'masks'), str(truths), '--no-curves']
    assert main([*arguments, '--out', str(tmp_path / 's')]) == 0
    figures = json.loads((tmp_path / 's/figures.json').read_text())['figures']
    assert figures['nIoU'] == expected['nIoU']
    heat = cv2.applyColorMap(np.arange(2400).reshape(40, 60).astype(np.uint8), cv2.COLORMAP_JET)
    cv2.imwrite(str(out / 'masks/image_4.png'), heat)
    assert main(arguments) == 2
    assert 'image_4.png" is coloured' in capsys.readouterr().err


def test_mistakes_are_named(scored, tmp_path, capsys):
    out, truths, _ = scored
    (truths / 'image_0_pixels0.png').unlink()
    assert main(['evaluate', str(out / 'masks'), str(truths)]) == 2
    assert 'for 1 prediction: ' in capsys.readouterr().err
    assert main(['evaluate', str(tmp_path / 'absent'), str(truths)]) == 2
    assert 'there is no folder' in capsys.readouterr().err
    np.save(out / 'masks' / 'image_1.npy', np.ones((3, 3)))
    assert main(['evaluate', str(out / 'masks'), str(truths)]) == 2
    assert 'are of one image' in capsys.readouterr().err


def test_a_budget_is_kept(scored, tmp_path, capsys):
    out, truths, _ = scored
    arguments = ['evaluate', str(out / 'probabilities'), str(truths), '--out', str(tmp_path / 's')]
    assert main([*arguments, '--false-alarms', '1e-3/pixel']) == 0
    points = OperatingPoints.load(tmp_path / 's/operating_points.json')
    kept = points.figures_at(points.threshold)
    detected, false_rate = kept['Pd'], kept['Fa']
    assert false_rate <= 1e-3 and 0 < points.threshold < 1
    assert points.data == f'{tmp_path.name}, 6 images'
    # Scored anew at that threshold, and a little below it.
    for threshold, keeps in ((points.threshold, True), (points.threshold - 0.006, False)):
        assert main([*arguments, '--threshold', str(threshold), '--no-curves']) == 0
        figures = json.loads((tmp_path / 's/figures.json').read_text())['figures']
        assert (figures['Fa'] <= 1e3) is keeps
        if keeps:
            assert figures['Fa'] == pytest.approx(1e6 * false_rate)
            assert figures['Pd'] == pytest.approx(100 * detected)
    assert main(arguments[:3] + ['--false-alarms', '1e-6/pixel']) == 2
    assert '--calibrate need --out' in capsys.readouterr().err


def test_false_alarms_a_frame_and_an_hour(scored, tmp_path, capsys):
    out, truths, _ = scored
    arguments = ['evaluate', str(out / 'probabilities'), str(truths), '--out', str(tmp_path / 's')]
    thresholds = []
    # Six frames: half a false target a frame is 3, and 900 an hour at one frame in two seconds.
    for rate in (['0.5/frame'], ['900/hour', '--frame-rate', '0.5']):
        assert main([*arguments, '--false-alarms', *rate]) == 0
        told = capsys.readouterr()
        assert f'{rate[0]} was kept on' in told.err and 'false targets in 6 frames' in told.err
        thresholds.append(OperatingPoints.load(tmp_path / 's/operating_points.json').threshold)
    assert thresholds[0] == thresholds[1]
    for threshold, keeps in ((thresholds[0], True), (thresholds[0] - 0.006, False)):
        assert main([*arguments, '--threshold', str(threshold), '--no-curves']) == 0
        figures = json.loads((tmp_path / 's/figures.json').read_text())['figures']
        assert (figures['FPPI'] <= 0.5) is keeps and figures['FPPI'] == figures['num_false'] / 6
    for rate, words in (
        (['1e-6'], '"1e-6" is no rate of false alarms: NUMBER/frame'),
        (['-1/frame'], '"-1/frame" is no rate'),
        (['nan/frame'], '"nan/frame" is no rate'),
        (['10/hour'], '10/hour needs the number of frames a second'),
        (['10/hour', '--frame-rate', '0'], 'the frame rate must be positive'),
    ):
        assert main([*arguments, f'--false-alarms={rate[0]}', *rate[1:]]) == 2
        assert words in capsys.readouterr().err


def test_confidence_is_fitted_to_what_is_listed(scored, tmp_path):
    out, truths, expected = scored
    folder = tmp_path / 's'
    predictions = str(out / 'probabilities')
    assert main(['evaluate', predictions, str(truths), '--out', str(folder), '--calibrate']) == 0
    points = OperatingPoints.load(folder / 'operating_points.json')
    assert points.threshold == 0.5
    log_odds, hits = [], []
    for file in sorted((out / 'probabilities').iterdir()):
        score = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) / np.float32(65535)
        truth = cv2.imread(str(truths / f'{file.stem}_pixels0.png'), cv2.IMREAD_UNCHANGED) > 0
        parts = F.label_components(score > 0.5)
        matched = {part for part, _ in F.match_components(parts, F.label_components(truth))}
        log_odds += F.component_log_odds(score, parts)
        hits += [index in matched for index in range(len(parts.areas))]
    assert sum(hits) == expected['num_detected']
    assert len(hits) - sum(hits) == expected['num_false'] > 0
    assert points.confidence == pytest.approx(F.fit_confidence(log_odds, hits))


def test_a_detector_on_a_split(tmp_path, capsys):
    """`--images` runs a detector; its figures are those of its own predictions as a folder."""
    scenes = SceneGenerator(SceneSettings(size=(96, 128)), seed=2)
    for folder in ('images', 'masks', 'own'):
        (tmp_path / folder).mkdir()
    detector = TargetDetector('mdpnet-nudt-sirst', threads=1)
    for index in range(4):
        scene = scenes(index)
        cv2.imwrite(str(tmp_path / f'images/{index}.png'), scene.image)
        cv2.imwrite(str(tmp_path / f'masks/{index}_mask.png'), (scene.mask > 0) * np.uint8(255))
        np.save(tmp_path / f'own/{index}.npy', detector(scene.image).probability)
    (tmp_path / 'split.txt').write_text('3.png\n1\n2\n')
    masks, out = str(tmp_path / 'masks'), tmp_path / 'out'
    common = [masks, '--names', str(tmp_path / 'split.txt'), '--out', str(out)]
    figures = []
    for arguments in (
        ['mdpnet-nudt-sirst', '--images', str(tmp_path / 'images'), '--threads', '1'],
        [str(tmp_path / 'own')],
    ):
        assert main(['evaluate', arguments[0], *common, *arguments[1:]]) == 0
        figures.append(json.loads((out / 'figures.json').read_text())['figures'])
    assert figures[0] == figures[1] and figures[0]['num_images'] == 3
    (tmp_path / 'split.txt').write_text('3\n7\n')
    assert main(['evaluate', str(tmp_path / 'own'), *common]) == 2
    assert 'no file for 1 of 2 images: 7' in capsys.readouterr().err
    (tmp_path / 'split.txt').write_text('3\n3.png\n')
    assert main(['evaluate', str(tmp_path / 'own'), *common]) == 2
    assert 'lists 3 more than once' in capsys.readouterr().err


def test_a_mask_of_another_size_is_named(scored, tmp_path, capsys):
    """SIRST has one; its test resizes it to the image, and so does this command."""
    out, truths, expected = scored
    file = truths / 'image_3_pixels0.png'
    mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(file), mask.repeat(3, axis=0).repeat(3, axis=1))
    arguments = [str(out / 'masks'), str(truths), '--no-curves', '--out', str(tmp_path / 's')]
    assert main(['evaluate', *arguments]) == 0
    assert capsys.readouterr().err.count('image_3: the mask is (120, 180)') == 1
    figures = json.loads((tmp_path / 's/figures.json').read_text())['figures']
    assert figures['nIoU'] == expected['nIoU']
    # The images are gone through twice, the mask is named once.
    arguments = [str(out / 'probabilities'), *arguments[1:2], *arguments[3:], '--calibrate']
    assert main(['evaluate', *arguments]) == 0
    assert capsys.readouterr().err.count('image_3: the mask is (120, 180)') == 1


def test_confidence_is_fitted_at_the_size_that_is_scored(scored, tmp_path):
    """A curve of one size and components of another would not belong together."""
    out, truths, _ = scored
    arguments = ['evaluate', str(out / 'probabilities'), str(truths), '--calibrate']
    size = ['--eval-size', '80', '120', '--out', str(tmp_path / 's')]
    assert main([*arguments, *size]) == 0
    large = tmp_path / 'large'
    for folder in ('maps', 'truths'):
        (large / folder).mkdir(parents=True)
    for file in (out / 'probabilities').iterdir():
        score = cv2.imread(str(file), cv2.IMREAD_UNCHANGED) / np.float32(65535)
        np.save(large / f'maps/{file.stem}', resize_probability(score, (120, 80)))
    for file in truths.iterdir():
        truth = resize_mask(cv2.imread(str(file), cv2.IMREAD_UNCHANGED) > 0, (120, 80))
        cv2.imwrite(str(large / 'truths' / file.name), truth * np.uint8(255))
    predictions = [str(large / 'maps'), str(large / 'truths')]
    assert main(['evaluate', *predictions, '--calibrate', '--out', str(tmp_path / 'l')]) == 0
    one, other = (OperatingPoints.load(tmp_path / x / 'operating_points.json') for x in 'sl')
    assert one.confidence == pytest.approx(other.confidence) and one.curve == other.curve


def test_the_layout_of_sirst_v2(tmp_path, capsys):
    """Masks two folders deep with a suffix of their own, frames without any target, a split."""
    root, scenes = tmp_path / 'SIRST-V2', SceneGenerator(SceneSettings(size=(96, 128)), seed=2)
    for folder in ('mixed', 'annotations/masks', 'splits'):
        (root / folder).mkdir(parents=True)
    names = ['20210725-S4-1', '202105-Enhance-1', 'Misc_9']
    for index, name in enumerate(names):
        scene = scenes(index)
        mask = scene.mask * np.uint8(255) if index else np.zeros((96, 128), np.uint8)
        cv2.imwrite(str(root / f'mixed/{name}.png'), scene.image)
        cv2.imwrite(str(root / f'annotations/masks/{name}_pixels0.png'), mask)
    (root / 'splits/new_val.txt').write_text('\n'.join(names[:2]))
    command = ['evaluate', 'mdpnet-nudt-sirst', str(root / 'annotations/masks'), '--threads', '1']
    command += ['--images', str(root / 'mixed'), '--names', str(root / 'splits/new_val.txt')]
    assert main([*command, '--calibrate', '--out', str(tmp_path / 'out')]) == 0
    figures = json.loads((tmp_path / 'out/figures.json').read_text())['figures']
    assert figures['num_images'] == 2 and figures['num_targets'] > 0
    points = OperatingPoints.load(tmp_path / 'out/operating_points.json')
    assert points.data == 'SIRST-V2 new_val, 2 images' and points.frames == 2

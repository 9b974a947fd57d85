"""Raw frames of cameras through the commands: the same targets as of 8 bits, or a sentence."""

import csv
import functools
import json
import resource
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.evaluation.degradations import AS_IT_IS, RAW, measure_degradations
from mdp_plugin.evaluation.scored_files import MASK_ENDINGS, files_by_name, read_names
from mdp_plugin.imaging.grey_levels import GreyLevels
from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings

SCENES = SceneGenerator(SceneSettings(size=(96, 128), targets=TargetSettings(count=(1, 2))), seed=1)
MODEL = ('--model', 'mdpnet-nudt-sirst', '--threads', '1')
NUMBER = 6
#: The raw values that grey levels (H, W) become, by their names.
ENCODINGS = {name: functools.partial(raw.change, _=None) for name, raw in RAW.items()}


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Scenes as images of 8 bits and as raw values, with their masks."""
    root = tmp_path_factory.mktemp('levels')
    (root / 'masks').mkdir()
    for name, encode in (('8 bit', lambda grey: grey), *ENCODINGS.items()):
        (root / name).mkdir()
        for index in range(NUMBER):
            scene = SCENES(index)
            cv2.imwrite(str(root / f'masks/{index}.png'), scene.mask.astype(np.uint8) * 255)
            suffix = 'png' if name == '8 bit' else 'tif'
            cv2.imwrite(str(root / name / f'{index}.{suffix}'), encode(scene.image))
    return root


def detect(out, *arguments, status=0):
    assert main(['detect', *map(str, arguments), '--out', str(out), *MODEL]) == status
    with (out / 'targets.csv').open() as file:
        return list(csv.DictReader(file))


def test_every_unit_finds_the_targets_of_eight_bits(folders, tmp_path, capsys):
    expected = detect(tmp_path / 'expected', folders / '8 bit')
    assert len(expected) >= NUMBER - 1
    for number, name in enumerate(ENCODINGS):
        found = detect(tmp_path / str(number), folders / name, '--overlay')
        assert capsys.readouterr().err.count('range') == 0
        rows = [
            [
                (row['file'].split('.')[0], round(float(row['x'])), round(float(row['y'])))
                for row in r
            ]
            for r in (found, expected)
        ]
        assert len(set(rows[0]) & set(rows[1])) >= 0.8 * len(expected), name
        assert len(found) <= len(expected) + 1
    # The overlay shows what the network saw.
    drawn = cv2.imread(str(tmp_path / '0/overlays/0.tif.png'))
    frame = cv2.imread(str(folders / 'counts, 8000 +- 50/0.tif'), cv2.IMREAD_UNCHANGED)
    seen = np.rint(GreyLevels()(frame))
    same = (drawn == seen[..., None]).all(axis=2)
    assert same.mean() > 0.9 and np.ptp(seen) > 150


def test_evaluate_and_report_see_the_same_levels(folders, tmp_path):
    figures = {}
    for name in ('8 bit', 'counts, 8000 +- 50'):
        arguments = ['--images', str(folders / name), '--threads', '1', '--no-curves']
        command = ['evaluate', 'mdpnet-nudt-sirst', str(folders / 'masks'), *arguments]
        assert main([*command, '--out', str(tmp_path / name)]) == 0
        figures[name] = json.loads((tmp_path / name / 'figures.json').read_text())['figures']
    one, other = figures.values()
    assert one['num_detected'] - 1 <= other['num_detected'] and one['num_detected'] >= 4
    assert other['num_false'] <= one['num_false'] + 1
    arguments = ['--images', str(folders / name), '--truths', str(folders / 'masks')]
    page = tmp_path / 'report.html'
    assert main(['report', 'mdpnet-nudt-sirst', *arguments, '--out', str(page)]) == 0
    with page.with_suffix('.csv').open() as file:
        row = next(csv.DictReader(file))
    assert int(row['num_detected']) == other['num_detected']
    # Levels of the command line win, here and there, and what they do is said.
    given = ['--white-level', '65535']
    assert main([*command, '--out', str(tmp_path / 'given'), *given]) == 0
    dark = json.loads((tmp_path / 'given/figures.json').read_text())['figures']
    assert dark['num_detected'] == 0


def test_levels_that_do_not_fit_are_said_once(folders, tmp_path, capsys):
    frames = folders / 'counts, 8000 +- 50'
    for number, (options, sentence) in enumerate(
        (
            (('--white-level', '16383'), 'less than a tenth of the range is used: 6 frames, the'),
            (('--levels', 'full'), 'less than a tenth of the range is used: 6 frames, the'),
            (('--black-level', '8000', '--white-level', '8010'), 'the range is left: 6 frames'),
        )
    ):
        detect(tmp_path / str(number), frames, *options)
        error = capsys.readouterr().err
        assert error.count('Give black and white level of the camera') == 1 and sentence in error
    for options in (('--white-level', '0'), ('--black-level', '9', '--white-level', '3')):
        assert main(['detect', str(frames), '--out', str(tmp_path / 'no'), *options]) == 2
        assert 'white_level must be above black_level' in capsys.readouterr().err


def test_pixels_that_are_no_numbers(folders, tmp_path, capsys):
    root = tmp_path / 'frames'
    root.mkdir()
    for index in range(3):
        frame = ENCODINGS['kelvin, 280 to 320'](SCENES(index).image)
        frame[[1, 90], [100, 5]] = np.nan, np.inf
        cv2.imwrite(str(root / f'{index}.tif'), frame)
    expected = detect(tmp_path / 'expected', *(folders / f'8 bit/{i}.png' for i in range(3)))
    found = detect(tmp_path / 'found', root)
    assert len(found) == len(expected) > 0
    error = capsys.readouterr().err
    assert '6 pixels are NaN or infinite, filled from the neighbours: 3 frames' in error
    cv2.imwrite(str(root / '1.tif'), np.full((96, 128), np.nan, np.float32))
    detect(tmp_path / 'all', root, status=1)
    assert '1.tif holds no number: every pixel is NaN or infinite' in capsys.readouterr().err


def test_dead_pixels_are_found_and_ignored(tmp_path, capsys):
    """A camera with 20 dead pixels: false targets in every frame, and none with the map of them."""
    rng = np.random.default_rng(0)
    dead = np.zeros((96, 128), bool)
    dead[rng.integers(2, 94, 20), rng.integers(2, 126, 20)] = True
    root = tmp_path / 'frames'
    root.mkdir()
    for index in range(12):
        frame = ENCODINGS['counts, 1000 of 14 bits'](SCENES(index).image)
        frame[dead] = 16383
        cv2.imwrite(str(root / f'{index:02}.tif'), frame)
        cv2.imwrite(str(root / f'{index:02}_clean.bmp'), SCENES(index).image)
    frames = str(root / '*.tif')
    map_of_bad = tmp_path / 'bad.png'
    assert main(['bad-pixels', frames, '--out', str(map_of_bad)]) == 0
    assert f'{dead.sum()} bad pixels of 12288' in capsys.readouterr().out
    assert np.array_equal(cv2.imread(str(map_of_bad), cv2.IMREAD_UNCHANGED) > 0, dead)

    def on_dead(rows):
        return sum(bool(dead[round(float(r['y'])), round(float(r['x']))]) for r in rows)

    clean = detect(tmp_path / 'clean', root / '*.bmp')
    dirty = detect(tmp_path / 'dirty', frames)
    mended = detect(tmp_path / 'mended', frames, '--ignore-mask', map_of_bad)
    assert on_dead(dirty) > 80 and on_dead(mended) == 0
    assert abs(len(mended) - len(clean)) <= 2 and len(clean) >= 10

    small = tmp_path / 'small.png'
    cv2.imwrite(str(small), np.eye(50, dtype=np.uint8))
    detect(tmp_path / 'small', frames, '--ignore-mask', small, status=1)
    assert '(96, 128), the ignore mask (50, 50) (height, width)' in capsys.readouterr().err
    assert main(['bad-pixels', str(root / '00.tif'), '--out', str(tmp_path / 'one.png')]) == 2
    assert '10 frames or more of a moving scene, not 1' in capsys.readouterr().err


def test_a_map_of_bad_pixels_that_cannot_be_written(tmp_path, capsys):
    rng = np.random.default_rng(0)
    pages = [rng.integers(7000, 9000, (96, 128)).astype(np.uint16) for _ in range(12)]
    cv2.imwritemulti(str(tmp_path / 'frames.tif'), pages)
    command = [sys.executable, '-m', 'mdp_plugin.cli', 'bad-pixels', str(tmp_path / 'frames.tif')]

    def write(out, most=resource.RLIM_INFINITY):
        """In a process of its own; files that grow beyond ``most`` bytes cannot."""
        done = subprocess.run(
            [*command, '--out', str(tmp_path / out)], capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )  # fmt: skip
        return done.returncode, done.stderr

    status, text = write('bad.jpg')  # its edges would be blurred into further bad pixels
    assert status == 2 and '--out must end in .png, got' in text and 'bad.jpg' in text
    status, text = write('frames.tif/bad.png')
    assert status == 1 and 'frames.tif/bad.png": ' in text and 'Traceback' not in text
    assert write('bad.png')[0] == 0
    former = (tmp_path / 'bad.png').read_bytes()
    status, text = write('bad.png', 20)
    assert status == 1 and 'cannot write' in text and 'bad.png": File too large' in text
    assert (tmp_path / 'bad.png').read_bytes() == former
    assert {path.name for path in tmp_path.iterdir()} == {'frames.tif', 'bad.png'}


def test_real_images_in_every_unit(sirst_root, nudt_sirst_root):
    """A few test images; docs/grey_levels.md has the table of forty of each."""
    detector = TargetDetector('mdpnet', threads=1, threshold=0.5)
    for root, split in ((sirst_root, 'idx_427/test.txt'), (nudt_sirst_root, '50_50/test.txt')):
        images = files_by_name(root / 'images')
        masks = files_by_name(root / 'masks', endings=MASK_ENDINGS)
        pairs = [(images[name], masks[name]) for name in read_names(root / split)[:8]]
        outcomes = measure_degradations(detector, pairs, RAW)
        plain = outcomes.pop(AS_IT_IS)
        assert plain.num_detected >= 0.9 * plain.num_targets > 6
        for name, found in outcomes.items():
            assert found.num_detected >= plain.num_detected - 1, (root.name, name)
            assert found.num_false <= plain.num_false + 2, (root.name, name)

"""Sessions and views without a browser: the network runs once, everything else is derived."""

import csv
import json
import threading

import cv2
import numpy as np
import pytest

from mdp_plugin.cli import main
from mdp_plugin.demo import views
from mdp_plugin.demo.downloads import write_overlay, write_table
from mdp_plugin.demo.session import Models, start_session, synthetic_scene
from mdp_plugin.demo.uploads import Limits, Upload, read_upload
from mdp_plugin.detection import TargetDetector
from mdp_plugin.evaluation.false_alarms import FalseAlarms, rate_in_words
from mdp_plugin.imaging.grey_levels import GreyLevels

NAME = 'mdpnet-nudt-sirst'


@pytest.fixture(scope='module')
def models():
    return Models([NAME, 'mdpnet-fast'], threads=1)


@pytest.fixture
def session(models):
    upload, truth = synthetic_scene(10, None)
    return start_session(models, NAME, upload, truth)


def test_a_threshold_does_not_run_the_network(models, session, monkeypatch):
    frame = session.upload.frames[0]
    monkeypatch.setattr(session.detector, 'predict', lambda _: pytest.fail('the network has run'))
    counts = []
    for threshold in (0.0002, 0.5, 0.9995):
        session.threshold = threshold
        counts.append(len(session.targets(0)))
    monkeypatch.undo()
    for threshold, count in zip((0.0002, 0.5, 0.9995), counts, strict=True):
        found = TargetDetector(NAME, threshold=threshold, threads=1)(frame)
        assert len(found.targets) == count
        np.testing.assert_array_equal(found.probability, session.probabilities[0])
    assert len(set(counts)) > 1


def test_a_budget_chooses_the_threshold(session):
    points = TargetDetector(NAME, threads=1).operating_points
    budgets = session.budgets()
    thresholds = []
    for budget, words in budgets.items():
        session.keep_budget(budget)
        thresholds.append(session.threshold)
        assert session.threshold == points.threshold_for(FalseAlarms(budget, 'frame'))
        figures = points.figures_at(session.threshold)
        assert figures['FPPI'] <= budget
        assert words == f'{rate_in_words(budget)}: Pd {100 * figures["Pd"]:.1f} %'
        assert f'{100 * figures["Pd"]:.2f} % of the targets' in session.expectation()
        rows = views.table_rows(session.targets(0))
        confidence = [row[list(views.EXPLAINED).index('confidence')] for row in rows]
        assert all(0 <= value <= 1 for value in confidence) and confidence
    # Each is worth choosing: fewer false targets have a threshold of their own.
    assert len(budgets) > 3 and thresholds == sorted(set(thresholds), reverse=True)
    assert 'false targets in' in session.doubt(min(budgets)) and not session.doubt(1e3)
    with pytest.raises(ValueError, match='no threshold keeps'):
        session.keep_budget(-1.0)
    assert session.threshold == thresholds[-1]


def test_scenes_are_reproducible():
    first, truth = synthetic_scene(5, None)
    again, _ = synthetic_scene(5, None)
    other, _ = synthetic_scene(6, None)
    np.testing.assert_array_equal(first.frames[0], again.frames[0])
    assert (first.frames[0] != other.frames[0]).any() and truth
    assert synthetic_scene(2, 'sea')[0].name == 'scene_2_sea.png'
    for number, background in ((-1, None), (0, 'mars')):
        with pytest.raises(ValueError):
            synthetic_scene(number, background)


def test_unknown_models_are_refused(models):
    with pytest.raises(KeyError, match='/etc/passwd'):
        models['/etc/passwd']


def test_downloads_are_those_of_the_command(models, tmp_path):
    frames = tmp_path / 'pages.tiff'
    cv2.imwritemulti(str(frames), [synthetic_scene(n, None)[0].frames[0] for n in (3, 4)])
    session = start_session(models, NAME, read_upload(frames, Limits()))
    session.threshold = 0.3
    command = ['detect', str(frames), '--model', NAME, '--threshold', '0.3', '--threads', '1']
    assert main([*command, '--out', str(tmp_path), '--format', 'csv', 'json']) == 0
    mine = tmp_path / 'mine'
    mine.mkdir()
    table, listed = (write_table(session, kind, mine) for kind in ('csv', 'json'))
    assert len(list(csv.reader(table.open()))) > 2
    assert table.read_text() == (tmp_path / 'targets.csv').read_text()
    assert json.loads(listed.read_text()) == json.loads((tmp_path / 'targets.json').read_text())
    assert sorted(mine.iterdir()) == [table, listed]
    video = cv2.VideoCapture(str(write_overlay(session, mine)))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 2
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 256


def test_views_of_a_chosen_target(session):
    session.threshold = 0.1
    targets = session.targets(0)
    last = targets[-1]
    session.chosen = last.x + 1, last.y - 1
    assert session.nearest(targets) == len(targets) - 1
    picture = views.picture_view(session, 0, targets)
    assert picture.count('<rect') == 2 * len(targets)
    assert picture.count('class="target chosen"') == 2
    assert picture.count('<circle') == len(session.truth)
    assert views.parts_view(session, 0, targets).count('chosen') == 1
    rows = views.table_rows(targets)
    assert {len(row) for row in rows} == {len(views.EXPLAINED)}
    assert rows[0][list(views.EXPLAINED).index('area')] == targets[0].area
    figure = views.surface_view(session, 0)
    grey, response = figure.data
    assert grey.z.shape == response.z.shape == (views.SURROUNDINGS, views.SURROUNDINGS)
    assert response.z.max() == pytest.approx(last.peak, abs=1e-3)
    session.chosen = None
    assert max(views.surface_view(session, 0).data[0].z.shape) <= views.CELLS
    assert 'No target' in views.parts_view(session, 0, [])


def test_names_are_text_not_markup(models):
    upload = Upload(
        '<img src=x onerror=alert(1)>.png', [np.zeros((40, 50), np.uint8)], [None], None, False
    )
    session = start_session(models, NAME, upload)
    shown = views.picture_view(session, 0, []) + views.status_view(session, 0, [])
    assert '<img' not in shown and '&lt;img' in shown


@pytest.mark.parametrize('shape', [(32, 32), (33, 2000), (2500, 40)])
def test_odd_sizes(models, shape):
    frame = np.random.default_rng(0).integers(0, 65536, shape, np.uint16)
    session = start_session(models, NAME, Upload('a.png', [frame], [None], None, False))
    session.threshold = 0.0001
    targets = session.targets(0)
    session.chosen = (0.0, 0.0)
    assert views.picture_view(session, 0, targets) and views.parts_view(session, 0, targets)
    assert views.surface_view(session, 0).data


def test_thinning_keeps_peaks():
    values = np.zeros((201, 307), np.float32)
    values[100, 200] = 1
    cells, step = views.thin_out(values, 96)
    assert max(cells.shape) <= 96 and cells.max() == 1 and cells.sum() == 1
    assert np.argwhere(cells)[0].tolist() == [100 // step, 200 // step]


def test_many_at_once(models):
    scenes = [synthetic_scene(number, None)[0] for number in range(6)]
    expected = [TargetDetector(NAME, threads=1)(scene.frames[0]).probability for scene in scenes]
    results = {}

    def visit(number):
        results[number] = start_session(models, NAME, scenes[number]).probabilities[0]

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    for number, probability in enumerate(expected):
        np.testing.assert_array_equal(results[number], probability)


def test_the_page_shows_what_the_network_sees(models):
    """Counts and floats of little contrast: the same picture, the same targets, levels named."""
    scene = synthetic_scene(10, None)[0].frames[0]
    kinds = {
        'counts': np.rint(7950 + scene * (100 / 255)).astype(np.uint16),
        'kelvin': (280 + scene / 8).astype(np.float32),
    }
    for name, frame in kinds.items():
        upload = Upload(f'{name}.tif', [frame], [None], None, False)
        session = start_session(models, NAME, upload)
        expected = TargetDetector(NAME, threads=1)(frame)
        np.testing.assert_allclose(session.grey(0), expected.grey, atol=1e-3)
        assert len(session.targets(0)) == len(expected.targets) > 0
        black, white, measured = session.levels[0]
        assert measured and frame.min() - 60 < black < white < frame.max() + 60
        assert 'as measured' in views.status_view(session, 0, [])
        given = start_session(models, NAME, upload, levels=GreyLevels(0, 65535))
        assert np.ptp(given.grey(0)) < 1 and not given.targets(0)
        shown = views.status_view(given, 0, [])
        assert 'black 0, white 65535' in shown and 'less than a tenth of the range' in shown
    broken = kinds['kelvin'].copy()
    broken[5, 5] = np.nan
    session = start_session(models, NAME, Upload('nan.tif', [broken], [None], None, False))
    assert '1 pixel is NaN' in views.status_view(session, 0, []) and session.targets(0)


def test_the_table_has_no_column_that_stays_empty(session):
    assert 'track_id' not in views.EXPLAINED
    assert all(len(row) == len(views.EXPLAINED) for row in views.table_rows(session.targets(0)))

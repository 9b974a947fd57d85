"""`mdpnet report` on synthetic images: its figures are the metric's, its mistakes the true ones."""

import csv
import hashlib
import re
import shlex
import shutil
from collections import defaultdict
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import unquote

import cv2
import numpy as np
import pypdfium2
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from playwright.sync_api import sync_playwright

from mdp_plugin.cli import main
from mdp_plugin.evaluation.functional.calibration import LOG_ODDS_LIMIT
from mdp_plugin.project_files import PACKAGE
from mdp_plugin.reporting.plots import plot_mistakes
from mdp_plugin.reporting.scoring import CROP, Sample, TargetFate, score_detector
from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings
from mdp_plugin.version import __version__


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Images, masks and a program's predictions: one target missed, one false alarm."""
    root = tmp_path_factory.mktemp('report')
    for name in ('images', 'masks', 'others'):
        (root / name).mkdir()
    settings = SceneSettings(size=(96, 128), targets=TargetSettings(count=(1, 1)))
    for index in range(3):
        scene = SceneGenerator(settings, seed=4)(index)
        mask = (scene.mask > 0).astype(np.uint8) * 255
        cv2.imwrite(str(root / f'images/scene_{index}.png'), scene.image)
        cv2.imwrite(str(root / f'masks/scene_{index}_pixels0.png'), mask)
        if index == 0:
            mask[:] = 0
        if index == 1:
            mask[5:8, 3:6] = 255
        cv2.imwrite(str(root / f'others/scene_{index}.png'), mask)
    return root


def test_images_without_any_target(folders, tmp_path):
    """Frames of an empty sky: false alarms are counted, and no Pd is drawn."""
    (tmp_path / 'empty').mkdir()
    for file in (folders / 'masks').iterdir():
        nothing = np.zeros_like(cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
        cv2.imwrite(str(tmp_path / 'empty' / file.name), nothing)
    out = tmp_path / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(tmp_path / 'empty')]
    assert main(['report', str(folders / 'others'), *arguments, '--out', str(out)]) == 0
    # Two targets of the other masks and the spot beside them are all false alarms here.
    assert '<h3>others: 0 missed, 3 false</h3>' in out.read_text()


def test_a_split_of_the_images(folders, tmp_path, capsys):
    (tmp_path / 'split.txt').write_text('scene_2.png\nscene_1\n')
    out = tmp_path / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    command = ['report', str(folders / 'others'), '--names', str(tmp_path / 'split.txt')]
    assert main([*command, *arguments, '--out', str(out)]) == 0
    assert '<h3>others: 0 missed, 1 false</h3>' in out.read_text()
    with out.with_suffix('.csv').open() as file:
        assert next(csv.DictReader(file))['FPPI'] == '0.5000'
    assert main([*command, '--out', str(out)]) == 2
    assert '--images' in capsys.readouterr().err
    (tmp_path / 'split.txt').write_text('scene_7')
    assert main([*command, *arguments, '--out', str(out)]) == 2
    assert 'no file for 1 of 1 image: scene_7' in capsys.readouterr().err


def test_one_page_for_two_detectors(folders, tmp_path):
    out = tmp_path / 'page' / 'report.html'
    arguments = ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    detectors = ['mdpnet-nudt-sirst', str(folders / 'others')]
    arguments += ['--pictures', str(tmp_path / 'pictures')]
    assert main(['report', *detectors, *arguments, '--out', str(out), '--threads', '1']) == 0
    for name in ('curves', 'mistakes-mdpnet-nudt-sirst', 'mistakes-others'):
        assert cv2.imread(str(tmp_path / f'pictures/{name}.png')).std() > 5
    page = out.read_text()
    # Nothing is loaded from elsewhere.
    assert not re.search(r'(src|srcset)="(?!data:)', page) and '<script' not in page
    pictures = len(re.findall('<img ', page))
    shown = len(re.findall('<figure class="(?:missed|false)">', page))
    assert pictures == 4 + 3 * 3 + shown  # plots, surfaces of an image and of two detectors
    assert '<h3>others: 1 missed, 1 false</h3>' in page and 'scene_1</a> at (4, 6)' in page
    with out.with_suffix('.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['detector'] for row in rows] == ['mdpnet-nudt-sirst'] * 2 + ['others'] * 2
    assert [row['scored at'] for row in rows] == ['original size', '256x256'] * 2
    others = rows[2]
    assert others['nIoU'] != '100.00' and others['Pd'] == '66.67'
    assert (others['num_detected'], others['num_targets'], others['num_false']) == ('2', '3', '1')
    assert out.with_suffix('.tex').read_text().count(r'\\') == 5


class Page(HTMLParser):
    """What a page holds: elements with their attributes, and the text of each kind of element."""

    def __init__(self, file):
        super().__init__()
        self.elements, self.texts, self._open = [], defaultdict(list), []
        self.feed(file.read_text())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ('img', 'br', 'meta', 'source'):
            self._open.append(tag)
            self.texts[tag].append('')

    def handle_endtag(self, tag):
        while self._open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope='module')
def made(folders, tmp_path_factory):
    """A report on an exported file, a method and predictions, as the command line makes it."""
    page = tmp_path_factory.mktemp('pages') / 'a folder/report.html'
    (weights,) = (PACKAGE / 'weights').glob('*.onnx')
    line = ['report', f'ours={weights}', 'top-hat', str(folders / 'others'), '--title', 'A <sky>']
    line += ['--images', str(folders / 'images'), '--truths', str(folders / 'masks')]
    assert main([*line, '--out', str(page), '--threads', '1']) == 0
    return page, line, weights


def test_a_page_says_how_it_was_made(made):
    file, line, weights = made
    page = Page(file)
    said = dict(zip(page.texts['dt'], page.texts['dd'], strict=True))
    assert abs(datetime.now().astimezone() - datetime.fromisoformat(said['date'])).days == 0
    assert shlex.split(said['command'])[:9] == ['mdpnet', *line][:9]
    assert f'mdp_plugin {__version__}' in said['versions'] and 'numpy' in said['versions']
    assert hashlib.sha256(weights.read_bytes()).hexdigest() in said['ours']
    assert 'classical method' in said['top-hat'] and 'predictions in' in said['others']


def test_measures_are_explained_on_hover_and_in_print(made):
    page = Page(made[0])
    heads = page.texts['abbr']
    assert len(heads) == 13 and heads[:3] == ['detector', 'scored at', 'IoU (%)']
    explained = dict(zip(page.texts['dt'], page.texts['dd'], strict=True))
    for head, abbreviation in zip(heads, page.all('abbr'), strict=True):
        assert len(abbreviation['title']) > 20 and explained[head] == abbreviation['title']


def test_mistakes_lead_to_the_frames_and_pictures_have_words(made, folders):
    file = made[0]
    page = Page(file)
    links = [link['href'] for link in page.all('a') if link['href'] != '#legend']
    files = {(file.parent / unquote(link)).resolve() for link in links}
    assert files == {(folders / f'images/scene_{i}.png').resolve() for i in range(3)}
    assert all(len(picture['alt']) > 15 for picture in page.all('img'))
    assert page.texts['h1'] == ['A <sky>']


def test_rows_that_say_the_same_are_one(folders, tmp_path):
    """A program that finds nothing finds nothing at both sizes."""
    (tmp_path / 'nothing').mkdir()
    for file in (folders / 'others').iterdir():
        mask = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(tmp_path / 'nothing' / file.name), np.zeros_like(mask))
    rows = rows_of(str(tmp_path / 'nothing'), folders, tmp_path / 'report.html')
    assert rows == [('nothing', 'original size, 256x256')]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(*colours):
    """As WCAG 2 defines it."""
    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_words_can_be_read_in_light_and_dark(made):
    style = made[0].read_text().partition('<style>')[2].partition('</style>')[0]
    declared = re.findall(r'--([a-z]+): (#[0-9a-f]+)', style)
    assert len(declared) == 16
    for theme in (dict(declared[:8]), dict(declared[8:])):
        wide = {name: c if len(c) == 7 else '#' + ''.join(2 * d for d in c[1:])
                for name, c in theme.items()}  # fmt: skip
        for ink in ('ink', 'quiet', 'link', 'missed', 'false'):
            for paper in ('paper', 'band'):
                assert contrast(wide[ink], wide[paper]) >= 4.5, (ink, paper)


def test_a_phone_scrolls_down_only_and_print_holds_all(made, tmp_path):
    """In Chromium: nothing is wider than 390 pixels; the printed legend is on paper."""
    chromium = shutil.which('chromium') or shutil.which('chromium-browser')
    if not chromium:
        pytest.skip('there is no Chromium')
    file = made[0]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
        page = browser.new_page(viewport={'width': 390, 'height': 800})
        page.goto(file.as_uri())
        assert page.evaluate('document.documentElement.scrollWidth') == 390
        narrow = page.locator('picture img').first.evaluate('image => image.currentSrc')
        page.set_viewport_size({'width': 1440, 'height': 900})
        assert page.evaluate('document.documentElement.scrollWidth') == 1440
        assert page.locator('picture img').first.evaluate('image => image.currentSrc') != narrow
        page.pdf(path=tmp_path / 'report.pdf', prefer_css_page_size=True)
        browser.close()
    paper = pypdfium2.PdfDocument(tmp_path / 'report.pdf')
    text = ''.join(sheet.get_textpage().get_text_bounded() for sheet in paper)
    assert 'Probability of detection' in text and 'SHA-256' in text


def test_fates_and_mistakes(folders):
    samples = [
        Sample(
            f'scene_{i}',
            folders / f'images/scene_{i}.png',
            folders / f'masks/scene_{i}_pixels0.png',
        )
        for i in range(3)
    ]

    def predict(grey, name):
        mask = cv2.imread(str(folders / f'others/{name}.png'), cv2.IMREAD_UNCHANGED)
        return (mask / 255).astype(np.float32)

    scores = score_detector('others', predict, samples, 64, interpolation=None)
    assert [fate.found for fate in scores.targets] == [False, True, True]
    assert all(isinstance(f, TargetFate) and f.area > 0 and f.scr > 0 for f in scores.targets)
    assert [(m.kind, m.image) for m in scores.mistakes] == [
        ('missed', 'scene_0'),
        ('false', 'scene_1'),
    ]
    missed, false = scores.mistakes
    assert missed.truth[CROP // 2, CROP // 2] and not missed.probability.any()
    assert false.probability[CROP // 2, CROP // 2] == 1 and not false.truth.any()
    sheet = plot_mistakes(scores, 0.5, columns=1)
    assert [t for t in (axis.get_title(loc='left') for axis in sheet.axes) if t] == [
        'scene_0',
        'scene_1',
    ]
    assert [len(axis.images) for axis in sheet.axes] == [1, 1, 1, 1]
    assert sheet.get_suptitle() == 'others: 1 missed, 1 false'
    assert [part.is_target for part in scores.parts] == [False, True, True]
    assert all(part.log_odds == LOG_ODDS_LIMIT for part in scores.parts)
    middle = np.searchsorted(scores.curves['threshold'], 0.5)
    assert scores.curves['Pd'][middle] == pytest.approx(2 / 3)
    assert scores.curves['Fa'][middle] == pytest.approx(9 / (3 * 96 * 128))


def rows_of(detector, root, out, *arguments):
    """Detector and protocol of each row of a report's table."""
    folders = ['--images', str(root / 'images'), '--truths', str(root / 'masks')]
    assert main(['report', detector, *folders, '--out', str(out), *arguments]) == 0
    with out.with_suffix('.csv').open() as file:
        return [(row['detector'], row['scored at']) for row in csv.DictReader(file)]


def test_the_second_protocol_has_the_height_and_width_of_the_network(
    folders, project_root, tmp_path
):
    init_default_scope('mmseg')
    config = project_root / 'configs/mdpnet/mdpnet-base_irst640-512x640.py'
    state = MODELS.build(Config.fromfile(config).model).state_dict()
    torch.save(dict(state_dict=state), tmp_path / 'random.pth')
    rows = rows_of(f'net={config},{tmp_path / "random.pth"}', folders, tmp_path / 'report.html')
    assert rows == [('net', 'original size'), ('net', '512x640')]


def test_images_of_the_networks_size_are_scored_once(folders, tmp_path):
    """Two protocols that do the same are one row."""
    for name in ('images', 'masks', 'others'):
        (tmp_path / name).mkdir()
        for file in (folders / name).iterdir():
            picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            picture = np.pad(picture, [(0, 256 - side) for side in picture.shape])
            cv2.imwrite(str(tmp_path / name / file.name), picture)
    others, out = str(tmp_path / 'others'), tmp_path / 'report.html'
    assert rows_of(others, tmp_path, out) == [('others', 'original size')]
    rows = rows_of(others, tmp_path, out, '--square', '128')
    assert rows == [('others', 'original size'), ('others', '128x128')]


def test_mistakes_are_named(folders, tmp_path, capsys):
    masks = str(folders / 'masks')
    for arguments, message in (
        ([masks], '--images and --truths are needed'),
        (['mdpnet-sirst', '--images', masks], 'belong together'),
        (['mdpnet-mars', '--images', str(folders / 'images'), '--truths', masks], 'no model'),
        (['x', '--images', str(folders / 'images'), '--truths', str(tmp_path)], 'holds no'),
    ):
        assert main(['report', *arguments, '--out', str(tmp_path / 'report.html')]) == 2
        assert message in capsys.readouterr().err

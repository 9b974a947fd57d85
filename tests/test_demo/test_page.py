"""The page from end to end: `mdpnet demo` as a process, Chromium, and no other host."""

import contextlib
import csv
import os
import re
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np
import pytest
from pixel_bomb import png_of

from mdp_plugin.demo.session import SCENE_SIZE, synthetic_scene
from mdp_plugin.demo.views import EXPLAINED
from mdp_plugin.detection import TargetDetector, find_targets
from mdp_plugin.detection.tables import COLUMNS
from mdp_plugin.imaging.grey_levels import GreyLevels
from mdp_plugin.project_files import PACKAGE

sync_api = pytest.importorskip('playwright.sync_api')
gradio_client = pytest.importorskip('gradio_client')

CHROMIUM = next(
    filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None
)
#: An exported file, which is read in a second.
FILE = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
MODEL = FILE.name
MEGABYTES = 2
FIRST = 5  # scene on the page when it opens
LOOPBACK = {'127.0.0.1', 'localhost'}
PARTS_OF_PAGE = ('view', 'controls', 'details')
DESKTOP = {'width': 1400, 'height': 900}
WAIT = 120_000  # milliseconds; the machine may be busy

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason='there is no Chromium on the path')


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    """Address of a running `mdpnet demo`; when it has ended, nothing of it is left.

    The address is told before the network is loaded, and what is loading meanwhile.
    """
    root = tmp_path_factory.mktemp('server')
    temporary = root / 'tmp'
    temporary.mkdir()
    command = [
        sys.executable, '-m', 'mdp_plugin.cli', 'demo', '--port', '0', '--threads', '1',
        '--model', str(FILE), '--max-upload', str(MEGABYTES), '--max-frames', '4',
    ]  # fmt: skip
    # A dead proxy: what asks another host fails, and what asks this one must not go through it.
    proxy = dict.fromkeys(('HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy'), 'http://127.0.0.1:9')
    env = {**os.environ, **proxy, 'TMPDIR': str(temporary), 'OMP_NUM_THREADS': '1'}
    with (root / 'errors').open('w') as errors:
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[2], env=env, stdout=subprocess.PIPE,
            stderr=errors, text=True,
        )  # fmt: skip
        address = process.stdout.readline().split(' ')[0]
        assert address.startswith('http://127.0.0.1:'), (root / 'errors').read_text()
        told = (root / 'errors').read_text()
        assert told.startswith('the page is starting') and f'{MODEL} is ready' not in told
        assert f'{MODEL} is loading' in httpx.get(address, timeout=WAIT / 1000).text
        yield address
        process.terminate()
        assert process.wait(60) == 0
    # Gradio logs what is wrong with forged requests; the page itself has failed nowhere.
    told = (root / 'errors').read_text()
    assert str(PACKAGE) not in told
    assert f'{MODEL} is loading\n{MODEL} is ready\n' in told
    assert not list(temporary.glob('mdpnet-demo-*'))


@pytest.fixture(scope='module')
def page(server):
    """An open page; requests to other hosts are noted and refused."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=['--no-sandbox', '--enable-unsafe-swiftshader']
        )
        context = browser.new_context(viewport=DESKTOP)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.hosts = set()

        def pass_or_refuse(route):
            host = urlsplit(route.request.url).hostname
            page.hosts.add(host)
            route.continue_() if host in LOOPBACK else route.abort()

        context.route(re.compile('^(http|ws)'), pass_or_refuse)
        page.goto(server)
        shows(page, f'scene_{FIRST}_')
        yield page
        browser.close()


@pytest.fixture(scope='module')
def detector():
    return TargetDetector(FILE, threads=1)


def shows(page, name, **options):
    """Wait until a frame of this name is in view."""
    page.wait_for_function(
        'name => document.querySelector("#picture figcaption")?.textContent.startsWith(name)',
        arg=name, **options,
    )  # fmt: skip


def counts(page, number):
    """Wait until so many targets are told, listed and framed."""
    page.wait_for_function(
        """number => document.querySelector('#count')?.textContent == number
        && document.querySelectorAll('#table tr[data-number]').length == number
        && document.querySelectorAll('#picture svg:first-of-type .target').length == 2 * number""",
        arg=number,
    )


def cell(page, row, column):
    return float(page.locator('#table tbody tr').nth(row).locator('td').nth(column).inner_text())


def chosen(page):
    """Number of the chosen target, the same in the picture and in the table."""
    return page.evaluate(
        """() => {
          const of = (place) => [...document.querySelectorAll(`${place} .chosen`)].map(
            (part) => part.dataset.number).join();
          return ["#table", "#picture figure:first-child", "#picture figure:last-child"].map(of);
        }"""
    )


def pick(page, name, label):
    """Choose from a list."""
    page.locator(f'#{name} input').click()
    page.get_by_role('option', name=label).click()


def slide(page, name, value):
    page.locator(f'#{name} input[type=range]').fill(str(value))


def back_to_a_scene(page, number):
    page.get_by_role('tab', name='Synthetic scene').click()
    box = page.get_by_label('Scene', exact=True)
    for _ in range(4):  # what is typed before the page listens to the field is lost
        box.fill(str(number))
        box.press('Enter')
        with contextlib.suppress(sync_api.TimeoutError):
            return shows(page, f'scene_{number}_', timeout=30_000)
    raise AssertionError(f'scene {number} does not come')


def send(page, file):
    page.get_by_role('tab', name='Own file').click()
    page.locator('#upload input[type=file]').set_input_files(file)


def test_a_scene_and_its_thresholds(page, detector):
    scene = synthetic_scene(FIRST, None)[0].frames[0]
    found = detector(scene)
    counts(page, len(found.targets))
    for row, target in enumerate(found.targets):
        assert cell(page, row, 1) == pytest.approx(target.x, abs=0.06)
        assert cell(page, row, 2) == pytest.approx(target.y, abs=0.06)
    expected = []
    for threshold in (0.0003, 0.02, 0.9995):
        slide(page, 'threshold', threshold)
        expected.append(len(find_targets(found.probability, threshold)))
        counts(page, expected[-1])
    assert len(set(expected)) > 1
    page.get_by_role('tab', name='Synthetic scene').click()
    page.locator('#another').click()
    shows(page, f'scene_{FIRST + 1}_')
    counts(page, len(detector(synthetic_scene(FIRST + 1, None)[0].frames[0]).targets))


def test_own_file_comes_first_and_levels_are_reachable(page):
    page.reload()
    shows(page, f'scene_{FIRST}_')
    tabs = page.get_by_role('tab')
    assert tabs.all_inner_texts() == ['Own file', 'Synthetic scene']
    assert tabs.first.get_attribute('aria-selected') == 'true'
    page.get_by_role('button', name='Grey levels and polarity').click()
    for label in ('Black level', 'White level', 'Polarity'):
        page.get_by_label(label).wait_for()


def test_the_picture_stands_above_the_controls_of_a_phone(page):
    def tops():
        return [page.locator(f'#{name}').bounding_box()['y'] for name in PARTS_OF_PAGE]

    view, controls, details = tops()
    assert abs(view - controls) < 20 < details - view
    page.set_viewport_size({'width': 390, 'height': 844})
    assert tops() == sorted(tops()) and page.locator('#picture').bounding_box()['y'] < 250
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    page.set_viewport_size(DESKTOP)


def test_a_chosen_target_is_enlarged(page):
    back_to_a_scene(page, 3)
    slide(page, 'threshold', 0.5)
    page.wait_for_selector('#status >> text=above 0.5')
    page.locator('#table [data-number="2"] td').first.click()
    page.wait_for_selector('#parts .part.chosen:first-child >> text=2')
    assert chosen(page) == ['2'] * 3
    # The rest of the tests goes without: without a graphics card they take seconds to draw.
    page.locator('#draw').get_by_role('checkbox').check()
    where = f'around ({cell(page, 1, 1):.0f}, {cell(page, 1, 2):.0f})'
    page.wait_for_selector(f'#surface >> text={where}')
    assert page.locator('#surface canvas').count() >= 2
    page.locator('#whole').click()
    page.wait_for_selector('#surface >> text=whole frame')
    assert chosen(page) == [''] * 3
    page.locator('#draw').get_by_role('checkbox').uncheck()
    page.locator('#surface').wait_for(state='hidden')


def test_targets_are_chosen_in_the_picture_and_by_arrow_keys(page):
    back_to_a_scene(page, FIRST)
    slide(page, 'threshold', 0.5)
    page.wait_for_selector('#status >> text=above 0.5')
    total = page.locator('#table tr[data-number]').count()
    assert total >= 3
    box = page.locator('#picture [data-number="2"] rect').first.bounding_box()
    page.mouse.click(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2)
    assert chosen(page) == ['2'] * 3
    page.wait_for_selector('#parts .part.chosen:first-child >> text=2')
    for key, number in (
        ('ArrowDown', 3), ('ArrowUp', 2), ('ArrowLeft', 1), ('ArrowUp', 1),
        *(('ArrowRight', number) for number in range(2, total + 1)), ('ArrowDown', total),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert chosen(page) == [str(number)] * 3, key
    page.wait_for_selector(f'#parts .part.chosen:first-child >> text={total}')
    # It stays chosen at another threshold, where the picture is drawn anew.
    slide(page, 'threshold', 0.4)
    page.wait_for_selector('#status >> text=above 0.4')
    assert chosen(page)[0] and chosen(page) == [chosen(page)[0]] * 3
    page.locator('#parts .part').nth(1).click()
    assert chosen(page) == ['1'] * 3
    page.locator('#picture .pair').focus()
    page.keyboard.press('Escape')
    assert chosen(page) == [''] * 3
    page.wait_for_function("() => !document.querySelector('#parts .chosen')")


def test_columns_are_explained_and_sort_the_table(page):
    heads = page.locator('#table thead th')
    names = heads.all_inner_texts()
    assert tuple(names) == tuple(EXPLAINED)
    assert [head.get_attribute('title') for head in heads.all()] == list(EXPLAINED.values())
    page.get_by_text('What the columns mean').click()
    page.get_by_text(EXPLAINED['scr']).wait_for()
    column = names.index('area')
    areas = [cell(page, row, column) for row in range(page.locator('#table tbody tr').count())]
    for order in (sorted(areas), sorted(areas, reverse=True)):
        heads.nth(column).click()
        assert [cell(page, row, column) for row in range(len(areas))] == order
    # Arrow keys follow what is seen, numbers stay those of the picture.
    page.locator('#table .rows').focus()
    page.keyboard.press('ArrowDown')
    assert chosen(page) == [f'{cell(page, 0, 0):.0f}'] * 3


def test_a_rate_in_words_chooses_the_threshold(page, detector):
    back_to_a_scene(page, FIRST)
    probability = detector(synthetic_scene(FIRST, None)[0].frames[0]).probability
    points = detector.operating_points
    thresholds = []
    for rate, words in ((2, '2 false targets a frame'), (0.5, '1 false target in 2 frames')):
        threshold = points.threshold_for(f'{rate}/frame')
        found = 100 * points.figures_at(threshold)['Pd']
        pick(page, 'budget', f'{words}: Pd {found:.1f} %')
        page.wait_for_selector(f'#point >> text=Threshold {threshold:.4g}: {found:.2f} %')
        counts(page, len(find_targets(probability, threshold)))
        thresholds.append(threshold)
    assert thresholds[0] < thresholds[1]
    # What the measured frames do not show is told as well, and goes with a threshold of one's own.
    pick(page, 'budget', '1 false target in 20 frames')
    page.get_by_text('Too few frames to be sure').click()
    page.get_by_text('`mdpnet calibrate` goes by this bound').wait_for()
    slide(page, 'threshold', 0.25)
    page.wait_for_selector('#point >> text=Threshold 0.25:')
    assert page.locator('#budget input').input_value() == 'as the threshold gives'
    assert not page.get_by_text('Too few frames to be sure').count()


def test_the_list_of_models_closes_after_a_choice(page):
    for press in (lambda option: option.click(), lambda _: page.keyboard.press('Enter')):
        page.locator('#model input').click()
        page.keyboard.press('Control+A')
        page.keyboard.type(MODEL)
        press(page.get_by_role('option', name=MODEL, exact=True))
        page.get_by_role('option').first.wait_for(state='detached')
        page.wait_for_function("() => !document.querySelector('#picture .pending')")
        assert not page.get_by_role('option').count()


def test_waiting_moves_nothing(page):
    """What is below the picture stays where it is, and the old picture until the new one comes."""
    back_to_a_scene(page, FIRST)
    page.evaluate(
        """() => {
          window.seen = {tops: new Set(), waited: 0, pictures: 0};
          const look = () => {
            window.seen.tops.add(document.querySelector('#details').offsetTop);
            window.seen.waited += Boolean(document.querySelector('#picture .pending'));
            window.seen.pictures += !document.querySelector('#picture svg image');
            window.looking = requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.locator('#another').click()
    shows(page, f'scene_{FIRST + 1}_')
    tops, waited, without = page.evaluate(
        """() => {
          cancelAnimationFrame(window.looking);
          return [window.seen.tops.size, window.seen.waited, window.seen.pictures];
        }"""
    )
    assert (tops, without) == (1, 0) and waited


@pytest.mark.parametrize('look', ['light', 'dark'])
def test_names_and_contrast(page, look):
    """Axe finds no picture without a name and no text of too little contrast."""
    axe = pytest.importorskip('axe_playwright_python.sync_playwright').Axe()
    page.add_style_tag(content='* { transition: none !important; }')  # half-way there is grey
    page.evaluate('look => document.body.classList.toggle("dark", look === "dark")', look)
    rules = ['color-contrast', 'image-alt', 'role-img-alt', 'svg-img-alt', 'label', 'button-name']
    found = axe.run(page, options={'runOnly': rules}).response['violations']
    page.evaluate('document.body.classList.remove("dark")')
    told = [(rule['id'], node['html'][:200]) for rule in found for node in rule['nodes']]
    assert not told


def test_sixteen_bit_and_its_download(page, detector, tmp_path):
    image = synthetic_scene(5, None)[0].frames[0].astype(np.uint16) * 257 + 3
    file = tmp_path / 'deep.tif'
    cv2.imwrite(str(file), image)
    send(page, file)
    shows(page, 'deep.tif')
    expected = detector(image).targets
    counts(page, len(expected))
    with page.expect_download() as event:
        page.locator('#csv').click()
    assert event.value.suggested_filename == 'targets.csv'
    event.value.save_as(tmp_path / 'targets.csv')
    with (tmp_path / 'targets.csv').open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == len(expected) > 0 and tuple(rows[0]) == COLUMNS
    for row, target in zip(rows, expected, strict=True):
        assert (row['file'], row['frame']) == ('deep.tif', '0')
        assert float(row['x']) == pytest.approx(target.x, abs=1e-3)
        assert float(row['peak']) == pytest.approx(target.peak, abs=1e-3)
    with page.expect_download() as event:
        page.locator('#overlay').click()
    event.value.save_as(tmp_path / 'overlay.png')
    assert cv2.imread(str(tmp_path / 'overlay.png')).shape == (*SCENE_SIZE, 3)


def test_a_video_and_its_frames(page, detector, tmp_path):
    file = tmp_path / 'clip.avi'
    video = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*'MJPG'), 10, SCENE_SIZE[::-1])
    for number in (1, 10, 5, 3, 8, 2):
        scene = synthetic_scene(number, None)[0].frames[0]
        video.write(cv2.cvtColor(scene, cv2.COLOR_GRAY2BGR))
    video.release()
    send(page, file)
    shows(page, 'clip.avi, frame 0')
    assert 'first 4 frames' in page.locator('#status').inner_text()
    frames = cv2.VideoCapture(str(file))
    expected = [len(detector(frames.read()[1]).targets) for _ in range(4)]
    assert len(set(expected)) > 1
    for index in (2, 3, 0, 1):
        slide(page, 'frame', index)
        shows(page, f'clip.avi, frame {index}')
        counts(page, expected[index])
    with page.expect_download() as event:
        page.locator('#overlay').click()
    event.value.save_as(tmp_path / 'overlay.mp4')
    assert cv2.VideoCapture(str(tmp_path / 'overlay.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 4


def test_bad_files_are_named_beside_the_field(page, tmp_path):
    """The old result goes away, nothing lies over the page, and the next file is taken."""
    noise = np.random.default_rng(0).bytes(int(MEGABYTES * 1e6) + 1000)
    for name, content, message in (
        ('text.png', b'no picture', '"text.png" is no picture'),
        ('bomb.png', png_of(20000, 20000), '"bomb.png" has too many pixels'),
        ('empty.tif', b'', '"empty.tif" is empty'),
        ('list.mp4', b'#EXTM3U\nhttp://127.0.0.1:1/a.ts\n', '"list.mp4" is no video'),
        ('big.png', noise, f'"big.png" has 2.0 MB; the limit is {MEGABYTES} MB'),
        ('notes.txt', b'notes', '"notes.txt" is neither a picture'),
    ):
        (tmp_path / name).write_bytes(content)
        send(page, tmp_path / name)
        problem = page.locator('#problem', has_text=message)
        problem.wait_for()
        text = problem.inner_text()
        assert 'Traceback' not in text and str(tmp_path) not in text, name
        assert message in page.locator('#picture').inner_text()
        assert not page.locator('#picture image, #table tr[data-number], #count').count()
        assert not page.locator('[data-testid="toast-body"], .error').count()
    below = page.locator('#details').bounding_box()['y']
    slide(page, 'threshold', 0.3)
    page.locator('#picture', has_text='Choose a file or a scene').wait_for()
    back_to_a_scene(page, FIRST + 1)
    page.get_by_role('tab', name='Own file').click()
    assert not page.locator('#problem').is_visible()
    assert abs(page.locator('#details').bounding_box()['y'] - below) < 30


def test_no_request_went_to_another_host(page):
    assert page.hosts and page.hosts <= LOOPBACK


def file_data(path):
    return {'path': path, 'meta': {'_type': 'gradio.FileData'}}


def test_paths_and_addresses_are_not_taken_for_files(server):
    sent = httpx.post(
        f'{server}gradio_api/upload', files={'files': ('../../../../etc/passwd.png', b'x')}
    ).json()
    assert Path(sent[0]).name == 'passwd.png' and 'mdpnet-demo-' in sent[0]
    assert '..' not in sent[0] and not Path('/etc/passwd.png').exists()
    # The page refuses a large file before it sends it; whoever sends it without the page is told.
    large = {'files': ('big.png', bytes(int(MEGABYTES * 1e6) + 1000))}
    assert httpx.post(f'{server}gradio_api/upload', files=large).status_code == 413
    visitor = gradio_client.Client(server, verbose=False, analytics_enabled=False)
    for path in ('/etc/passwd', sent[0] + '/../../../../../etc/passwd', __file__):
        with pytest.raises(Exception) as caught:
            visitor.predict(file_data(path), False, MODEL, None, None, api_name='/file')
        assert 'root:' not in str(caught.value)
    with pytest.raises(Exception, match='no addresses'):
        address = file_data('http://127.0.0.1:1/a.png')
        visitor.predict(address, False, MODEL, None, None, api_name='/file')
    for path in ('/etc/passwd', str(Path(__file__).resolve())):
        assert httpx.get(f'{server}gradio_api/file={path}').status_code in (403, 404)


def test_ten_visitors_at_once(server, detector):
    start = threading.Barrier(10)

    def visit(number):
        visitor = gradio_client.Client(server, verbose=False, analytics_enabled=False)
        start.wait(60)
        first = visitor.predict(number, 'any', False, MODEL, None, None, api_name='/scene')
        second = visitor.predict(0, 0.9, api_name='/threshold')
        third = visitor.predict(0, 0.001, api_name='/threshold')
        return [result[2] for result in (first, second, third)]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(visit, range(10)))
    for number, tables in enumerate(answers):
        scene = synthetic_scene(number, None)[0].frames[0]
        probability = detector(scene).probability
        for threshold, table in zip((detector.threshold, 0.9, 0.001), tables, strict=True):
            targets = find_targets(probability, threshold, image=GreyLevels()(scene))
            rows = re.findall(r'<tr data-number.*?</tr>', table)
            assert len(rows) == len(targets)
            for row, target in zip(rows, targets, strict=True):
                x, y = map(float, re.findall(r'<td>(.*?)</td>', row)[1:3])
                assert (x, y) == pytest.approx((target.x, target.y), abs=0.06)

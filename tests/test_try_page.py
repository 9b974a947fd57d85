"""The page "Try it" in Chromium: the values of ONNX Runtime, and what goes wrong is told."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from site_faults import serious_faults

from mdp_plugin import TargetDetector
from mdp_plugin.project_files import PROJECT_ROOT as ROOT
from mdp_plugin.zoo.entries import DEFAULT_MODEL, exported_file, find_entry

WAIT = 60_000  # milliseconds; the machine may be busy
NETWORK = exported_file(find_entry(DEFAULT_MODEL))
#: As text, since Playwright hands over lists value by value.
SHOWN = 'JSON.stringify(Array.from(tryIt.probability))'
CDN = 'https://cdn.jsdelivr.net/**'


@pytest.fixture
def opened(site_address, chromium):
    """A function: the page, for a window of a width and colours, whose CDN is answered as given."""
    contexts = []

    def open_page(answer, width=1440, scheme='light', script=''):
        context = chromium.new_context(
            viewport={'width': width, 'height': 900}, color_scheme=scheme
        )
        contexts.append(context)
        context.set_default_timeout(WAIT)
        context.route(CDN, answer)
        context.add_init_script(script)
        page = context.new_page()
        page.goto(f'{site_address}try.html', wait_until='load')
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def package():
    """Answers the CDN's requests from an unpacked onnxruntime-web; skips the test without one."""
    folder = os.environ.get('MDP_PLUGIN_ORT_WEB')
    if not folder:
        pytest.skip(
            'MDP_PLUGIN_ORT_WEB names no folder "package" of `npm pack onnxruntime-web@1.30.0`'
        )

    def answer(route):
        prefix, name = route.request.url.split('/dist/')
        assert prefix.endswith('/onnxruntime-web@1.30.0')
        path = Path(folder, 'dist', name)
        kind = 'application/wasm' if path.suffix == '.wasm' else 'text/javascript'
        headers = {'access-control-allow-origin': '*', 'content-type': kind}
        route.fulfill(body=path.read_bytes(), headers=headers)

    return answer


def told(page, words):
    """Wait until the page says something."""
    page.locator('#try-status', has_text=words).wait_for()


def choose(page, image, tmp_path, name='frame.png'):
    assert cv2.imwrite(str(tmp_path / name), image)
    page.set_input_files('#try-file', tmp_path / name)


def rows(page):
    return [row.split('\t') for row in page.locator('#try-targets tr').all_inner_texts()]


def expected_rows(image, threshold):
    detector = TargetDetector.from_export(NETWORK)
    detector.threshold = threshold
    return [
        [str(number), f'{target.x:.1f}', f'{target.y:.1f}', f'{target.peak:.3f}']
        for number, target in enumerate(detector(image).targets, 1)
    ]


def test_probabilities_are_those_of_onnx_runtime(opened, package, scene, tmp_path):
    page = opened(package)
    grey = scene(512, 640, seed=7)
    small = scene(96, 131, seed=1)
    colour = np.stack([small, 255 - small, small[::-1]], axis=2)
    for name, image in (('grey.png', grey), ('colour.png', colour)):
        height, width = image.shape[:2]
        choose(page, image, tmp_path, name)
        told(page, f'{width}x{height} pixels')
        shown = np.array(json.loads(page.evaluate(SHOWN))).reshape(height, width)
        right = TargetDetector.from_export(NETWORK)(image).probability
        print(f'{width}x{height}: {abs(shown - right).max():.1e}, of at most {right.max():.3f}')
        assert abs(shown - right).max() < 1e-4


def test_slider_starts_at_the_stored_threshold_and_selects_anew(opened, package):
    page = opened(package, width=390, scheme='dark')
    page.click('#try-scene')
    told(page, '3 targets in 320x256 pixels. The network took')
    slider = page.locator('#try-threshold')
    image = cv2.imread(str(ROOT / 'docs/images/try_scene.png'), cv2.IMREAD_GRAYSCALE)
    assert float(slider.input_value()) == pytest.approx(
        TargetDetector.from_export(NETWORK).threshold
    )
    assert rows(page) == expected_rows(image, 0.97)
    slider.fill('0.02')
    assert page.inner_text('#try-value') == '0.020'
    assert rows(page) == expected_rows(image, 0.02) != expected_rows(image, 0.97)
    slider.fill('0.995')
    slider.press('ArrowLeft')
    assert rows(page) == expected_rows(image, 0.99)
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    assert not serious_faults(page)


def test_the_page_runs_the_default_network():
    assert f'weights/{NETWORK.name})' in (ROOT / 'docs/try.md').read_text(encoding='utf-8')


def test_without_the_cdn_a_sentence_appears(opened, scene, tmp_path):
    page = opened(lambda route: route.abort())
    choose(page, scene(64, 64), tmp_path)
    told(page, 'onnxruntime-web cannot be loaded from cdn.jsdelivr.net')
    assert page.locator('#try-result').is_hidden()


def test_other_bytes_from_the_cdn_are_not_run(opened, scene, tmp_path):
    headers = {'access-control-allow-origin': '*'}
    page = opened(lambda route: route.fulfill(body='window.ran = true', headers=headers))
    choose(page, scene(64, 64), tmp_path)
    told(page, 'its content is not the expected one')
    assert page.evaluate('window.ran') is None


def test_a_picture_that_cannot_be_taken_is_told_before_anything_is_loaded(opened, tmp_path):
    page = opened(lambda route: pytest.fail(f'loaded {route.request.url}'))
    told(page, 'Choose a picture.')
    grey = np.full((64, 64), 90, np.uint8)
    choose(page, grey.astype(np.uint16) * 99, tmp_path, 'deep.png')
    told(page, '"deep.png" has 16 bits')
    choose(page, grey, tmp_path, 'frame.tif')
    told(page, '"frame.tif" is no PNG, JPEG, WebP or BMP')
    choose(page, grey[:20], tmp_path, 'flat.png')
    told(page, '"flat.png" has 64x20 pixels; the network needs 32x32')
    choose(page, np.zeros((1100, 1920), np.uint8), tmp_path, 'large.png')
    told(page, '"large.png" has 1920x1100 pixels, too many')
    choose(page, np.full((64, 64, 4), 90, np.uint8), tmp_path, 'clear.png')
    told(page, '"clear.png" is transparent in part')
    (tmp_path / 'damaged.png').write_bytes((tmp_path / 'flat.png').read_bytes()[:40])
    page.set_input_files('#try-file', tmp_path / 'damaged.png')
    told(page, '"damaged.png" cannot be read')
    page.set_input_files('#try-file', [])
    told(page, 'No picture was chosen.')


def test_without_webassembly_a_sentence_appears(opened):
    page = opened(lambda route: route.abort(), script='delete window.WebAssembly')
    told(page, 'This browser has no WebAssembly')
    assert page.locator('#try-file').is_disabled()

"""The site in Chromium: nothing leaves the window, and axe finds nothing serious."""

import functools
import http.server
import re
import shutil
import threading
from pathlib import Path

import pytest

from mdp_plugin.project_files import PROJECT_ROOT as ROOT

sync_api = pytest.importorskip('playwright.sync_api')
axe_playwright = pytest.importorskip('axe_playwright_python')
commands = pytest.importorskip('mkdocs.commands.build')
mkdocs_config = pytest.importorskip('mkdocs.config')

CHROMIUM = next(
    filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None
)
AXE = Path(axe_playwright.__file__).parent / 'axe.min.js'
#: Text, wide tables, code and formulas; each at the widths and colours that can break them.
LOOKS = [
    ('use.html', 1440, 'light'),
    ('metrics.html', 390, 'light'),
    ('distillation.html', 1024, 'dark'),
]
WAIT = 60_000  # milliseconds; the machine may be busy

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason='there is no Chromium on the path')


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The site without the pages of the API, whose reading of all code takes most of the time."""
    folder = tmp_path_factory.mktemp('site')
    config = mkdocs_config.load_config(str(ROOT / 'mkdocs.yml'), site_dir=str(folder))
    config.exclude_docs = config.exclude_docs + config.exclude_docs.from_lines(['/api/'])
    commands.build(config)
    return folder


@pytest.fixture(scope='module')
def address(site):
    """Where the site is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()


@pytest.fixture(scope='module')
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        yield browser
        browser.close()


@pytest.mark.parametrize(('name', 'width', 'scheme'), LOOKS)
def test_a_page_can_be_read(address, browser, name, width, scheme):
    context = browser.new_context(viewport={'width': width, 'height': 900}, color_scheme=scheme)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(address + name, wait_until='load')
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    page.add_script_tag(content=AXE.read_text(encoding='utf-8'))
    found = page.evaluate('axe.run()')['violations']
    serious = [
        (each['id'], node['target'], node['failureSummary'])
        for each in found
        if each['impact'] in ('serious', 'critical')
        for node in each['nodes']
    ]
    context.close()
    assert not serious


@pytest.mark.parametrize('word', ['Pd', 'install'])
def test_the_search_finds_words_of_the_field(address, browser, word):
    page = browser.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f'{address}index.html', wait_until='load')
    page.click('.md-search__input')
    page.fill('.md-search__input', word)
    first = page.locator('.md-search-result__item').first
    first.wait_for()
    assert re.search(word, first.inner_text(), re.I)
    page.close()

"""Fixtures shared by all tests: registered modules, real data sets, the site in a browser."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmseg.registry import MODELS
from torch import nn

import mdp_plugin.registration  # noqa: F401  (registers every module of the plugin)
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


@pytest.fixture(autouse=True)
def default_scope():
    """Resolve `type='Name'` in mmseg's registries, as a config's `default_scope` does."""
    init_default_scope('mmseg')


@pytest.fixture(scope='session')
def project_root() -> Path:
    """The checkout that holds configs/ and tools/."""
    return PROJECT_ROOT


def _real_data(name: str, images: str = 'images') -> Path:
    root = Path(os.environ.get('IRSTD_DATA_ROOT', PROJECT_ROOT / 'data')) / name
    if not (root / images).is_dir():
        pytest.skip(f'{name} is not at {root}; set IRSTD_DATA_ROOT to test on real images')
    return root


@pytest.fixture(scope='session')
def sirst_root() -> Path:
    """Folder of the real SIRST data set; skips the test where it is absent."""
    return _real_data('SIRST')


@pytest.fixture(scope='session')
def nudt_sirst_root() -> Path:
    """Folder of the real NUDT-SIRST data set; skips the test where it is absent."""
    return _real_data('NUDT-SIRST')


@pytest.fixture(scope='session')
def sirst_v2_root() -> Path:
    """Folder of frames of the real SIRST-V2; skips the test where it is absent."""
    return _real_data('SIRST-V2', 'mixed')


@pytest.fixture(scope='session')
def shipped_model(project_root: Path) -> nn.Module:
    """MDPNet-fine with its weights for NUDT-SIRST, in eval mode: probabilities mean something."""
    init_default_scope('mmseg')
    name = 'mdpnet-fine_nudt-sirst-256x256'
    model = MODELS.build(Config.fromfile(project_root / f'configs/mdpnet/{name}.py').model)
    weights = project_root / f'mdp_plugin/weights/{name}.pth'
    load_checkpoint(model, str(weights), map_location='cpu', strict=True)
    return model.eval()


@pytest.fixture(scope='session')
def scene() -> Callable[..., np.ndarray]:
    """A function: an image (H, W) of the generator, uint8, with targets."""

    def make(height: int, width: int, seed: int = 0) -> np.ndarray:
        return SceneGenerator(SceneSettings(size=(height, width)), seed)(0).image

    return make


@pytest.fixture(scope='session')
def site_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site of the documentation is served; skips the test where it cannot be built.

    It is without the pages of the API, whose reading of all code takes most of the time.
    """
    build = pytest.importorskip('mkdocs.commands.build')
    config = pytest.importorskip('mkdocs.config')
    folder = tmp_path_factory.mktemp('site')
    settings = config.load_config(str(PROJECT_ROOT / 'mkdocs.yml'), site_dir=str(folder))
    settings.exclude_docs = settings.exclude_docs + settings.exclude_docs.from_lines(['/api/'])
    build.build(settings)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()


@pytest.fixture(scope='module')
def chromium():
    """Chromium by Playwright, for one file of tests; skips the test where there is none."""
    sync_api = pytest.importorskip('playwright.sync_api')
    names = ('chromium', 'chromium-browser', 'google-chrome')
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip('there is no Chromium on the path')
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield browser
        browser.close()

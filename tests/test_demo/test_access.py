"""Who may reach the page of `mdpnet demo`: names, origins and the password, on a real server."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mdp_plugin.project_files import PACKAGE

gradio_client = pytest.importorskip('gradio_client')

MODEL = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'
UPLOAD = {'files': ('a.png', b'x' * 1000)}


@contextlib.contextmanager
def serve(folder, *options):
    """Run the command; its address, the folder of uploads, and a function that reads a line."""
    folder.mkdir()
    command = [
        sys.executable, '-m', 'mdp_plugin.cli', 'demo', '--port', '0', '--threads', '1',
        '--model', str(MODEL), *options,
    ]  # fmt: skip
    env = {**os.environ, 'TMPDIR': str(folder), 'OMP_NUM_THREADS': '1'}
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().split(' ')[0], folder, process.stdout.readline
    finally:
        process.terminate()
        assert process.wait(60) == 0


@pytest.fixture(scope='module')
def local(tmp_path_factory):
    with serve(tmp_path_factory.mktemp('access') / 'local') as (address, folder, _):
        yield address, folder


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    """Reached by the whole network, with a password."""
    folder = tmp_path_factory.mktemp('access') / 'network'
    with serve(folder, '--host', '0.0.0.0', '--password', 'pä:ss') as (address, folder, _):
        yield address, folder


def uploads(folder):
    return list(folder.rglob('*.png'))


def test_only_local_names_are_answered(local):
    address, folder = local
    port = urlsplit(address).port
    for name in ('localhost', '127.0.0.1', '[::1]', 'LocalHost'):
        answer = httpx.get(address, headers={'Host': f'{name}:{port}'})
        assert answer.status_code == 200 and answer.headers['X-Content-Type-Options'] == 'nosniff'
    for name in (
        'evil.example',
        'localhost.evil.example',
        '127.0.0.1.evil.example',
        '[',
        '10.0.0.1',
    ):
        for path, files in (('', None), ('gradio_api/upload', UPLOAD)):
            host = {'Host': f'{name}:{port}'}
            method = 'POST' if files else 'GET'
            answer = httpx.request(method, address + path, headers=host, files=files)
            assert answer.status_code == 403, name
            assert answer.text.startswith('This page answers to 127.0.0.1, ::1, localhost only')
            assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert not uploads(folder)


def test_other_origins_are_refused(local):
    address, folder = local
    port = urlsplit(address).port
    for origin in (
        'http://evil.example',
        'null',
        f'http://127.0.0.1:{port + 1}',
        'http://localhost',
    ):
        answer = httpx.post(f'{address}gradio_api/upload', files=UPLOAD, headers={'Origin': origin})
        assert (
            answer.status_code == 403 and answer.text == f'This page takes nothing from "{origin}".'
        )
    assert not uploads(folder)
    own = {'Origin': address.rstrip('/')}
    sent = httpx.post(f'{address}gradio_api/upload', files=UPLOAD, headers=own)
    assert sent.status_code == 200 and len(uploads(folder)) == 1


def test_a_password_protects_everything(network):
    address, folder = network
    for path in ('', 'config', 'gradio_api/info', 'gradio_api/file=/etc/passwd', 'theme.css'):
        for auth in (None, ('a', 'wrong'), ('a', ''), ('pä:ss', 'pä')):
            answer = httpx.get(address + path, auth=auth)
            assert answer.status_code == 401, (path, auth)
            assert answer.headers['WWW-Authenticate'].startswith('Basic')
    assert httpx.get(address, headers={'Authorization': 'Basic ???'}).status_code == 401
    assert httpx.post(f'{address}gradio_api/upload', files=UPLOAD).status_code == 401
    assert not uploads(folder)
    assert httpx.get(address, auth=('anyone', 'pä:ss')).status_code == 200
    # Who has the password may use any name of the machine, but no other site in its browser may.
    known = dict(auth=('', 'pä:ss'))
    assert httpx.get(address, headers={'Host': 'machine.example'}, **known).status_code == 200
    foreign = {'Origin': 'http://evil.example'}
    answer = httpx.post(f'{address}gradio_api/upload', files=UPLOAD, headers=foreign, **known)
    assert answer.status_code == 403
    header = httpx.BasicAuth('me', 'pä:ss')._auth_header
    visitor = gradio_client.Client(
        address, verbose=False, analytics_enabled=False, headers={'Authorization': header}
    )
    result = visitor.predict(4, 'any', False, MODEL.name, None, None, api_name='/scene')
    assert '<tr data-number' in result[2]


def test_a_page_without_password_on_the_network_says_so(tmp_path):
    """On an address of IPv6, which stands in brackets before a port."""
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(('::', 0))
        except OSError:
            pytest.skip('this machine has no IPv6')
    with serve(tmp_path / 'open', '--host', '::') as (address, _, line):
        assert address.startswith('http://[::]:')
        assert 'everybody on the network can use this page, without a password' in line()
        assert httpx.get(address).status_code == 200

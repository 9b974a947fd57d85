"""Serve a page on this machine on which pictures and videos are tried in a browser.

Synthetic scenes and uploaded files, threshold and false-alarm budget by slider, enlarged targets,
surfaces, a table, downloads. Only this machine reaches the page unless --host says otherwise;
nothing is fetched from or sent to anywhere.

Example:
    mdpnet demo --open
    mdpnet demo --model mdpnet-fast --port 8000 --max-upload 200 --max-frames 300
"""

import argparse
import getpass
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from ..detection import parse_detector_name
from ..installation import install_command, missing_packages
from ..zoo.entries import DEFAULT_MODEL, installed_entries

#: Seconds between two looks for old files, and how old they become.
FILE_CHECK, FILE_AGE = 60, 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument(
        '--model', default=DEFAULT_MODEL, metavar='DETECTOR',
        help=f'first model, as `mdpnet detect` names it; default: {DEFAULT_MODEL}',
    )  # fmt: skip
    parser.add_argument(
        '--host', default='127.0.0.1',
        help='address to listen on, e.g. 0.0.0.0 for all of the network; default: 127.0.0.1',
    )  # fmt: skip
    parser.add_argument(
        '--password', nargs='?', const='', metavar='TEXT',
        help='what a browser asks visitors for, with any user name; asked for here without TEXT',
    )  # fmt: skip
    parser.add_argument('--port', type=int, default=7860, help='0: a free one; default: 7860')
    parser.add_argument('--open', action='store_true', help='open the page in a browser')
    parser.add_argument(
        '--max-upload', type=float, default=64, metavar='MB', help='size of a file; default: 64'
    )
    parser.add_argument(
        '--max-pixels', type=float, default=32, metavar='MILLION',
        help='pixels of all frames of a file, in millions; default: 32',
    )  # fmt: skip
    parser.add_argument(
        '--max-frames', type=int, default=100, metavar='N', help='frames of a video; default: 100'
    )
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')


def _free_port(host: str) -> int:
    """A port that nothing listens on."""
    with socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET) as probe:
        probe.bind((host.strip('[]'), 0))
        return probe.getsockname()[1]


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is interrupted."""
    if not (args.max_upload > 0 and args.max_pixels > 0 and args.max_frames > 0):
        raise ValueError('--max-upload, --max-pixels and --max-frames must be positive')
    if args.password == '':
        args.password = getpass.getpass('password of the page: ')
        if not args.password:
            raise ValueError('an empty password protects nothing; leave --password out')
    missing = missing_packages('gradio', 'plotly')
    if missing:
        raise ImportError(f'{" and ".join(missing)} missing: {install_command("demo")}')
    parse_detector_name(args.model).check()
    _tell('the page is starting')
    # Everything that passes through the page as a file lies in here, and ends with it.
    with tempfile.TemporaryDirectory(prefix='mdpnet-demo-') as folder:
        os.environ['GRADIO_TEMP_DIR'] = folder
        os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
        for name in (
            'GRADIO_SHARE',
            'GRADIO_ALLOWED_PATHS',
            'GRADIO_ROOT_PATH',
            'GRADIO_NUM_WORKERS',
        ):
            os.environ.pop(name, None)
        # Gradio asks its own address whether it answers; through a proxy it would not.
        for name in ('NO_PROXY', 'no_proxy'):
            others = os.environ.get(name)
            os.environ[name] = ','.join(filter(None, (others, 'localhost', '127.0.0.1', args.host)))
        # An address of IPv6 stands in brackets where a port follows.
        host = f'[{args.host}]' if ':' in args.host and args.host[0] != '[' else args.host
        from ..demo.access import is_loopback
        from ..demo.page import DemoPage
        from ..demo.session import Models
        from ..demo.uploads import Limits, delete_old_files

        names = [entry.get('Alias') or entry['Name'] for entry in installed_entries()]
        models = Models([args.model, *names], threads=args.threads)
        limits = Limits(args.max_upload, int(args.max_pixels * 1e6), args.max_frames)
        page = DemoPage(models, limits, Path(folder))
        port = args.port or _free_port(args.host)
        address = page.launch(host, port, args.open, args.password)
        try:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            print(f'{address} (Ctrl+C ends it)', flush=True)
            if not (is_loopback(args.host) or args.password):
                print(
                    'everybody on the network can use this page, without a password; '
                    '--password asks for one', flush=True,
                )  # fmt: skip
            # The page is open already, and says so; a mistake shows here all the same.
            _tell(f'{models.names[0]} is loading')
            models[models.names[0]]
            _tell(f'{models.names[0]} is ready')
            while True:
                time.sleep(FILE_CHECK)
                delete_old_files(Path(folder), FILE_AGE)
        except KeyboardInterrupt:
            return 0
        finally:
            page.blocks.close(verbose=False)


def _tell(text: str) -> None:
    """Say what takes a while, apart from the address."""
    print(text, file=sys.stderr, flush=True)

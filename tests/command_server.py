"""Commands `python` and `mdpnet` that start at once, for tests that run many of them.

Importing the host packages takes many seconds. A server does it once; what stands for `python` and
`mdpnet` on the PATH hands its arguments, folder, environment and open files to the server, which
forks a process that goes on as the command. Rules can change the arguments on the way.
"""

import contextlib
import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

CLIENT = """
import json, os, socket, sys

server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
request = json.dumps([sys.argv[2:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(request).to_bytes(8, 'big')], [0, 1, 2])
server.sendall(request)
status = server.recv(1)
sys.exit(status[0] if status else 'the command died')
"""


class Rule(NamedTuple):
    """What is added to a command so that a test takes seconds.

    Attributes:
        pattern (str): Regular expression; the rule is for commands in which it is found.
        reason (str): Why the command is not run as it is.
        flags (Sequence[str]): Arguments to append; they override earlier ones.
        options (Sequence[str]): Overrides of the config, `key=value`.
    """

    pattern: str
    reason: str
    flags: Sequence[str] = ()
    options: Sequence[str] = ()


def apply_rules(argv: list[str], rules: Sequence[Rule]) -> list[str]:
    """Add to a command line what the rules say."""
    for rule in rules:
        if not re.search(rule.pattern, shlex.join(argv)):
            continue
        argv = [*argv, *rule.flags]
        if rule.options:
            if '--cfg-options' not in argv:
                argv.append('--cfg-options')
            # A second --cfg-options would make the tool forget the first.
            start = argv.index('--cfg-options') + 1
            end = next((i for i in range(start, len(argv)) if argv[i].startswith('--')), len(argv))
            argv = [*argv[:end], *rule.options, *argv[end:]]
    return argv


@contextlib.contextmanager
def command_server(folder: Path, project: Path, rules: Sequence[Rule]) -> Iterator[Path]:
    """Run a server.

    Args:
        folder (Path): For its files; `commands.log` there lists what was run, with the seconds.
        project (Path): The checkout whose package the commands import.
        rules (Sequence[Rule]): See :class:`Rule`.

    Yields:
        Path: Folder with the commands, to be put first on the PATH.
    """
    binaries = folder / 'bin'
    binaries.mkdir(parents=True)
    client, address = folder / 'client.py', folder / 'socket'
    client.write_text(CLIENT)
    (folder / 'rules.json').write_text(json.dumps(rules))
    (folder / 'commands.log').touch()
    for name in ('python', 'mdpnet'):
        call = shlex.join([sys.executable, '-IS', str(client), str(address), name])
        (binaries / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        (binaries / name).chmod(0o755)
    environment = {**os.environ, 'PYTHONPATH': str(project), 'OMP_NUM_THREADS': '1'}
    server = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        env=environment, cwd=project, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert server.stdout.readline() == b'ready\n', 'the server did not start'
        yield binaries
    finally:
        # With whatever it still runs.
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _run_command(argv: list[str]) -> int:
    """Go on as `python ...` or `mdpnet ...`; the exit status."""
    name, *arguments = argv
    try:
        if name == 'mdpnet':
            from mdp_plugin.cli import main

            sys.argv = argv
            return main()
        kind, *rest = arguments
        if kind == '-m':
            sys.argv = rest
            sys.path.insert(0, os.getcwd())
            runpy.run_module(rest[0], run_name='__main__', alter_sys=True)
        elif kind == '-c':
            sys.argv = [kind, *rest[1:]]
            exec(rest[0], {'__name__': '__main__'})
        else:
            sys.argv = arguments
            sys.path.insert(0, str(Path(kind).resolve().parent))
            runpy.run_path(kind, run_name='__main__')
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _serve_one(connection: socket.socket, rules: Sequence[Rule], log: Path) -> None:
    """Run the command that a client asks for, and send it the exit status."""
    head, files, _, _ = socket.recv_fds(connection, 8, 3)
    request = b''
    while len(request) < int.from_bytes(head, 'big'):
        request += connection.recv(1 << 16)
    argv, folder, environment = json.loads(request)
    argv = apply_rules(argv, rules)
    start = time.monotonic()
    child = os.fork()
    if not child:
        connection.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        status = _run_command(argv)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    _, status, usage = os.wait4(child, 0)
    status = os.waitstatus_to_exitcode(status)
    seconds = f'{time.monotonic() - start:6.1f} s ({usage.ru_utime + usage.ru_stime:5.1f} s of CPU)'
    with log.open('a') as file:
        file.write(f'{seconds}, status {status}: {shlex.join(argv)}\n')
    connection.sendall(bytes([status if status >= 0 else 128 - status]))


def serve(folder: Path) -> None:
    """Import the host, then fork for each client."""
    import mmengine.runner  # noqa: F401

    import mdp_plugin.registration  # noqa: F401

    rules = [Rule(*rule) for rule in json.loads((folder / 'rules.json').read_text())]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / 'socket'))
    listener.listen()
    print('ready', flush=True)
    while True:
        connection, _ = listener.accept()
        child = os.fork()
        if not child:
            listener.close()
            _serve_one(connection, rules, folder / 'commands.log')
            os._exit(0)
        connection.close()
        # Those that have ended; others are collected after the next command.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == '__main__':
    # As a command would find it: the project first, this file's folder not at all.
    sys.path.pop(0)
    serve(Path(sys.argv[1]))

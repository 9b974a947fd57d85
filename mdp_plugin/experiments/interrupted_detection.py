"""Kill `mdpnet detect` many times, and compare its tables with those of an undisturbed run."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..detection.sources import OVERLAYS, RECORD
from ..detection.tables import FORMATS
from ..project_files import PROJECT_ROOT
from ..synthesis import SceneGenerator, SceneSettings

#: Frames of a TIFF or a video; half of all frames are in TIFFs, a quarter in videos.
IN_A_FILE = 20
#: Height and width of the frames.
SIZE = (64, 64)


class Kill(NamedTuple):
    """One kill.

    Attributes:
        seconds (float): How long the process has run.
        files (int): Files that were done at the end of it.
        last (str): What the record ended with: 'frame', 'end of a file' or 'part of a line'.
        worker (bool): Whether one of its workers was killed, and it went on.
    """

    seconds: float
    files: int
    last: str
    worker: bool = False


def write_frames(folder: Path, number: int, seed: int = 0) -> None:
    """Draw frames with targets, no two of them alike: pictures, TIFFs of 16 bit and videos.

    Args:
        folder (Path): Where to.
        number (int): How many frames.
        seed (int): Seed of scenes and noise. Defaults to 0.
    """
    import av

    folder.mkdir(parents=True)
    scenes = SceneGenerator(SceneSettings(size=SIZE), seed=seed)
    images = [scenes(index).image for index in range(min(number, 40))]
    rng = np.random.default_rng(seed)
    frames = (
        cv2.add(images[index % len(images)], rng.integers(0, 8, SIZE, np.uint8))
        for index in range(number)
    )
    for index in range(number // 2 // IN_A_FILE):
        pages = [next(frames).astype(np.uint16) * 257 for _ in range(IN_A_FILE)]
        cv2.imwritemulti(str(folder / f'pages{index}.tif'), pages)
    for index in range(number // 4 // IN_A_FILE):
        with av.open(str(folder / f'clip{index}.mkv'), 'w') as video:
            stream = video.add_stream('ffv1', rate=25)
            stream.height, stream.width, stream.pix_fmt = *SIZE, 'gray'
            for place in range(IN_A_FILE):
                picture = av.VideoFrame.from_ndarray(next(frames), format='gray')
                picture.pts, picture.time_base = place, Fraction(1, 25)
                video.mux(stream.encode(picture))
            video.mux(stream.encode())
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f'frame{index}.png'), frame)


def interrupt_detection(
    arguments: Sequence[str], out: Path, times: int, seed: int = 0
) -> Iterator[Kill]:
    """Detect once undisturbed, and once killed at random moments and started anew each time.

    Where there are workers, every second kill is of one of them.

    Args:
        arguments (Sequence[str]): Of `mdpnet detect`, less the folder of results.
        out (Path): Folder of both results, ``undisturbed`` and ``interrupted``.
        times (int): How often it is killed, unless it is done before.
        seed (int): Seed of the moments. Defaults to 0.

    Yields:
        Kill: One after the other; the last run, which goes to the end, follows the last.

    Raises:
        RuntimeError: If a run fails.
    """
    rng = np.random.default_rng(seed)
    begin = time.monotonic()
    process = _start(arguments, out / 'undisturbed')
    _wait_for_frames(process, out / 'undisturbed')
    ready = time.monotonic()
    _check(process, out / 'undisturbed')
    done = time.monotonic()
    running: subprocess.Popen | None = None
    for number in range(times):
        if running is None:
            start, running = time.monotonic(), _start(arguments, out / 'interrupted')
        # Every fourth one before or at the first frame; others on the way, or in the tables.
        if number % 4 == 3:
            moment = rng.uniform(0, ready - begin)
        else:
            _wait_for_frames(running, out / 'interrupted')
            moment = rng.uniform(0, 2 * (done - ready) / times)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(moment)
        if running.poll() is not None:
            break
        workers = _workers_of(running) if number % 2 else []
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(workers) if workers else running.pid, signal.SIGKILL)
        if not workers:
            running.wait()
            running = None
        seconds = time.monotonic() - start
        yield Kill(seconds, *_state(out / 'interrupted' / RECORD), bool(workers))
    _check(running or _start(arguments, out / 'interrupted'), out / 'interrupted')


def _workers_of(process: subprocess.Popen) -> list[int]:
    """Numbers of the processes that another one has started as its workers (on Linux)."""
    found = []
    for folder in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):  # it has ended
            parent = (folder / 'stat').read_text().rpartition(')')[2].split()[1]
            if int(parent) == process.pid and b'spawn_main' in (folder / 'cmdline').read_bytes():
                found.append(int(folder.name))
    return found


def _wait_for_frames(process: subprocess.Popen, out: Path) -> None:
    """Wait until a process writes to its record, or ends."""
    record = out / RECORD
    before = record.stat().st_mtime_ns if record.exists() else 0
    while process.poll() is None:
        if record.exists() and record.stat().st_mtime_ns != before:
            return
        time.sleep(0.005)


def _start(arguments: Sequence[str], out: Path) -> subprocess.Popen:
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(f'{out}.log', 'w') as log:
        return subprocess.Popen(
            [sys.executable, '-m', 'mdp_plugin.cli', 'detect', *arguments, '--out', str(out)],
            cwd=PROJECT_ROOT, stdout=log, stderr=log,
        )  # fmt: skip


def _check(process: subprocess.Popen, out: Path) -> None:
    if process.wait():
        text = Path(f'{out}.log').read_text(errors='replace')
        raise RuntimeError(f'detection failed with status {process.returncode}:\n{text[-2000:]}')


def _state(record: Path) -> tuple[int, str]:
    """How many files a record holds, and what it ends with."""
    if not record.exists():
        return 0, 'nothing'
    lines = record.read_bytes().splitlines(keepends=True)
    files = sum(line.startswith(b'{"frames"') for line in lines)
    last = lines[-1] if lines else b''
    if not last.endswith(b'\n'):
        return files, 'part of a line'
    kinds = {b'{"frames"': 'end of a file', b'{"frame":': 'frame', b'{"file":': 'begin of a file'}
    return files, next((kinds[key] for key in kinds if last.startswith(key)), 'settings')


def differences(one: Path, other: Path) -> list[str]:
    """Tables, overlays and records of two runs that are not the same, byte for byte.

    Args:
        one (Path): Folder of results.
        other (Path): Another one.

    Returns:
        list[str]: Their names; empty if all is the same.
    """
    names = {file for files in FORMATS.values() for file in files} | {RECORD}
    for folder in (one, other):
        drawn = folder / OVERLAYS
        names |= {str(path.relative_to(folder)) for path in drawn.rglob('*') if path.is_file()}
    return sorted(name for name in names if _content(one / name) != _content(other / name))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None

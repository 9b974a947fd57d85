"""Candidates timed in turns, so that whatever the machine does meanwhile meets all alike."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..project_files import PROJECT_ROOT
from .candidate import Candidate

#: Rounds in which every candidate has its turn; seconds of a turn; passes of a turn at most.
ROUNDS, TURN_SECONDS, TURN_PASSES = 10, 0.2, 40
#: Seconds between two turns: threads of a backend keep spinning for a while.
PAUSE = 0.05


class CandidateError(RuntimeError):
    """A candidate could not do what was asked; the message says why."""


class Process:
    """A candidate in a process of its own.

    Args:
        candidate (Candidate): The candidate.
        threads (int): Threads of the CPU.

    Raises:
        CandidateError: If it cannot be loaded.
    """

    def __init__(self, candidate: Candidate, threads: int) -> None:
        self.candidate = candidate
        command = [sys.executable, '-m', 'mdp_plugin.benchmark.worker']
        self._process = subprocess.Popen(
            [*command, json.dumps(candidate.to_dict()), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_environment(threads),
        )
        assert self._process.stdin and self._process.stdout  # pipes
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise CandidateError(f'{self.candidate.name}: its process ended')
        answer = json.loads(line)
        if 'error' in answer:
            raise CandidateError(f'{self.candidate.name}: {answer["error"]}')
        return answer

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Args:
            do (str): 'run', 'tiled' or 'memory', see :mod:`mdp_plugin.benchmark.worker`.
            **request: Its arguments.

        Returns:
            dict[str, Any]: The answer.

        Raises:
            CandidateError: If the candidate cannot do it.
        """
        print(json.dumps(dict(do=do, **request)), file=self._requests, flush=True)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._requests.close()
        self._answers.close()
        self._process.wait()


def _environment(threads: int) -> dict[str, str]:
    """This process's environment, with the project importable and the threads limited."""
    paths = [str(PROJECT_ROOT), os.environ.get('PYTHONPATH', '')]
    return {
        **os.environ,
        'PYTHONPATH': os.pathsep.join(filter(None, paths)),
        'OMP_NUM_THREADS': str(threads),
    }


def summarise(seconds: Sequence[float], images: int) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, and images a second by the median.

    Args:
        seconds (Sequence[float]): Times of single passes.
        images (int): Images of a pass.

    Returns:
        dict[str, float]: ``median_ms``, ``p95_ms``, ``fps`` and ``passes``.
    """
    median = float(np.median(seconds))
    return {
        'median_ms': 1e3 * median,
        'p95_ms': 1e3 * float(np.percentile(seconds, 95)),
        'fps': images / median,
        'passes': len(seconds),
    }


def compare(
    processes: Sequence[Process],
    frames: Path,
    images: int,
    end_to_end: bool = False,
    rounds: int = ROUNDS,
) -> dict[str, dict[str, float] | str]:
    """Time all candidates on the same frames, in turns.

    Args:
        processes (Sequence[Process]): The candidates.
        frames (Path): '.npy' file, uint8 (N, H, W).
        images (int): N.
        end_to_end (bool): From bytes to lists of targets instead of the model alone. Defaults to
            False.
        rounds (int): Turns of each candidate. Defaults to :data:`ROUNDS`.

    Returns:
        dict[str, dict | str]: For each candidate's name :func:`summarise`, or why there are no
        times.
    """
    request: dict[str, Any] = dict(do='run', frames=str(frames), end_to_end=end_to_end)
    results: dict[str, dict[str, float] | str] = {}
    passes: dict[str, int] = {}
    seconds: dict[str, list[float]] = {}
    for process in processes:
        name = process.candidate.name
        try:
            process.ask(**request, passes=1, warmup=2)
            once = process.ask(**request, passes=3, warmup=0)['seconds']
        except CandidateError as error:
            results[name] = str(error)
            continue
        passes[name] = int(np.clip(TURN_SECONDS / min(once), 1, TURN_PASSES))
        seconds[name] = []
    for _ in range(rounds):
        for process in processes:
            name = process.candidate.name
            if name in passes:
                time.sleep(PAUSE)
                # A turn begins with passes that refill the caches and do not count.
                answer = process.ask(**request, passes=passes[name], warmup=2)
                seconds[name] += answer['seconds']
    results.update({name: summarise(times, images) for name, times in seconds.items()})
    return results

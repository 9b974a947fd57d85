"""A process that holds one candidate and times it on request.

Run as ``python -m mdp_plugin.benchmark.worker CANDIDATE_JSON THREADS``. It reads one request a line
from its standard input and writes one answer a line, both JSON. It imports no more than its
candidate needs, so that its memory is that of a program which runs this candidate alone.
"""

import json
import os
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from .candidate import Candidate


def peak_memory() -> float:
    """Highest resident memory of this process so far, in MiB."""
    status = Path('/proc/self/status')
    if status.is_file():
        # Unlike the figure of getrusage, this one does not begin with the parent's memory.
        return int(re.findall(r'VmHWM:\s+(\d+) kB', status.read_text())[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


class _Service:
    """Answers requests for one candidate."""

    def __init__(self, candidate: Candidate, threads: int) -> None:
        from .entrants import load_entrant

        self._entrant = load_entrant(candidate, threads)
        self._inputs: dict[str, Any] = {}

    def run(self, frames: str, passes: int, warmup: int, end_to_end: bool) -> dict[str, Any]:
        """Time passes over the frames of a file (.npy, uint8, (N, H, W))."""
        if frames not in self._inputs:
            array = np.load(frames)
            prepared = self._entrant.prepare(array)
            # The bytes as a camera of the candidate's frame type would deliver them.
            data = (prepared if isinstance(prepared, np.ndarray) else array).tobytes()
            self._inputs = {frames: (prepared, data, array.shape)}  # those of one size at a time
        prepared, data, shape = self._inputs[frames]
        seconds = []
        for index in range(warmup + passes):
            start = time.perf_counter()
            if end_to_end:
                self._entrant.end_to_end(data, shape)
            else:
                self._entrant.run(prepared)
            if index >= warmup:
                seconds.append(time.perf_counter() - start)
        return {'seconds': seconds}

    def tiled(self, frames: str) -> dict[str, Any]:
        """Time one large frame in tiles."""
        frame = self._entrant.prepare(np.load(frames))[0]
        start = time.perf_counter()
        self._entrant.tiled(frame)
        return {'seconds': [time.perf_counter() - start]}

    def memory(self) -> dict[str, Any]:
        """Peak memory of the process."""
        return {'mib': peak_memory()}


def main() -> None:
    """Serve until the input ends."""
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    service: _Service | None = None
    try:
        service = _Service(Candidate(**json.loads(sys.argv[1])), int(sys.argv[2]))
        answer: dict[str, Any] = {'ready': True}
    except Exception as error:
        answer = {'error': f'{type(error).__name__}: {error}'}
    print(json.dumps(answer), file=answers, flush=True)
    for line in sys.stdin if service else ():
        request = json.loads(line)
        try:
            answer = getattr(service, request.pop('do'))(**request)
        except Exception as error:  # whatever a backend raises is the answer
            answer = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    main()

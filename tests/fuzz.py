"""Send bad inputs through every door, and count what comes of them: `python tests/fuzz.py`.

Prints a table: for each kind of input how many were refused with a sentence and how many were
taken rightly, and how many faults there were: stack traces, hangs, memory, silent wrong results
and sentences that say nothing. An example of each fault follows. The same number of examples gives
the same inputs.
"""

import argparse
import re
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import mdp_plugin.registration  # noqa: F401  (takes longer than an input may)

# isort: split
from fuzz_doors import DOORS, Silent, Unclear, demo_models, report, right_targets
from fuzz_inputs import EXPORTED, masks
from hypothesis import HealthCheck, Phase, given, settings

#: Of computing, of waiting (a machine may be busy with other things), and of memory.
SECONDS, WAITING, MEGABYTES = 10, 100, 1000
FAULTS = ('stack trace', 'hang', 'memory', 'silent', 'unclear')


class _Hang(BaseException):
    """Not an Exception, so that nothing takes it for a bad input."""


def _memory(name: str) -> float:
    """A figure of this process, in MB: VmRSS now, VmHWM its peak since the last reset."""
    status = Path('/proc/self/status')
    if not status.exists():
        return 0.0
    return int(re.search(rf'{name}:\s+(\d+) kB', status.read_text())[1]) / 1000


def _attempt(enter: Any, value: Any) -> tuple[str, str]:
    """What came of an input, and a word on it."""
    reset = Path('/proc/self/clear_refs')
    if reset.exists():
        reset.write_text('5')
    before = _memory('VmRSS')
    start = time.process_time()

    def stop(*_: Any) -> None:
        raise _Hang

    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(WAITING)
    outcome, text = 'refused', ''
    try:
        with tempfile.TemporaryDirectory() as folder:
            answer = enter(Path(folder), value)
            outcome, text = ('taken', '') if answer is None else ('refused', answer)
    except Silent as error:
        outcome, text = 'silent', str(error)
    except Unclear as error:
        outcome, text = 'unclear', str(error)
    except _Hang:
        outcome, text = 'hang', ''.join(traceback.format_exc()[-600:])
    except Exception:
        outcome, text = 'stack trace', traceback.format_exc()[-1200:]
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    # What no handler of a signal could stop.
    if time.process_time() - start > SECONDS:
        outcome = 'hang'
    if _memory('VmHWM') - before > MEGABYTES:
        outcome, text = 'memory', f'{_memory("VmHWM") - before:.0f} MB'
    return outcome, text


@cache
def _load_once() -> None:
    """Load what is loaded once, fonts of plots too: that is no input's time."""
    right_targets()
    demo_models()[EXPORTED.name]
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), ('white.png', masks()['white.png']))


def fuzz(name: str, examples: int) -> tuple[Counter, list[str]]:
    """Send inputs through a door.

    Args:
        name (str): The door's.
        examples (int): Number of inputs, times the door's share.

    Returns:
        tuple[Counter, list[str]]: Outcomes, and the first examples of each fault.
    """
    door = DOORS[name]
    _load_once()
    outcomes: Counter = Counter()
    faults: list[str] = []

    @settings(
        max_examples=max(2, int(examples * door.share)), deadline=None, derandomize=True,
        database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(door.inputs)
    def enter(value: Any) -> None:
        outcome, text = _attempt(door.enter, value)
        outcomes[outcome] += 1
        if outcome in FAULTS and outcomes[outcome] <= 40:
            faults.append(f'{name}: {outcome}: {value!r:.300}\n{text}')

    enter()
    return outcomes, faults


def main() -> int:
    """Print the table; 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--examples', type=int, default=1000, help='for a door; default: 1000')
    parser.add_argument('--only', default='', help='doors whose name contains this')
    args = parser.parse_args()
    columns = ('refused', 'taken', *FAULTS)
    print('| input | number | ' + ' | '.join(columns) + ' |')
    print('| --- |' + ' ---: |' * (1 + len(columns)))
    total: Counter = Counter()
    examples = []
    for name in DOORS:
        if args.only not in name:
            continue
        outcomes, faults = fuzz(name, args.examples)
        total += outcomes
        examples += faults
        counts = ' | '.join(str(outcomes[column]) for column in columns)
        print(f'| {name} | {outcomes.total()} | {counts} |', flush=True)
    print(f'| all | {total.total()} | ' + ' | '.join(str(total[c]) for c in columns) + ' |')
    for text in examples:
        print(f'\n{text}', file=sys.stderr)
    return 1 if examples else 0


if __name__ == '__main__':
    sys.exit(main())

"""Do the tests notice mistakes? Each is put into the core's code, and its tests have to fail.

    python tests/mutation_check.py       # the core, 20 mutants of each module
    python tests/mutation_check.py --each 0 mdp_plugin/imaging/masks.py      # one module, all

A mutant is a small mistake (tests/mutants.py): another operator, constant or comparison, a
statement left out, branches swapped. It lives in a forked process, in which the functions of the
imported module get the changed code; nothing is written, and nothing is imported twice. The tests
are those at the same place below tests/ and those in MORE_TESTS. Tests that compute for longer
than --slow seconds are left out. One that never ends is stopped, and has noticed the mutant.

Survivors that change nothing which could be observed stand with their reason in
tests/data/equivalent_mutants.yaml. Any other survivor, or fewer than 95 killed of 100, is status 1.
"""

import argparse
import ast
import contextlib
import gc
import hashlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests')]
os.environ['PYTHONPATH'] = os.pathsep.join(sys.path[:2])

import mdp_plugin.registration  # noqa: F401, E402  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np  # noqa: E402
import pytest  # noqa: E402
import yaml  # noqa: E402
from mutants import Mutant, mutate  # noqa: E402

EXPLAINED = ROOT / 'tests/data/equivalent_mutants.yaml'
SHARE = 0.95
CORE = [
    'mdp_plugin/evaluation/functional/*.py',
    'mdp_plugin/datasets/transforms/*.py',
    'mdp_plugin/models/losses/*.py',
    'mdp_plugin/models/distillation/*.py',
    'mdp_plugin/imaging/bad_pixels.py',
    'mdp_plugin/imaging/drawing.py',
    'mdp_plugin/imaging/grey_levels.py',
    'mdp_plugin/imaging/masks.py',
    'mdp_plugin/imaging/picture_files.py',
    'mdp_plugin/imaging/resampling.py',
    'mdp_plugin/imaging/signal_to_clutter.py',
    'mdp_plugin/imaging/tiff_files.py',
    'mdp_plugin/deploy/tiling.py',
    'mdp_plugin/detection/records.py',
    'mdp_plugin/detection/tables.py',
    'mdp_plugin/detection/targets.py',
    'mdp_plugin/host/safe_loading.py',
    'mdp_plugin/engine/publish.py',
    'mdp_plugin/export/equalisation.py',
]
#: Tests of a module that stand elsewhere, below tests/.
MORE_TESTS = {
    'datasets/transforms/to_grayscale.py': ['test_imaging/test_grey_levels.py'],
    'models/distillation/*_loss.py': ['test_models/test_distillation/test_losses.py'],
    'models/distillation/feature_adapter.py': ['test_models/test_distillation/test_losses.py'],
    'models/losses/*_loss.py': ['test_models/test_losses/test_one_channel_loss.py'],
    'detection/records.py': ['test_cli/test_detect_record.py'],
    'detection/tables.py': ['test_cli/test_detect.py', 'test_cli/test_detect_record.py'],
    'imaging/bad_pixels.py': ['test_imaging/test_grey_levels.py'],
    'imaging/picture_files.py': ['test_imaging/test_file_damage.py'],
    'imaging/tiff_files.py': ['test_imaging/test_picture_files.py'],
    'imaging/resampling.py': ['test_datasets/test_transforms/test_aligned_resize.py'],
    'imaging/masks.py': ['test_imaging/test_one_rule_for_masks.py'],
}


class Outcome(NamedTuple):
    """What became of the mutants of a module."""

    module: str
    mutants: int
    tried: int
    killed: int
    explained: int
    survivors: list[str]


def tests_of(module: Path) -> list[str]:
    """Files of the tests of a module."""
    inner = module.relative_to('mdp_plugin')
    mirrored = Path('tests', *(f'test_{part}' for part in inner.parts))
    more = [files for pattern, files in MORE_TESTS.items() if inner.match(pattern)]
    found = [mirrored, *(Path('tests') / file for files in more for file in files)]
    return [str(ROOT / path) for path in found if (ROOT / path).is_file()]


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def functions_of(module: Path) -> list[FunctionType]:
    """All functions that were defined in a module, methods and wrapped ones too."""
    path = str(ROOT / module)
    return [
        item
        for item in gc.get_objects()
        if isinstance(item, FunctionType) and item.__code__.co_filename == path
    ]


def apply(mutant: Mutant, tree: ast.Module, module: Path, functions: list[FunctionType]) -> bool:
    """Let the functions that were imported from a module have the mutant's code.

    Args:
        mutant (Mutant): The mutant.
        tree (ast.Module): The module's tree, which holds it.
        module (Path): Path of the module, relative to the project.
        functions (list[FunctionType]): See :func:`functions_of`.

    Returns:
        bool: False if there is no such function: the code ran on import, or the mutant needs other
            variables of an outer scope, which a function cannot get.
    """
    path = str(ROOT / module)
    if mutant.value is None:
        code = compile(ast.fix_missing_locations(tree), path, 'exec')
        changed = {(item.co_name, item.co_firstlineno): item for item in codes(code)}
        found = False
        for function in functions:
            key = function.__code__.co_name, function.__code__.co_firstlineno
            new = changed.get(key, function.__code__)
            if new.co_freevars != function.__code__.co_freevars:
                return False
            if new != function.__code__:
                function.__code__ = new
                found = True
        return found
    owner, place, value = mutant.value
    if owner:
        for function in functions:
            if function.__name__ == owner and function.__code__.co_firstlineno <= mutant.line:
                defaults = list(function.__defaults__ or ())
                if abs(function.__code__.co_firstlineno - mutant.line) < 4 and defaults:
                    defaults[int(place)] = value
                    function.__defaults__ = tuple(defaults)
                    return True
        return False
    name = '.'.join(module.with_suffix('').parts)
    old = getattr(sys.modules[name], str(place))
    for other in list(sys.modules.values()):
        if getattr(other, '__dict__', {}).get(place) is old:
            other.__dict__[place] = value
    return True


class Durations:
    """A plugin of pytest that notes how long each test computes, however busy the machine is."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note the time of one test, of its fixtures and of the processes that it has started."""
        start = sum(os.times()[:4])
        result = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - start
        return result


def in_child(work: object, seconds: float) -> int | None:
    """Do some work in a forked process; its exit status, or None if it took too long.

    Args:
        work (Callable): Returns the status.
        seconds (float): Limit of the time that it computes; it may last five times as long.

    Returns:
        int | None: The status; negative if a signal ended it.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        status = 99
        with contextlib.suppress(BaseException):
            status = int(work())  # type: ignore[operator]
        os._exit(status)
    deadline = time.monotonic() + 5 * seconds
    try:
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def run_tests(names: list[str], *plugins: object) -> int:
    """Run tests until the first failure; pytest's status."""
    options = ['-x', '-q', '--no-header', '-p', 'no:cacheprovider', '--rootdir', str(ROOT)]
    return pytest.main([*options, *names], plugins=list(plugins))


def quick_tests(files: list[str], slow: float) -> list[str]:
    """Names of the tests that pass within some seconds, the quickest of each file first."""
    read, write = os.pipe()

    def work() -> int:
        durations = Durations()
        status = run_tests(files, durations)
        os.write(write, json.dumps(durations.seconds).encode())
        return status

    status = in_child(work, 900)
    os.close(write)
    with open(read) as pipe:
        seconds = json.load(pipe) if status == 0 else {}
    if status != 0:
        raise SystemExit(f'error: the tests do not pass as they are: {" ".join(files)}')
    names = [name for name, length in seconds.items() if length <= slow]
    return sorted(names, key=lambda name: (name.split('::')[0], seconds[name]))


def check_module(module: Path, each: int, seed: int, slow: float, explained: dict) -> Outcome:
    """Try the mutants of a module.

    Args:
        module (Path): Path relative to the project.
        each (int): Number of mutants to draw; 0 is all.
        seed (int): Seed of the draw.
        slow (float): Tests that take longer are left out.
        explained (dict): Reason by name of a mutant that nobody could notice.

    Returns:
        Outcome: What became of them.
    """
    source = (ROOT / module).read_text()
    total = sum(1 for _ in mutate(ast.parse(source)))
    # A seed of its own for each module: another module's changes leave the draw as it is.
    own = int.from_bytes(hashlib.sha256(f'{seed} {module}'.encode()).digest()[:8], 'big')
    drawn = np.random.default_rng(own).permutation(total)[: each or total]
    chosen = set(drawn.tolist())
    files = tests_of(module)
    names = quick_tests(files, slow) if files and total else []
    functions = functions_of(module)
    killed = known = tried = 0
    survivors = []
    tree = ast.parse(source)
    for index, mutant in enumerate(mutate(tree)):
        if index not in chosen:
            continue
        if mutant.name in explained:
            tried, known = tried + 1, known + 1
            continue

        def work(mutant: Mutant = mutant) -> int:
            if not apply(mutant, tree, module, functions):
                return 98
            return run_tests(names) if names else 0

        status = in_child(work, 60)
        if status == 98:  # it could not be put in
            continue
        tried += 1
        if status == 0:
            survivors.append(mutant.name)
            print(f'{module}:{mutant.line}: survived: {mutant.name}', flush=True)
        else:
            killed += 1
    return Outcome(str(module), total, tried, killed, known, survivors)


def main(argv: list[str] | None = None) -> int:
    """Check the modules and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('modules', nargs='*', type=Path, help='default: the core')
    parser.add_argument('--each', type=int, default=20, help='mutants of a module; 0: all')
    parser.add_argument('--seed', type=int, default=0, help='seed of the draw')
    parser.add_argument('--slow', type=float, default=3, help='longer tests are left out (CPU s)')
    args = parser.parse_args(argv)
    modules = args.modules or [
        path.relative_to(ROOT)
        for pattern in CORE
        for path in sorted(ROOT.glob(pattern))
        if path.name != '__init__.py'
    ]
    explained = (yaml.safe_load(EXPLAINED.read_text()) if EXPLAINED.is_file() else None) or {}
    files = sorted({file for module in modules for file in tests_of(module)})
    with contextlib.redirect_stdout(sys.stderr):  # imports them, and all that they import
        pytest.main(['--collect-only', '-qq', '-p', 'no:cacheprovider', *files])
    outcomes = []
    for module in modules:
        known = explained.get(str(module), {})
        outcomes.append(check_module(module, args.each, args.seed, args.slow, known))
        print(*outcomes[-1][:5], flush=True, file=sys.stderr)
    print(
        '\n| module | mutants | tried | killed | explained | survived |\n|---|---|---|---|---|---|'
    )
    for outcome in outcomes:
        print(f'| `{outcome.module}` | {" | ".join(map(str, outcome[1:5]))} | {len(outcome[5])} |')
    tried, killed, known = (sum(outcome[i] for outcome in outcomes) for i in (2, 3, 4))
    survived = tried - killed - known
    print(f'| all | | {tried} | {killed} | {known} | {survived} |')
    print(f'\n{killed / max(tried, 1):.1%} killed, {known} explained, {survived} survived')
    return int(survived > 0 or killed < SHARE * tried)


if __name__ == '__main__':
    sys.exit(main())

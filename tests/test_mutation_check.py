"""The mutation check itself: which mistakes it makes, and that its list of exceptions is true."""

import ast
import subprocess
import sys

import pytest
import yaml
from mutants import mutate

from mdp_plugin.project_files import PROJECT_ROOT

EXPLAINED = PROJECT_ROOT / 'tests/data/equivalent_mutants.yaml'


def changes(body: str) -> set[str]:
    """What the mutants of a function's body put in the place of what."""
    tree = ast.parse(f'def f(a, b):\n    {body}\n')
    before = ast.unparse(tree)
    names = []
    for mutant in mutate(tree):
        assert ast.unparse(tree) != before
        names.append(mutant.name.removeprefix('f: '))
    assert ast.unparse(tree) == before and len(names) == len(set(names))
    return set(names)


@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        ('return a + b', {'a + b -> a - b'}),
        ('return a < b', {'a < b -> a <= b'}),
        ('return a and b', {'a and b -> a or b', 'a and b -> a', 'a and b -> b'}),
        ('return not a', {'not a -> a'}),
        ('return a[0]', {'0 -> 1'}),
        ('return a if b else 0.5', {'a if b else 0.5 -> 0.5 if b else a', '0.5 -> 1.5'}),
        ('return min(a, b)', {'min(a, b) -> max(a, b)'}),
        ('return a.sqrt()', {'a.sqrt() -> a'}),
        (
            'a(b, flag=True)',
            {'a(b, flag=True) -> pass', 'a(b, flag=True) -> a(b)', 'True -> False'},
        ),
        ('raise a(f"{b} + 1")', {"raise a(f'{b} + 1') -> pass"}),
        ('print(a + b)', set()),
        ('with a: b.c = 1', {'with a: -> b.c = 1', 'b.c = 1 -> pass', '1 -> 2'}),
        ('x: int | None = a', set()),
    ],
)
def test_mistakes(body, expected):
    assert changes(body) == expected


def test_explained_mutants_exist_and_have_a_reason():
    for module, reasons in yaml.safe_load(EXPLAINED.read_text()).items():
        names = {mutant.name for mutant in mutate(ast.parse((PROJECT_ROOT / module).read_text()))}
        for name, reason in reasons.items():
            assert name in names, f'{module}: no mutant "{name}" any more; remove its reason'
            assert len(reason) > 20


def test_a_module_whose_tests_are_good(tmp_path):
    done = subprocess.run(
        [sys.executable, PROJECT_ROOT / 'tests/mutation_check.py', '--each', '2',
         'mdp_plugin/models/losses/soft_iou_loss.py'],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert '| all | | 2 | 2 | 0 | 0 |' in done.stdout

"""The two lines of host packages compute the same (mdp_plugin/host/compat.py)."""

import json
import os
import re
import subprocess

import pytest
from tiny_training import PROJECT_ROOT, run_tool, write_config, write_dataset

OTHER = os.environ.get('MDP_PLUGIN_OTHER_PYTHON')

# One process for all runs, since importing the host is most of the time.
SEVERAL = """
import json, runpy, sys
for script, *arguments in json.loads(sys.argv[1]):
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name='__main__')
"""


def losses(output: str) -> list[float]:
    return [float(value) for value in re.findall(r'Epoch\(train\).* loss: ([\d.]+)', output)]


def figures(output: str) -> dict[str, float]:
    line = re.findall(r'Epoch\(test\).*', output)[-1]
    return {name: float(value) for name, value in re.findall(r'irstd/(\w+): ([\d.]+)', line)}


@pytest.mark.skipif(
    not OTHER,
    reason='MDP_PLUGIN_OTHER_PYTHON names no interpreter with the other line of host packages',
)
def test_training_resuming_and_testing_agree(tmp_path):
    data_root = write_dataset(tmp_path / 'data')
    config = write_config(tmp_path, data_root, "custom_hooks = [dict(type='EMAHook')]")
    train, test = PROJECT_ROOT / 'tools/train.py', PROJECT_ROOT / 'tools/test.py'
    epochs = ['--cfg-options', 'train_cfg.max_epochs=4']

    own = run_tool('tools/train.py', config, '--work-dir', tmp_path / 'own', *epochs, cwd=tmp_path)
    weights = tmp_path / 'own/epoch_4.pth'
    tested = run_tool('tools/test.py', config, weights, cwd=tmp_path)

    other_dir = tmp_path / 'other'
    runs = [
        [train, config, '--work-dir', other_dir, '--cfg-options', 'train_cfg.max_epochs=3'],
        [train, config, '--work-dir', other_dir, '--resume', *epochs],
        [test, config, weights, '--work-dir', tmp_path / 'tested'],
    ]
    process = subprocess.run(
        [OTHER, '-c', SEVERAL, json.dumps([[str(word) for word in run] for run in runs])],
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        cwd=tmp_path, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-4000:]
    other = process.stdout + process.stderr

    assert len(losses(own)) == 16
    assert losses(other) == pytest.approx(losses(own), rel=1e-3)
    assert figures(other) == pytest.approx(figures(tested), rel=1e-3, abs=1e-3)
    assert 'resumed epoch: 3' in other

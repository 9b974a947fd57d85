"""The two lines of host packages compute the same (mdp_plugin/host/compat.py)."""

import json
import os
import re
import subprocess
import sys

import cv2
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


# What a user of the host writes; stock mmseg does not import its models on mmcv-lite before this.
HOSTS_OWN = """
import sys
import mdp_plugin.registration
from mmseg.apis import inference_model, init_model
model = init_model(*sys.argv[1:3], device='cpu')
result = inference_model(model, sys.argv[3])
print('pixels', int(result.pred_sem_seg.data.sum()), float(result.seg_logits.data.sum()))
"""

needs_other = pytest.mark.skipif(
    not OTHER,
    reason='MDP_PLUGIN_OTHER_PYTHON names no interpreter with the other line of host packages',
)


@needs_other
def test_the_hosts_own_functions_agree(tmp_path, scene):
    name = 'mdpnet-fine_focal_sirst-320x320'
    cv2.imwrite(str(tmp_path / 'a.png'), scene(128, 128))
    arguments = [
        PROJECT_ROOT / f'configs/mdpnet/{name}.py',
        PROJECT_ROOT / f'mdp_plugin/weights/{name}.pth',
        tmp_path / 'a.png',
    ]
    said = []
    for python in (sys.executable, OTHER):
        process = subprocess.run(
            [python, '-c', HOSTS_OWN, *map(str, arguments)],
            env={**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(PROJECT_ROOT)},
            cwd=tmp_path, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr[-4000:]
        said.append(re.search(r'^pixels (\d+) ([\d.]+)$', process.stdout, re.M).groups())
    assert said[0][0] == said[1][0] != '0'
    assert float(said[0][1]) == pytest.approx(float(said[1][1]), rel=1e-4)


@needs_other
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

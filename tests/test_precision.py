"""bfloat16 where the CPU has it, float32 in its place elsewhere."""

import json
import os
import subprocess
import sys

import pytest
import torch
from tiny_training import PROJECT_ROOT, write_config, write_dataset

from mdp_plugin import precision

#: PyTorch and OpenVINO then take this CPU for one without AVX-512 and without bfloat16.
AVX2 = {
    **os.environ,
    'ONEDNN_MAX_CPU_ISA': 'AVX2',
    'OV_CPU_MAX_ISA': 'AVX2',
    'PYTHONPATH': str(PROJECT_ROOT),
}
SENTENCE = 'this CPU has no instructions for bfloat16'


@pytest.fixture
def fresh_message():
    precision._say_float32.cache_clear()
    yield
    precision._say_float32.cache_clear()


@pytest.mark.parametrize('flags', [{'avx2', 'avx512f', 'avx512bw'}, {'fphp', 'asimdhp'}])
def test_a_list_without_bfloat16_counts(monkeypatch, fresh_message, flags):
    monkeypatch.setattr(precision, 'cpu_flags', lambda: flags)
    assert not precision.native_bfloat16()
    layer, x = torch.nn.Linear(4, 2), torch.ones(1, 4)
    with precision.mixed_precision('cpu', torch.bfloat16):
        assert layer(x).dtype is torch.float32
    with precision.mixed_precision('cpu', torch.float16):
        assert layer(x).dtype is torch.float16


def test_training_in_mixed_precision_is_in_float32_on_such_a_cpu(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data'))
    script = (
        'import sys, runpy\n'
        f'sys.path.insert(0, {str(PROJECT_ROOT / "tools")!r})\n'
        'import train\n'
        f'for name, flags in (("plain", []), ("amp", ["--amp"])):\n'
        f'    train.main([{str(config)!r}, "--work-dir", f"{tmp_path}/{{name}}", *flags])\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', script], env=AVX2, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count(SENTENCE) == 1
    plain, amp = (
        torch.load(tmp_path / name / 'epoch_2.pth', weights_only=False)['state_dict']
        for name in ('plain', 'amp')
    )
    assert all(torch.equal(plain[key], amp[key]) for key in plain)


def test_openvino_computes_in_float32_on_such_a_cpu(tmp_path):
    pytest.importorskip('openvino')
    script = (
        'import json, warnings\n'
        'from mdp_plugin.deploy.openvino_detector import openvino_precision\n'
        'with warnings.catch_warnings(record=True) as caught:\n'
        '    warnings.simplefilter("always")\n'
        '    given = [openvino_precision(p) for p in ("f32", "bf16")]\n'
        'print(json.dumps([given, [str(w.message) for w in caught]]))\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', script], env=AVX2, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    given, messages = json.loads(done.stdout)
    assert given == ['f32', 'f32']
    (message,) = messages
    assert message.startswith(SENTENCE)


def test_the_benchmark_has_no_row_of_imitated_bfloat16(tmp_path):
    config = write_config(tmp_path, write_dataset(tmp_path / 'data', num_images=2))
    candidate = dict(path=str(config), precision='bf16', name='imitated')
    done = subprocess.run(
        [sys.executable, '-m', 'mdp_plugin.benchmark.worker', json.dumps(candidate), '1'],
        env=AVX2, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert SENTENCE in json.loads(done.stdout.splitlines()[0])['error']

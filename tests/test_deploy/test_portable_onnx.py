"""ONNX files run in old runtimes, say what their dimensions are, and bear other programs' tools."""

import os
import subprocess

import numpy as np
import pytest

from mdp_plugin.deploy import load_exported

#: Run by an interpreter with an old ONNX Runtime.
OLD = """
import sys
import numpy as np
import onnxruntime
file, frames, out = sys.argv[1:]
session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])
np.save(out, session.run(['probability'], {'frames': np.load(frames)})[0])
print(onnxruntime.__version__)
"""


@pytest.fixture(scope='module')
def frames(scene):
    return np.stack([scene(75, 101, seed) for seed in range(2)]).astype(np.uint16) * 257


def test_what_the_file_declares(files):
    import onnx

    model = onnx.load(files['.onnx'][0])
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [('', 17)]
    assert model.ir_version == 8
    for value in (*model.graph.input, *model.graph.output):
        names = [dim.dim_param for dim in value.type.tensor_type.shape.dim]
        assert names == ['batch', 'height', 'width'], value.name


def test_an_optimiser_changes_no_result(files, frames):
    import onnxruntime

    onnxslim = pytest.importorskip('onnxslim')
    slim = onnxslim.slim(str(files['.onnx'][0]))
    session = onnxruntime.InferenceSession(slim.SerializeToString())
    (found,) = session.run(['probability'], {'frames': frames})
    expected = load_exported(files['.onnx'][0], threads=1)(frames)
    assert expected.max() > 0.5
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_old_runtime(files, frames, tmp_path):
    python = os.environ.get('MDP_PLUGIN_OLD_ONNXRUNTIME')
    if not python:
        pytest.skip('MDP_PLUGIN_OLD_ONNXRUNTIME names no interpreter with an old ONNX Runtime')
    given, made = tmp_path / 'frames.npy', tmp_path / 'probability.npy'
    np.save(given, frames)
    done = subprocess.run(
        [python, '-c', OLD, files['.onnx'][0], given, made], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() < '1.17'
    expected = load_exported(files['.onnx'][0], threads=1)(frames)
    np.testing.assert_allclose(np.load(made), expected, atol=1e-5)

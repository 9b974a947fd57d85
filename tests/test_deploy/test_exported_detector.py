"""One detector for several threads, forked and spawned processes, and frames of any size."""

import multiprocessing
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from mdp_plugin import TargetDetector
from mdp_plugin.deploy.runtime import BACKENDS

#: What runs a file on a CPU, and PyTorch with a model of the zoo.
KINDS = [
    *((backend, s) for backend, (_, suffixes) in BACKENDS.items() for s in suffixes),
    ('zoo', ''),
]
KINDS.remove(('tensorrt', '.onnx'))
KINDS.remove(('ncnn', '.param'))  # for one size: test_edge_formats.py
SIZES = [(64, 64), (64, 80), (48, 112), (80, 64)]


@pytest.fixture(params=KINDS, ids=['-'.join(filter(None, kind)) for kind in KINDS])
def detector(request, files):
    backend, suffix = request.param
    if backend == 'zoo':
        return TargetDetector('mdpnet-fine_nudt-sirst-256x256', threads=2)
    if suffix not in files:
        pytest.skip(f'nothing that writes {suffix} is installed')
    return TargetDetector(files[suffix][0], backend=backend, threads=2)


@pytest.fixture(scope='module')
def frames(scene):
    return [scene(*SIZES[seed % len(SIZES)], seed) for seed in range(12)]


def test_each_thread_gets_the_result_of_its_own_frame(detector, frames):
    expected = [detector(frame) for frame in frames]
    assert len({found.probability.tobytes() for found in expected}) == len(frames)
    workers = 5
    start = threading.Barrier(workers)

    def work(first):
        start.wait(60)
        order = [(first + step) % len(frames) for step in range(len(frames))]
        return {index: detector(frames[index]) for index in order}

    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(work, range(0, 2 * workers, 2)))
    for found in answers:
        for index, whole in enumerate(expected):
            np.testing.assert_allclose(found[index].probability, whole.probability, atol=1e-6)
            assert len(found[index].targets) == len(whole.targets)


def test_a_forked_process_goes_on_with_it(detector, frames):
    expected = detector(frames[0])
    reader, writer = multiprocessing.Pipe(duplex=False)

    def work():
        writer.send(detector(frames[0]).probability)

    process = multiprocessing.get_context('fork').Process(target=work)
    process.start()
    try:
        assert reader.poll(30), 'the process hangs'
        np.testing.assert_allclose(reader.recv(), expected.probability, atol=1e-5)
    finally:
        process.kill()


def test_a_pickled_detector_is_the_same(detector, frames):
    detector.threshold = 0.3
    again = pickle.loads(pickle.dumps(detector))
    assert again.threshold == 0.3 and again.levels.to_dict() == detector.levels.to_dict()
    np.testing.assert_allclose(
        again(frames[0]).probability, detector(frames[0]).probability, atol=1e-6
    )


def test_a_pool_of_spawned_processes(files, frames):
    detector = TargetDetector(files['.onnx'][0], threads=1)
    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:
        (found,) = pool.map(detector, frames[:1])
    assert found.targets == detector(frames[0]).targets


def test_a_pickled_detector_names_a_file_that_is_gone(files, tmp_path):
    moved = tmp_path / 'model.onnx'
    moved.write_bytes(files['.onnx'][0].read_bytes())
    pickled = pickle.dumps(TargetDetector(moved))
    moved.unlink()
    with pytest.raises(FileNotFoundError, match=r'exported model not found: ".*model\.onnx"'):
        pickle.loads(pickled)


@pytest.mark.parametrize(('backend', 'suffix'), KINDS[:2])
def test_memory_does_not_grow_with_the_sizes_of_frames(files, backend, suffix, project_root):
    code = f"""
import re
import numpy as np
from mdp_plugin.deploy import load_exported

detector = load_exported({str(files[suffix][0])!r}, backend={backend!r}, threads=1)

def megabytes():
    return int(re.search(r'VmRSS:\\s+(\\d+) kB', open('/proc/self/status').read())[1]) / 1024

for number in range(240):
    if number == 60:
        before = megabytes()
    detector(np.zeros((32 + number % 16, 32 + number // 16), detector.metadata.frame_type))
print(megabytes() - before)
"""
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=project_root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 60

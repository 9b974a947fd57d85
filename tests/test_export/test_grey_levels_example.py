"""The example in C++ for other programs makes the grey levels that an exported graph makes."""

import shutil
import subprocess

import numpy as np
import pytest
import torch

from mdp_plugin.export.detector_graph import _stretch

MAIN = """
#include <cstdio>
#include <cstdlib>
#include "grey_levels.cpp"
int main(int, char** a) {
    int height = std::atoi(a[1]), width = std::atoi(a[2]);
    std::vector<float> frame(height * width);
    if (std::fread(frame.data(), 4, frame.size(), stdin) != frame.size()) return 1;
    stretch(frame, height, width, std::atof(a[3]));
    std::fwrite(frame.data(), 4, frame.size(), stdout);
}
"""


@pytest.fixture(scope='module')
def program(project_root, tmp_path_factory):
    compiler = shutil.which('g++') or shutil.which('clang++')
    if compiler is None:
        pytest.skip('no C++ compiler here')
    folder = tmp_path_factory.mktemp('cpp')
    (folder / 'main.cpp').write_text(MAIN)
    options = ['-std=c++17', '-Wall', '-Werror', f'-I{project_root / "docs/examples"}']
    subprocess.run(
        [compiler, *options, folder / 'main.cpp', '-o', folder / 'levels'], check=True, timeout=120
    )
    return folder / 'levels'


@pytest.mark.parametrize('step', [1, 0])
def test_the_example_measures_what_the_graph_measures(program, scene, step):
    image = scene(75, 101).astype(np.float32)
    near = image * 25 + 8000
    near[20:24, 30:34] = 60000  # a near target, which lessens the stretch
    for frame in (image * 4 + 8000, near, np.full((64, 64), 8000, np.float32)):
        frame = np.ascontiguousarray(frame, np.float32)
        done = subprocess.run(
            [program, *map(str, frame.shape), str(step)],
            input=frame.tobytes(), capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        found = np.frombuffer(done.stdout, np.float32).reshape(frame.shape)
        wanted = _stretch(torch.from_numpy(frame)[None, None], step or None)[0, 0].numpy()
        np.testing.assert_allclose(found, wanted, atol=0.01)

"""Several processes give bit for bit the figures of one."""

import contextlib
import json
import socket

import pytest
from distributed_metric import figures_of_this_process
from tiny_training import running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize('world_size', [2, 3])
def test_gloo_processes_equal_one(tmp_path, world_size):
    num_images = 7  # no multiple of either, so the sampler repeats images
    alone = figures_of_this_process(num_images, tmp_path / 'alone')
    assert float.fromhex(alone['irstd/num_images']) == num_images
    assert float.fromhex(alone['irstd/num_detected']) > 10
    assert 0 < float.fromhex(alone['irstd/nIoU']) < 100
    port = str(free_port())
    environments = [
        dict(RANK=str(rank), WORLD_SIZE=str(world_size), MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
        for rank in range(world_size)
    ]
    script = 'tests/distributed_metric.py'
    with contextlib.ExitStack() as stack:
        # the host collects over a folder in the working directory, which all processes share
        runs = [
            stack.enter_context(
                running(script, [num_images, tmp_path], tmp_path, environment=environment)
            )
            for environment in environments
        ]
        for run in runs:
            run.finish()
    for env in environments:
        together = json.loads((tmp_path / f'figures_{env["RANK"]}.json').read_text())
        assert together == alone
    reports = [(tmp_path / f / 'irstd_metric.json').read_text() for f in ('alone', 'out')]
    assert reports[0] == reports[1]  # curves and rows per image, too, in the set's order

"""Speed of one config's network in PyTorch, on random images of one size."""

import resource
import time
from collections.abc import Callable
from typing import Any

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import numpy as np
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from ..devices import find_device
from ..engine.machine import describe_machine
from ..engine.model_complexity import image_channels, measure_complexity
from ..engine.tool_config import without_teacher
from ..export.deploy_form import deploy_form
from ..host.cpu_allocator import keep_freed_memory
from ..host.strict_loading import load_weights
from .training_speed import time_training

NUM_WARMUP = 10


def time_forward(
    model: nn.Module,
    inputs: torch.Tensor,
    iters: int,
    *,
    log_interval: int = 50,
    mode: str = 'tensor',
    say: Callable[[str], None] = print,
) -> dict[str, float]:
    """Time forward passes.

    Args:
        model (nn.Module): Segmentor in eval mode.
        inputs (Tensor): (N, C, H, W), preprocessed.
        iters (int): Passes, after some that do not count.
        log_interval (int): Passes between two reports. Defaults to 50.
        mode (str): 'tensor' up to the logits, 'predict' with the resize to the image's size, the
            threshold and the data samples. Defaults to 'tensor'.
        say (Callable): Called with a line of progress. Defaults to print.

    Returns:
        dict[str, float]: Milliseconds of a pass (median and 95th percentile), images a second
        by the median, and milliseconds of processor time a pass, over all threads.
    """
    elapsed: list[float] = []
    processor = 0.0
    for index in range(NUM_WARMUP + iters):
        if index == NUM_WARMUP:
            processor = time.process_time()
        start = time.perf_counter()
        with torch.no_grad():
            model(inputs, mode=mode)
        if inputs.is_cuda:
            torch.cuda.synchronize()
        if index >= NUM_WARMUP:
            elapsed.append(time.perf_counter() - start)
            if len(elapsed) % log_interval == 0:
                rate = len(inputs) / np.median(elapsed)
                say(f'Done pass [{len(elapsed):>4}/{iters}], fps: {rate:.2f} img / s')
    processor = (time.process_time() - processor) / iters
    return {
        'latency_median_ms': 1e3 * float(np.median(elapsed)),
        'latency_p95_ms': 1e3 * float(np.percentile(elapsed, 95)),
        'fps': len(inputs) / float(np.median(elapsed)),
        'processor_ms': 1e3 * processor,
    }


def peak_memory(device: str) -> float:
    """Highest memory use so far in MiB: of the process on a CPU, of tensors on a GPU."""
    if device.startswith('cuda'):
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure_speed(
    cfg: Config,
    weights: str | None = None,
    *,
    size: tuple[int, int] | None = None,
    batch: int = 1,
    iters: int = 200,
    repeat_times: int = 1,
    log_interval: int = 50,
    mode: str = 'tensor',
    deploy: bool = False,
    training: bool = False,
    steps: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Time a config's forward pass, or with ``training`` one epoch of its training.

    Args:
        cfg (Config): The config; not changed.
        weights (str, optional): Path of its weights. Defaults to None: random ones.
        size (tuple[int, int], optional): Height and width. Defaults to None: the config's.
        batch (int): Images of a forward pass. Defaults to 1.
        iters (int): Timed forward passes. Defaults to 200.
        repeat_times (int): Repetitions. Defaults to 1.
        log_interval (int): See :func:`time_forward`.
        mode (str): See :func:`time_forward`.
        deploy (bool): Time the deployment form. Defaults to False.
        training (bool): Time training instead. Defaults to False.
        steps (int, optional): See :func:`~mdp_plugin.benchmark.training_speed.time_training`.
        threads (int, optional): Threads of the CPU. Defaults to None: torch's.
        device (str, optional): Defaults to None: 'cuda:0' if there is a GPU, else 'cpu'.
        say (Callable): Called with a line of progress. Defaults to print.

    Returns:
        dict[str, Any]: ``mode``, ``deployment_form``, ``machine``, ``freed_memory_kept``,
        ``parameters``, ``macs``, ``input`` (but for training), ``runs`` with the figures of each
        repetition, their means, and ``peak_memory_mib``.

    Raises:
        FileNotFoundError: If there are no such weights.
        ValueError: If there is no such device.
    """
    device = str(find_device(device))
    kept = keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    shape = (image_channels(cfg.model), *(size or tuple(cfg.scale)[::-1]))
    network = without_teacher(cfg.copy()).model
    model = revert_sync_batchnorm(MODELS.build(network))
    if weights:
        load_weights(model, weights, cfg.filename)
    model = model.to(device).eval()
    if deploy:
        model = deploy_form(model)
    complexity = measure_complexity(model, shape)
    inputs = torch.randn(batch, *shape, device=device)
    report: dict[str, Any] = {
        'mode': 'training' if training else f'eager, {mode}',
        'deployment_form': deploy,
        'machine': describe_machine(device),
        'freed_memory_kept': kept,
        'parameters': complexity.parameters,
        'macs': complexity.macs,
    }
    if not training:
        report.update(input=[batch, *shape])
    report['runs'] = []
    for repetition in range(repeat_times):
        say(f'Run {repetition + 1}:')
        report['runs'].append(
            time_training(cfg, steps)
            if training
            else time_forward(model, inputs, iters, log_interval=log_interval, mode=mode, say=say)
        )
    for key in report['runs'][0]:
        report[key] = float(np.mean([run[key] for run in report['runs']]))
    report['peak_memory_mib'] = peak_memory(device)
    return report

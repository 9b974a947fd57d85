"""A training that is killed by SIGKILL between saving an epoch and validating it."""

import os
import signal

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class KilledBeforeValidationHook(Hook):
    """Kill the process.

    Args:
        epoch (int): Before the validation of which epoch.
    """

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def before_val(self, runner: Runner) -> None:
        """Kill the process, if it is time."""
        if runner.epoch == self.epoch:
            os.kill(os.getpid(), signal.SIGKILL)

"""In distributed testing, one process writes the file of figures."""

from mmengine.dist import master_only
from mmengine.hooks import LoggerHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class RankZeroLoggerHook(LoggerHook):
    """The host's hook, whose JSON file of test figures comes from the first process alone.

    The host lets every process write the same file at the same time, and where the times in it
    differ in length, the tail of one text may follow the end of the other.

    Args:
        *args: Those of :class:`mmengine.hooks.LoggerHook`.
        **kwargs: Those of :class:`mmengine.hooks.LoggerHook`.
    """

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Log the figures and write the file.

        Args:
            runner (Runner): The runner.
            metrics (dict[str, float], optional): The figures. Defaults to None.
        """
        super().after_test_epoch(runner, metrics)

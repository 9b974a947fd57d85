"""The part that the command line tools share: from a config's path to a ready `Config`."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..imaging.grey_levels import GreyLevels
from ..project_files import find_project_file
from .config_faults import read_config
from .config_names import check_config, check_options


@contextmanager
def mistakes_in_one_sentence(tool: str) -> Iterator[None]:
    """End a tool with the sentence of an error that its user can mend, and exit status 1.

    A stack trace would hide that sentence. An error inside of a step of training or testing keeps
    it: nobody but a developer can mend that.

    Args:
        tool (str): Name of the tool, put in front.

    Raises:
        SystemExit: With the sentence.
    """
    try:
        yield
    except (KeyError, ImportError, OSError, TypeError, ValueError) as error:
        if 'run_iter' in {frame.name for frame in traceback.extract_tb(error.__traceback__)}:
            raise
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise SystemExit(f'{tool}: {text}') from error


def load_tool_config(
    path: str | Path,
    options: dict[str, Any] | None = None,
    work_dir: str | None = None,
    launcher: str = 'none',
) -> Config:
    """Read a config and apply what the command line says, in the order of the stock tools.

    Args:
        path (str | Path): See :func:`~mdp_plugin.project_files.find_project_file`.
        options (dict, optional): Overrides of the form ``{'a.b': value}``. Defaults to None.
        work_dir (str, optional): Folder for logs and checkpoints. Defaults to None: the config's
            own ``work_dir``, else ``./work_dirs/<name of the config>``.
        launcher (str): ``none``, ``pytorch``, ``slurm`` or ``mpi``. Defaults to 'none'.

    Returns:
        Config: The config, with ``launcher`` and ``work_dir`` set.

    Raises:
        FileNotFoundError: If there is no such config file.
        ValueError: If it is faulty, or config or options have a name that nobody reads.
    """
    file = find_project_file(path, 'config file')
    cfg = read_config(file)
    cfg.launcher = launcher
    if options:
        check_options(cfg, options)
        cfg.merge_from_dict(options)
    check_config(cfg)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / file.stem)
    return cfg


def without_teacher(cfg: Config) -> Config:
    """Take what an inference needs of a config: a student without its teacher.

    Args:
        cfg (Config): The config; changed in place.

    Returns:
        Config: The same.
    """
    if 'teacher' in cfg.model:
        cfg.model.active = []
    return cfg


def network_size(cfg: Config) -> tuple[int, int] | None:
    """Size to which a config's frames are resized for the network.

    Args:
        cfg (Config): The config.

    Returns:
        tuple[int, int] | None: Height and width; None with ``native = True`` in the config, where
        the network runs at each frame's own size.
    """
    return None if cfg.get('native') else tuple(cfg.scale)[::-1]


def network_interpolation(cfg: Config) -> str:
    """Kernel by which a config's test pipeline resizes frames for the network.

    Args:
        cfg (Config): The config.

    Returns:
        str: 'bilinear' or 'nearest', see
        :class:`~mdp_plugin.datasets.transforms.AlignedResize`.
    """
    return _test_step(cfg, 'AlignedResize').get('interpolation', 'bilinear')


def network_levels(cfg: Config) -> GreyLevels:
    """How a config's test pipeline makes grey levels of images.

    Args:
        cfg (Config): The config.

    Returns:
        GreyLevels: By the options of its step
        :class:`~mdp_plugin.datasets.transforms.ToGrayscale`.
    """
    step = _test_step(cfg, 'ToGrayscale')
    keys = ('black_level', 'white_level', 'levels', 'polarity')
    return GreyLevels(**{key: step[key] for key in keys if key in step})


def _test_step(cfg: Config, kind: str) -> dict[str, Any]:
    """The first step of a type in a config's test pipeline; empty if there is none."""
    steps = cfg.test_dataloader.dataset.pipeline
    return next((step for step in steps if step['type'] == kind), {})

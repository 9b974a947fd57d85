"""The part that the command line tools share: from a config's path to a ready `Config`."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..project_files import find_project_file
from .config_faults import read_config


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
        ValueError: If it is faulty.
    """
    file = find_project_file(path, 'config file')
    cfg = read_config(file)
    cfg.launcher = launcher
    if options:
        cfg.merge_from_dict(options)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / file.stem)
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
    steps = cfg.test_dataloader.dataset.pipeline
    resizes = [step for step in steps if step['type'] == 'AlignedResize']
    return resizes[0].get('interpolation', 'bilinear') if resizes else 'bilinear'

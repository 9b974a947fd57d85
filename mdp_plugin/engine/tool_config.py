"""The part that the command line tools share: from a config's path to a ready `Config`."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

PROJECT_ROOT = Path(__file__).resolve().parents[2]


def find_config(path: str | Path) -> Path:
    """Locate a config file, from whatever directory the tool was started in.

    Args:
        path (str | Path): Path of the file, absolute, relative to the working directory, or
            relative to the project (``configs/...``).

    Returns:
        Path: The existing file.

    Raises:
        FileNotFoundError: If none of these places has the file; the message names them.
    """
    tried = [Path(path).expanduser(), PROJECT_ROOT / path]
    for candidate in tried:
        if candidate.is_file():
            return candidate
    places = ' and '.join(f'"{candidate}"' for candidate in dict.fromkeys(tried))
    raise FileNotFoundError(f'config file not found; looked for {places}')


def load_tool_config(
    path: str | Path,
    options: dict[str, Any] | None = None,
    work_dir: str | None = None,
    launcher: str = 'none',
) -> Config:
    """Read a config and apply what the command line says, in the order of the stock tools.

    Args:
        path (str | Path): See :func:`find_config`.
        options (dict, optional): Overrides of the form ``{'a.b': value}``. Defaults to None.
        work_dir (str, optional): Folder for logs and checkpoints. Defaults to None: the config's
            own ``work_dir``, else ``./work_dirs/<name of the config>``.
        launcher (str): ``none``, ``pytorch``, ``slurm`` or ``mpi``. Defaults to 'none'.

    Returns:
        Config: The config, with ``launcher`` and ``work_dir`` set.

    Raises:
        FileNotFoundError: If there is no such config file.
    """
    file = find_config(path)
    cfg = Config.fromfile(file)
    cfg.launcher = launcher
    if options:
        cfg.merge_from_dict(options)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / file.stem)
    return cfg

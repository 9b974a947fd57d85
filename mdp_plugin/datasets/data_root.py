"""Where a relative ``data_root`` is looked up."""

import os
from pathlib import Path

from ..project_files import PROJECT_ROOT

ENVIRONMENT_VARIABLE = 'IRSTD_DATA_ROOT'


def candidate_roots(data_root: str) -> list[str]:
    """List the folders that a ``data_root`` may mean, the preferred one first.

    Configs say ``data/NAME``. If the environment variable ``IRSTD_DATA_ROOT`` is set, it stands
    for ``data``; then the working directory and the checkout of the project are looked at.

    Args:
        data_root (str): Folder as the config names it. Absolute paths and addresses of other
            storage (``s3://...``) stand for themselves.

    Returns:
        list[str]: Candidates without repetition.
    """
    if '://' in data_root or os.path.isabs(os.path.expanduser(data_root)):
        return [os.path.expanduser(data_root)]
    candidates = [data_root, str(PROJECT_ROOT / data_root)]
    parts = Path(data_root).parts
    shared = os.environ.get(ENVIRONMENT_VARIABLE)
    if shared and parts and parts[0] == 'data':
        candidates.insert(0, os.path.join(os.path.expanduser(shared), *parts[1:]))
    return list(dict.fromkeys(candidates))


def resolve_data_root(data_root: str) -> str:
    """Find the folder that a ``data_root`` means.

    Args:
        data_root (str): Folder as the config names it.

    Returns:
        str: The first candidate that exists, or the only candidate of other storage.

    Raises:
        FileNotFoundError: If no candidate exists; the message lists them.
    """
    candidates = candidate_roots(data_root)
    if '://' in data_root:
        return candidates[0]
    for candidate in candidates:
        if os.path.isdir(candidate):
            return candidate
    tried = ', '.join(os.path.abspath(candidate) for candidate in candidates)
    raise FileNotFoundError(
        f"data_root '{data_root}' does not exist; tried {tried}. Put the data set there, or set "
        f'the environment variable {ENVIRONMENT_VARIABLE} to the folder that holds the data sets.'
    )

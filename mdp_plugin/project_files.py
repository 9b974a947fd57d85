"""Files that belong to the project, found from whatever directory a program was started in."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
#: What an installation keeps of the checkout, configs, metafiles and tools (see setup.py), or the
#: checkout itself.
PROJECT_ROOT = PACKAGE / '.mim' if (PACKAGE / '.mim').is_dir() else PACKAGE.parent


def find_project_file(path: str | Path, kind: str = 'file') -> Path:
    """Locate a file named in a config or on a command line.

    Args:
        path (str | Path): Absolute, relative to the working directory, or relative to the
            project (``configs/...``, ``checkpoints/...``, ``mdp_plugin/weights/...``).
        kind (str): What it is, for the error message. Defaults to 'file'.

    Returns:
        Path: The existing file.

    Raises:
        FileNotFoundError: If none of these places has the file; the message names them.
    """
    # Weights stay beside the package's code wherever it is installed.
    tried = [Path(path).expanduser(), PROJECT_ROOT / path, PACKAGE.parent / path]
    for candidate in tried:
        if candidate.is_file():
            return candidate
    places = ' and '.join(f'"{candidate}"' for candidate in dict.fromkeys(tried))
    raise FileNotFoundError(f'{kind} not found; looked for {places}')


def config_file(name: str) -> str:
    """Locate a config of the project, for the ``_base_`` of a config that lies elsewhere.

    Args:
        name (str): Relative to the project's folder of configs, such as
            'mdpnet/mdpnet-base_sirst-320x320.py'.

    Returns:
        str: Its absolute path, which the host wants as text.

    Raises:
        FileNotFoundError: If there is no such config.

    Examples:
        >>> _base_ = __import__('mdp_plugin').config_file('mdpnet/mdpnet-base_sirst-320x320.py')
    """
    path = PROJECT_ROOT / 'configs' / name
    if not path.is_file():
        raise FileNotFoundError(f'the project has no config "{name}"; looked for "{path}"')
    return str(path)

"""Files that belong to the project, found from whatever directory a program was started in."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
#: The checkout, or what an installation keeps of it: configs and metafiles (see setup.py).
PROJECT_ROOT = PACKAGE.parent if (PACKAGE.parent / 'configs').is_dir() else PACKAGE / '.mim'


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

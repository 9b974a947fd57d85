"""Files that belong to the project, found from whatever directory a program was started in."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def find_project_file(path: str | Path, kind: str = 'file') -> Path:
    """Locate a file named in a config or on a command line.

    Args:
        path (str | Path): Absolute, relative to the working directory, or relative to the
            project (``configs/...``, ``checkpoints/...``).
        kind (str): What it is, for the error message. Defaults to 'file'.

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
    raise FileNotFoundError(f'{kind} not found; looked for {places}')

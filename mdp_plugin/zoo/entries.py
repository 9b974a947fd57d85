"""The entries of models that come with weights: how they are found, read and written."""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from ..project_files import find_project_file
from ..wording import did_you_mean

#: The model that is taken where none is named: the entry of this alias. An exported file stands
#: beside its weights, for machines without PyTorch.
DEFAULT_MODEL = 'mdpnet'


def metafiles(index: Path) -> list[Path]:
    """Files that a ``model-index.yml`` lists.

    Args:
        index (Path): The index.

    Returns:
        list[Path]: Its metafiles.

    Raises:
        FileNotFoundError: If a listed file is missing.
    """
    files = [index.parent / name for name in yaml.safe_load(index.read_text())['Import']]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise FileNotFoundError(f'{index} lists files that do not exist: {", ".join(missing)}')
    return files


def read_entries(file: Path) -> list[dict[str, Any]]:
    """Read the models of a metafile.

    Args:
        file (Path): The metafile.

    Returns:
        list[dict]: Its entries.

    Raises:
        KeyError: If an entry lacks ``Name``, ``Config`` or ``Weights``.
    """
    entries = (yaml.safe_load(file.read_text()) or {}).get('Models') or []
    for entry in entries:
        missing = {'Name', 'Config', 'Weights'} - set(entry)
        if missing:
            raise KeyError(f'{file}: the entry {entry.get("Name")!r} lacks {sorted(missing)}')
    return entries


def all_entries(index: Path | None = None) -> list[dict[str, Any]]:
    """Read the models of all metafiles.

    Args:
        index (Path, optional): The ``model-index.yml``. Defaults to None: the project's.

    Returns:
        list[dict]: Their entries.
    """
    files = metafiles(index or find_project_file('model-index.yml', 'index of models'))
    return [entry for file in files for entry in read_entries(file)]


def find_entry(name: str) -> dict[str, Any]:
    """Find a model of the zoo by its name or its alias.

    Args:
        name (str): Such as 'mdpnet-fine_cameras-512x640', or its alias 'mdpnet'.

    Returns:
        dict: Its entry.

    Raises:
        KeyError: If there is none; names those there are.
    """
    entries = all_entries()
    for entry in entries:
        if name in (entry['Name'], entry.get('Alias')):
            return entry
    here = installed_entries()
    known = sorted(entry['Alias'] for entry in here if 'Alias' in entry)
    asked = did_you_mean(name, [*known, *(entry['Name'] for entry in here)])
    raise KeyError(
        f'the zoo has no model "{name}"{asked or "."} It has {", ".join(known)}, and by '
        'their full names those of `mdpnet zoo --all`'
    )


def weights_of(entry: dict[str, Any]) -> Path:
    """Locate the weights of an entry.

    Args:
        entry (dict): The entry.

    Returns:
        Path: The file.

    Raises:
        FileNotFoundError: If this installation lacks it, as it does for teachers: a package holds
            what is in ``mdp_plugin/weights``, a checkout everything.
    """
    try:
        return find_project_file(entry['Weights'], 'weights')
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f'the weights of "{entry["Name"]}" are not installed; a checkout of the project has '
            f'them in "{entry["Weights"]}"'
        ) from error


def installed_entries() -> list[dict[str, Any]]:
    """Read the models whose weights are here: all in a checkout, in a package without teachers."""
    return [entry for entry in all_entries() if _is_installed(entry)]


def _is_installed(entry: dict[str, Any]) -> bool:
    try:
        return weights_of(entry).is_file()
    except FileNotFoundError:
        return False


def exported_beside(weights: Path) -> Path | None:
    """Locate the exported file of weights, which runs without PyTorch; None if there is none."""
    file = weights.with_suffix('.onnx')
    return file if file.is_file() else None


def exported_file(entry: dict[str, Any]) -> Path | None:
    """Locate the exported file of an entry; None if there is none, or no weights are here."""
    return exported_beside(weights_of(entry)) if _is_installed(entry) else None


def write_entries(file: Path, entries: list[dict[str, Any]]) -> None:
    """Replace entries of a metafile by those of the same name; the rest of it stays.

    Args:
        file (Path): The metafile; comments before its first key are kept.
        entries (list[dict]): Measured entries; of what is None there, the old value stays.
    """
    text = file.read_text()
    comments = [line for line in text.splitlines() if line.startswith('#')]
    content = yaml.safe_load(text)
    measured = {
        entry['Name']: {key: value for key, value in entry.items() if value is not None}
        for entry in entries
    }
    content['Models'] = [{**old, **measured.get(old['Name'], {})} for old in content['Models']]
    body = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    file.write_text('\n'.join([*comments, body]))


def sha256(file: Path) -> str:
    """Digest of a file in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()

"""The models that come with weights: their metafile entries, and what they really measure."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from ..datasets.data_root import resolve_data_root
from ..project_files import PROJECT_ROOT, find_project_file
from .model_complexity import image_channels, measure_complexity
from .tool_config import load_tool_config

#: Config key of each protocol's test pipeline.
PROTOCOLS = {'original': 'test_pipeline', 'square': 'test_pipeline_square'}
#: Figures of an entry, and by how much a repetition may differ: 0.05 points, one of Fa's 1e-6.
TOLERANCES = {'nIoU': 0.05, 'IoU': 0.05, 'F1': 0.05, 'Pd': 0.05, 'Fa': 1.0, 'AUC': 0.0005}


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
        name (str): Such as 'mdpnet-fine_focal_sirst-320x320', or its alias 'mdpnet-sirst'.

    Returns:
        dict: Its entry.

    Raises:
        KeyError: If there is none; names those there are.
    """
    entries = all_entries()
    for entry in entries:
        if name in (entry['Name'], entry.get('Alias')):
            return entry
    known = [entry.get('Alias') or entry['Name'] for entry in entries]
    raise KeyError(f'the zoo has no model "{name}"; it has {", ".join(known)}')


def write_entries(file: Path, entries: list[dict[str, Any]]) -> None:
    """Replace entries of a metafile by those of the same name; the rest of it stays.

    Args:
        file (Path): The metafile; comments before its first key are kept.
        entries (list[dict]): Measured entries.
    """
    text = file.read_text()
    comments = [line for line in text.splitlines() if line.startswith('#')]
    content = yaml.safe_load(text)
    measured = {entry['Name']: entry for entry in entries}
    content['Models'] = [measured.get(old['Name'], old) for old in content['Models']]
    body = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    file.write_text('\n'.join([*comments, body]))


def sha256(file: Path) -> str:
    """Digest of a file in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def figures_of(cfg: Config, weights: Path, protocol: str) -> dict[str, float]:
    """Test weights as ``tools/test.py`` does.

    Args:
        cfg (Config): Config of the model; not changed.
        weights (Path): Its weights.
        protocol (str): A key of :data:`PROTOCOLS`.

    Returns:
        dict[str, float]: The figures of :data:`TOLERANCES`, unrounded.
    """
    cfg = cfg.copy()
    cfg.test_dataloader.dataset.pipeline = cfg[PROTOCOLS[protocol]]
    cfg.load_from, cfg.resume, cfg.log_level = str(weights), False, 'WARNING'
    with tempfile.TemporaryDirectory() as work_dir:
        cfg.work_dir = work_dir
        # The host keeps visualizers by name; a new one belongs to each run.
        cfg.visualizer = None
        cfg.experiment_name = f'{Path(cfg.filename).stem}_{protocol}_{Path(work_dir).name}'
        metrics = Runner.from_cfg(cfg).test()
    return {name: metrics[f'irstd/{name}'] for name in TOLERANCES}


def configs_of(entry: dict[str, Any], root: Path = PROJECT_ROOT) -> list[Config]:
    """Configs that test an entry's weights: its ``Config``, and one for each further data set.

    Args:
        entry (dict): Entry with ``Config`` and, for a model of several data sets, ``Tests``.
        root (Path): Folder that the configs are relative to. Defaults to the project's.

    Returns:
        list[Config]: At least one.
    """
    return [load_tool_config(root / file) for file in (entry['Config'], *entry.get('Tests', ()))]


def data_is_there(configs: list[Config]) -> str | None:
    """Tell what is missing of the configs' test data.

    Args:
        configs (list[Config]): The configs.

    Returns:
        str | None: Where the first missing data set was looked for, or None if all are there.
    """
    try:
        for cfg in configs:
            resolve_data_root(cfg.test_dataloader.dataset.data_root)
    except FileNotFoundError as error:
        return str(error)
    return None


def measure_entry(
    entry: dict[str, Any], root: Path = PROJECT_ROOT, with_data: bool = True
) -> dict[str, Any]:
    """Measure everything that an entry states.

    Args:
        entry (dict): Entry with ``Name``, ``Config`` and ``Weights``, and ``Tests`` if further
            configs test it on further data sets.
        root (Path): Folder that the files are relative to. Defaults to the project's.
        with_data (bool): Test on the real images, too. Defaults to True.

    Returns:
        dict: The entry with measured ``SHA256``, ``Metadata`` and, with data, ``Results``.

    Raises:
        FileNotFoundError: If config or weights are missing.
    """
    weights = root / entry['Weights']
    if not weights.is_file():
        raise FileNotFoundError(f'{entry["Name"]}: the weights {weights} do not exist')
    configs = configs_of(entry, root)
    cfg = configs[0]
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    shape = (image_channels(cfg.model), *tuple(cfg.scale)[::-1])
    complexity = measure_complexity(MODELS.build(cfg.model), shape)
    metadata = dict(
        entry.get('Metadata') or {},
        Input=list(shape),
        Parameters=complexity.parameters,
        MACs=complexity.macs,
    )
    measured = dict(entry, SHA256=sha256(weights), Metadata=metadata)
    if with_data:
        measured['Results'] = [
            dict(
                Task='Infrared Small Target Detection',
                Dataset=Path(cfg.test_dataloader.dataset.data_root).name,
                Split=cfg.test_dataloader.dataset.get('ann_file', ''),
                Protocol=protocol,
                Metrics={
                    # As many digits as the tolerance can tell apart.
                    name: round(value, 5 if name == 'AUC' else 3)
                    for name, value in figures_of(cfg, weights, protocol).items()
                },
            )
            for cfg in configs
            for protocol in PROTOCOLS
        ]
    return measured


def compare(entry: dict[str, Any], measured: dict[str, Any]) -> list[tuple[str, Any, Any, bool]]:
    """Set what an entry states against what was measured.

    Args:
        entry (dict): As in the metafile.
        measured (dict): See :func:`measure_entry`.

    Returns:
        list[tuple[str, Any, Any, bool]]: For each value its name, what is stated (None if the
        entry lacks it), what was measured, and whether they agree.
    """
    rows = [('SHA256', entry.get('SHA256'), measured['SHA256'])]
    stated = entry.get('Metadata') or {}
    rows += [(key, stated.get(key), measured['Metadata'][key]) for key in ('Parameters', 'MACs')]
    compared = [(name, old, new, old == new) for name, old, new in rows]
    results = {_test_of(result): result['Metrics'] for result in entry.get('Results') or []}
    # An entry that is verified without data keeps its results, which compare with nothing.
    for result in (
        measured['Results'] if measured.get('Results') is not entry.get('Results') else ()
    ):
        test = _test_of(result)
        old = results.get(test, {})
        for name, value in result['Metrics'].items():
            known = old.get(name)
            agrees = known is not None and abs(known - value) <= TOLERANCES[name] + 1e-9
            compared.append((f'{name} ({", ".join(test)})', known, value, agrees))
    return compared


def _test_of(result: dict[str, Any]) -> tuple[str, str]:
    """What tells one result of an entry from its others."""
    return result['Dataset'], result['Protocol']

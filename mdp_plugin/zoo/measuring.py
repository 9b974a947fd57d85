"""What the models of the zoo really measure, against what their entries state."""

import tempfile
from pathlib import Path
from typing import Any

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from ..datasets.data_root import resolve_data_root
from ..engine.model_complexity import image_channels, measure_complexity
from ..engine.tool_config import load_tool_config
from ..evaluation.operating_points import OperatingPoints
from ..project_files import PROJECT_ROOT
from .entries import sha256

#: A protocol of its own: the original size, at the threshold that is stored with the weights.
AT_POINT = 'operating point'
#: Config key of each protocol's test pipeline.
PROTOCOLS = {
    'original': 'test_pipeline',
    'square': 'test_pipeline_square',
    AT_POINT: 'test_pipeline',
}
#: Threshold of the other protocols.
USUAL_THRESHOLD = 0.5
#: Metrics of an entry, and by how much a repetition may differ: 0.05 points, one of Fa's 1e-6.
TOLERANCES = {'nIoU': 0.05, 'IoU': 0.05, 'F1': 0.05, 'Pd': 0.05, 'Fa': 1.0, 'AUC': 0.0005}
#: At the operating point also: false targets a frame, percent of frames with any.
POINT_TOLERANCES = {**TOLERANCES, 'FPPI': 0.005, 'FalseFrames': 0.05}


def tolerances_of(protocol: str) -> dict[str, float]:
    """The metrics that a protocol has, and by how much each may differ in a repetition."""
    return POINT_TOLERANCES if protocol == AT_POINT else TOLERANCES


def metrics_of(
    cfg: Config, weights: Path, protocol: str, threshold: float = USUAL_THRESHOLD
) -> dict[str, float]:
    """Test weights as ``tools/test.py`` does.

    Args:
        cfg (Config): Config of the model; not changed.
        weights (Path): Its weights.
        protocol (str): A key of :data:`PROTOCOLS`.
        threshold (float): Probability above which a pixel is predicted. Defaults to 0.5.

    Returns:
        dict[str, float]: Those of :func:`tolerances_of`, rounded to what these can tell apart.
    """
    cfg = cfg.copy()
    cfg.test_dataloader.dataset.pipeline = cfg[PROTOCOLS[protocol]]
    cfg.test_evaluator.threshold = threshold
    cfg.load_from, cfg.resume, cfg.log_level = str(weights), False, 'WARNING'
    with tempfile.TemporaryDirectory() as work_dir:
        cfg.work_dir = work_dir
        # The host keeps visualizers by name; a new one belongs to each run.
        cfg.visualizer = None
        cfg.experiment_name = f'{Path(cfg.filename).stem}_{protocol}_{Path(work_dir).name}'
        metrics = Runner.from_cfg(cfg).test()
    return {
        name: round(metrics[f'irstd/{name}'], 5 if name == 'AUC' else 3)
        for name in tolerances_of(protocol)
    }


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
        dict: The entry with measured ``SHA256``, ``Metadata`` and ``Results``, which are None if
        they were skipped.

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
    points = OperatingPoints.beside(weights)
    thresholds = {'original': USUAL_THRESHOLD, 'square': USUAL_THRESHOLD}
    if points and points.threshold != USUAL_THRESHOLD:
        thresholds[AT_POINT] = points.threshold
    measured['Results'] = None
    if with_data:
        measured['Results'] = [
            dict(
                Task='Infrared Small Target Detection',
                Dataset=Path(cfg.test_dataloader.dataset.data_root).name,
                Split=_split_of(cfg),
                Protocol=protocol,
                Metrics=metrics_of(cfg, weights, protocol, threshold),
            )
            for cfg in configs
            for protocol, threshold in thresholds.items()
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
    for result in measured['Results'] or ():
        test = _test_of(result)
        old = results.get(test, {})
        for name, value in result['Metrics'].items():
            known = old.get(name)
            limit = tolerances_of(result['Protocol'])[name]
            agrees = known is not None and abs(known - value) <= limit + 1e-9
            compared.append((f'{name} ({", ".join(test)})', known, value, agrees))
    return compared


def _test_of(result: dict[str, Any]) -> tuple[str, str]:
    """What tells one result of an entry from its others."""
    return result['Dataset'], result['Protocol']


def _split_of(cfg: Config) -> str:
    """The list of a config's test images; of the project's own lists, relative to the project."""
    file = Path(cfg.test_dataloader.dataset.get('ann_file', ''))
    own = file.is_absolute() and file.is_relative_to(PROJECT_ROOT)
    return str(file.relative_to(PROJECT_ROOT) if own else file)

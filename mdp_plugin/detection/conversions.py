"""Targets in the forms of other libraries, which are imported when they are asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..installation import install_command, missing_packages
from .tables import COLUMNS
from .targets import Target

if TYPE_CHECKING:
    import pandas as pd
    import supervision as sv

#: Columns of the CSV table that tell of a target and not of its frame.
OF_TARGET = COLUMNS[COLUMNS.index('x') :]


def targets_to_dataframe(targets: Sequence[Target]) -> 'pd.DataFrame':
    """See :meth:`~mdp_plugin.detection.detector.Detection.to_dataframe`."""
    _need('pandas')
    import pandas as pd

    rows = []
    for target in targets:
        left, top, width, height = target.box
        known = {**target._asdict(), 'left': left, 'top': top, 'width': width, 'height': height}
        rows.append([known[name] for name in OF_TARGET])
    whole = dict.fromkeys(('left', 'top', 'width', 'height', 'area'), 'int64')
    # Types hold for no target as well; an unknown track is missing, and no float.
    types = {**dict.fromkeys(OF_TARGET, 'float64'), **whole, 'track_id': 'Int64'}
    return pd.DataFrame(rows, columns=list(OF_TARGET)).astype(types)


def targets_to_supervision(targets: Sequence[Target]) -> 'sv.Detections':
    """See :meth:`~mdp_plugin.detection.detector.Detection.to_supervision`."""
    _need('supervision')
    import supervision as sv

    boxes = np.array([target.box for target in targets], float).reshape(-1, 4)
    scores = [t.peak if t.confidence is None else t.confidence for t in targets]
    tracks = [target.track_id for target in targets]
    data = {'class_name': np.full(len(targets), 'target')}
    for name in ('x', 'y', 'area', 'peak', 'mean', 'scr'):
        values = [getattr(target, name) for target in targets]
        data[name] = np.array(values, int if name == 'area' else float)
    return sv.Detections(
        xyxy=np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]),
        confidence=np.array(scores, float),
        class_id=np.zeros(len(targets), int),
        tracker_id=None if None in tracks or not tracks else np.array(tracks),
        data=data,
    )


def _need(package: str) -> None:
    """Name the command that installs what is missing.

    Raises:
        ImportError: If the package is not installed.
    """
    if missing_packages(package):
        raise ImportError(f'{package} missing: {install_command("results")}')

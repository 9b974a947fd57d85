"""Exported files that several tests run."""

import pytest
from export_description import describe

from mdp_plugin.export.detector_graph import DetectorGraph
from mdp_plugin.export.exporting import export
from mdp_plugin.installation import missing_packages


@pytest.fixture(scope='package')
def files(shipped_model, tmp_path_factory):
    """A file of each format for each type of frames that is tested with it."""
    folder = tmp_path_factory.mktemp('exported')
    kinds = [('.onnx', 'uint16'), ('.xml', 'uint8'), ('.pt2', 'float32')]
    if not missing_packages('MNN'):
        kinds.append(('.mnn', 'uint8'))
    made = {}
    for suffix, frame_type in kinds:
        graph = DetectorGraph(shipped_model, frame_type=frame_type)
        made[suffix] = export(graph, describe(frame_type), folder / 'sub' / f'model{suffix}'), graph
    return made

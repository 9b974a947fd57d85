"""Write a detector graph in the formats that other programs run."""

import copy
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..deploy.metadata import INPUT, KEY, OUTPUTS, ExportMetadata
from ..deploy.seal import UNSEALED, seal
from ..installation import install_command
from .detector_graph import DetectorGraph
from .equalisation import equalise
from .quantization import quantize

#: Suffix of each format's file.
SUFFIXES = {'onnx': '.onnx', 'openvino': '.xml', 'torch': '.pt2'}


def _trace(graph: DetectorGraph, metadata: ExportMetadata) -> torch.export.ExportedProgram:
    """Export with dynamic number, height and width, or for single frames of one size."""
    dtype = getattr(torch, metadata.frame_type)
    if metadata.frame_size is not None:
        return torch.export.export(graph, (torch.zeros(1, *metadata.frame_size, dtype=dtype),))
    # Two odd sides and a batch of two: a size of one would be taken for a constant.
    example = torch.zeros(2, 197, 211, dtype=dtype)
    batch = torch.export.Dim('batch', min=1, max=4096)
    sides = [torch.export.Dim(name, min=32, max=16384) for name in ('height', 'width')]
    shapes = {'frames': {0: batch, 1: sides[0], 2: sides[1]}}
    return torch.export.export(graph, (example,), dynamic_shapes=shapes)


def export(
    graph: DetectorGraph,
    metadata: ExportMetadata,
    out: Path,
    calibration: Iterable[np.ndarray] | None = None,
) -> Path:
    """Write a graph; the format is that of the suffix.

    Args:
        graph (DetectorGraph): What to export.
        metadata (ExportMetadata): Its description, stored in the file.
        out (Path): File to write, '.onnx', '.xml' (OpenVINO, with a '.bin' beside it) or '.pt2'
            (torch.export).
        calibration (Iterable[np.ndarray], optional): Training frames (H, W), which fix the scales
            of a graph in INT8; its metadata should say 'int8'. Defaults to None: float32.

    Returns:
        Path: The file.

    Raises:
        ValueError: For another suffix, for a '.pt2' in INT8, or without frames for INT8.
        ImportError: If the package of the format is not installed; names the command.
    """
    if out.suffix not in SUFFIXES.values():
        raise ValueError(f'{out}: the suffix must be one of {sorted(SUFFIXES.values())}')
    if out.suffix == SUFFIXES['torch'] and calibration is not None:
        raise ValueError(f'{out}: INT8 is for .onnx and .xml only')
    out.parent.mkdir(parents=True, exist_ok=True)
    if calibration is not None:
        calibration = list(calibration)
        if not calibration:
            raise ValueError('INT8 needs training images for its scales, and got none')
        graph = copy.deepcopy(graph)
        equalise(graph, map(torch.from_numpy, calibration))
    with warnings.catch_warnings():
        # The exporter speaks of its own versions and of constants that it folds.
        warnings.simplefilter('ignore')
        program = _trace(graph.eval(), metadata)
        if out.suffix == '.pt2':
            torch.export.save(program, out, extra_files={KEY: metadata.to_json()})
            return out
        try:
            _export_onnx(graph, program, replace(metadata, seal=UNSEALED), out, calibration)
        except ModuleNotFoundError as error:
            raise ImportError(f'{error}; run: {install_command("deploy")}') from error
    seal(out)
    return out


def _forget_origin(model: Any) -> None:
    """Drop where each node came from: a fifth of the file, with paths of this machine.

    Args:
        model (onnx_ir.Model): The graph; changed in place.
    """
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        for value in node.outputs:
            value.metadata_props.clear()


def _export_onnx(
    graph: DetectorGraph,
    program: torch.export.ExportedProgram,
    metadata: ExportMetadata,
    out: Path,
    calibration: Iterable[np.ndarray] | None,
) -> None:
    """Write ONNX, in INT8 if frames are given, and convert it for OpenVINO if it is asked for."""
    outputs = OUTPUTS[: 1 if graph.threshold is None else 2]
    onnx_program = torch.onnx.export(
        program, input_names=[INPUT], output_names=list(outputs), dynamo=True, verbose=False
    )
    onnx_program.optimize()
    _forget_origin(onnx_program.model)
    onnx_program.model.metadata_props[KEY] = metadata.to_json()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / 'model.onnx'
        onnx_program.save(written)
        if calibration is not None:
            quantize(written, calibration, written := written.with_stem('int8'))
        if out.suffix == SUFFIXES['onnx']:
            shutil.copyfile(written, out)
            return
        import openvino

        converted = openvino.Core().read_model(written)
        converted.set_rt_info(metadata.to_json(), KEY)
        openvino.save_model(converted, out, compress_to_fp16=False)

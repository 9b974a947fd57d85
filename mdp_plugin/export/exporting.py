"""Write a detector graph in the formats that other programs run."""

import copy
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ..deploy.metadata import KEY, SUFFIXES, ExportMetadata
from ..deploy.seal import UNSEALED, seal
from ..installation import install_command
from .detector_graph import DetectorGraph
from .edge_formats import check_ncnn, write_mnn, write_ncnn
from .equalisation import equalise
from .onnx_graph import OPSET, check_opset, describe_onnx, write_onnx
from .quantization import quantize

#: Formats that are made from ONNX; those of them that compute in INT8.
_FROM_ONNX, _INT8 = ('onnx', 'openvino', 'mnn'), ('onnx', 'openvino')


def format_of(out: Path) -> str:
    """The format that the name of a file asks for.

    Args:
        out (Path): The file.

    Returns:
        str: A key of ``SUFFIXES``.

    Raises:
        ValueError: If it is none of them.
    """
    for name, suffix in SUFFIXES.items():
        if out.name.endswith(suffix):
            return name
    raise ValueError(f'{out}: the suffix must be one of {", ".join(SUFFIXES.values())}')


def exported_files(out: Path) -> list[Path]:
    """A file, and the one of its weights beside it if its format has one."""
    return [out, out.with_suffix('.bin')] if out.suffix in ('.xml', '.param') else [out]


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
    opset: int = OPSET,
) -> Path:
    """Write a graph; the format is that of the suffix.

    Args:
        graph (DetectorGraph): What to export.
        metadata (ExportMetadata): Its description, stored in the file.
        out (Path): File to write, '.onnx', '.xml' (OpenVINO, with a '.bin' beside it), '.pt2'
            (torch.export), '.ncnn.param' (ncnn, likewise) or '.mnn' (MNN).
        calibration (Iterable[np.ndarray], optional): Training frames (H, W), which fix the scales
            of a graph in INT8; its metadata should say 'int8'. Defaults to None: float32.
        opset (int): Version of ONNX's operators. Defaults to :data:`~.onnx_graph.OPSET`.

    Returns:
        Path: The file.

    Raises:
        ValueError: For another suffix, what a format cannot express, a failing converter,
            or without frames for INT8.
        ImportError: If the package of the format is not installed; names the command.
    """
    kind = format_of(out)
    check_opset(opset)
    if kind not in _INT8 and calibration is not None:
        raise ValueError(f'{out}: INT8 is for .onnx and .xml only')
    if kind == 'ncnn':
        check_ncnn(metadata, out)
    if kind == 'mnn' and metadata.frame_type == 'uint16':
        raise ValueError(f'{out}: MNN has no uint16; export with --frame-type float32')
    out.parent.mkdir(parents=True, exist_ok=True)
    if calibration is not None:
        calibration = list(calibration)
        if not calibration:
            raise ValueError('INT8 needs training images for its scales, and got none')
        graph = copy.deepcopy(graph)
        equalise(graph, map(torch.from_numpy, calibration))
    sealed = replace(metadata, seal=UNSEALED)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # The exporter speaks of its own versions and of constants that it folds.
        warnings.simplefilter('ignore')
        try:
            if kind in _FROM_ONNX:
                file = Path(folder) / 'model.onnx'
                write_onnx(_trace(graph.eval(), metadata), graph.threshold is not None, opset, file)
                if calibration is not None:
                    quantize(file, calibration, file := file.with_stem('int8'))
                _from_onnx(kind, file, opset, sealed, out)
            elif kind == 'ncnn':
                write_ncnn(graph.eval(), sealed, Path(folder), out)
            else:
                program = _trace(graph.eval(), metadata)
                torch.export.save(program, out, extra_files={KEY: metadata.to_json()})
        except ModuleNotFoundError as error:
            extra = 'edge' if kind in ('ncnn', 'mnn') else 'deploy'
            raise ImportError(f'{error}; run: {install_command(extra)}') from error
    seal(out)
    return out


def _from_onnx(kind: str, file: Path, opset: int, metadata: ExportMetadata, out: Path) -> None:
    """Bring a graph in ONNX into a format that is made of it, with its description."""
    if kind == 'onnx':
        describe_onnx(file, opset, metadata, out)
    elif kind == 'mnn':
        write_mnn(file, metadata, out)
    else:
        import openvino

        converted = openvino.Core().read_model(file)
        converted.set_rt_info(metadata.to_json(), KEY)
        openvino.save_model(converted, out, compress_to_fp16=False)

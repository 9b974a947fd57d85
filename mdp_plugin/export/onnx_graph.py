"""A traced detector graph as an ONNX file that old programs read, too."""

import re
from pathlib import Path
from typing import Any

import torch

from ..deploy.metadata import DIMENSIONS, INPUT, KEY, OUTPUTS, ExportMetadata

#: Version of ONNX's operators of a file, unless another one is asked for: that of runtimes since
#: 2022 (ONNX Runtime 1.12). Newer ones add nothing that the graph uses.
OPSET = 17
#: Versions that can be asked for, and the oldest one that PyTorch writes; older ones are converted.
OPSETS, _WRITTEN = range(17, 22), 18


def check_opset(opset: int) -> None:
    """Refuse a version of ONNX's operators that is not written.

    Raises:
        ValueError: If it is not.
    """
    if opset not in OPSETS:
        raise ValueError(f'opset must lie between {OPSETS[0]} and {OPSETS[-1]}, got {opset}')


def write_onnx(
    program: torch.export.ExportedProgram, with_mask: bool, opset: int, out: Path
) -> None:
    """Write a traced graph in ONNX, without a description.

    Args:
        program (torch.export.ExportedProgram): The graph.
        with_mask (bool): Whether it returns the mask, too.
        opset (int): Version of the operators, one of :data:`OPSETS`.
        out (Path): File to write.
    """
    from onnx import save, version_converter

    written = torch.onnx.export(
        program,
        input_names=[INPUT],
        output_names=list(OUTPUTS[: 2 if with_mask else 1]),
        opset_version=max(opset, _WRITTEN),
        dynamo=True,
        verbose=False,
    )
    written.optimize()
    _forget_origin(written.model)
    model = written.model_proto
    if opset < _WRITTEN:
        model = version_converter.convert_version(model, opset)
    _name_dimensions(model.graph)
    save(model, out)


def describe_onnx(file: Path, opset: int, metadata: ExportMetadata, out: Path) -> None:
    """Copy an ONNX file, with a description and the format's version that its operators need.

    Args:
        file (Path): The file.
        opset (int): Version of its operators.
        metadata (ExportMetadata): The description.
        out (Path): File to write.
    """
    import onnx

    model = onnx.load(file)
    # Programs refuse a newer version of the format than they know, whatever is in the file.
    model.ir_version = onnx.helper.find_min_ir_version_for([onnx.helper.make_opsetid('', opset)])
    del model.metadata_props[:]
    model.metadata_props.add(key=KEY, value=metadata.to_json())
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out)


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


def _name_dimensions(graph: Any) -> None:
    """Give free dimensions the names that a reader expects; the exporter numbers them.

    Args:
        graph (onnx.GraphProto): The graph; changed in place.
    """
    free = [dim.dim_param for dim in graph.input[0].type.tensor_type.shape.dim]
    names = {given: name for given, name in zip(free, DIMENSIONS, strict=True) if given}
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param:
                # Sizes inside are expressions of those of the frames, such as '(s45 + 1)//2'.
                dim.dim_param = re.sub(
                    r'\w+', lambda match: names.get(match[0], match[0]), dim.dim_param
                )

"""Formats of small machines: ncnn and MNN, written by their own converters."""

import shutil
import subprocess
import sys
from pathlib import Path

import torch

from ..deploy.metadata import INPUT, KEY, OUTPUTS, ExportMetadata
from .detector_graph import DetectorGraph

#: Calls MNN's converter itself. The command `mnnconvert` would also install a package, and report
#: to its makers what was converted.
_CONVERT_MNN = 'import sys, _tools; _tools.mnnconvert(sys.argv)'


def check_ncnn(metadata: ExportMetadata, out: Path) -> None:
    """Refuse what ncnn cannot express.

    Args:
        metadata (ExportMetadata): Description of the file.
        out (Path): The file.

    Raises:
        ValueError: If it cannot.
    """
    if metadata.frame_type != 'float32':
        raise ValueError(f'{out}: ncnn takes frames of float32 only (--frame-type float32)')
    if metadata.levels != 'full':
        raise ValueError(f'{out}: ncnn cannot measure levels; leave --levels auto out')
    if metadata.frame_size is None:
        raise ValueError(f'{out}: ncnn takes frames of one size; say which by --frame-size H W')
    if metadata.with_mask:
        raise ValueError(f'{out}: ncnn returns the probability only; leave --mask out')


def write_ncnn(graph: DetectorGraph, metadata: ExportMetadata, folder: Path, out: Path) -> None:
    """Write a graph for ncnn, with its description as a line after the last layer.

    ncnn reads as many layers as the file says, and nothing behind them.

    Args:
        graph (DetectorGraph): The graph, in eval mode, for frames of one size.
        metadata (ExportMetadata): The description.
        folder (Path): Folder for what the converter leaves.
        out (Path): File to write; that of the weights is put beside it.

    Raises:
        ImportError: If the converter is not installed.
        ValueError: If it fails.
    """
    import pnnx

    assert metadata.frame_size is not None
    height, width = metadata.frame_size
    traced = folder / 'model.pt'
    with torch.no_grad():
        torch.jit.trace(graph, torch.zeros(1, height, width)).save(str(traced))
    _convert(
        [pnnx.EXEC_PATH, traced.name, f'inputshape=[1,{height},{width}]', 'fp16=0'],
        folder / 'model.ncnn.param',
    )
    # The converter calls them in0 and out0, in every format the same would be better.
    names = {'in0': INPUT, 'out0': OUTPUTS[0]}
    lines = [
        ' '.join(names.get(word, word) for word in line.split())
        for line in (folder / 'model.ncnn.param').read_text().splitlines()
    ]
    shutil.copyfile(folder / 'model.ncnn.bin', out.with_suffix('.bin'))
    out.write_text('\n'.join([*lines, f'{KEY} {metadata.to_json()}']) + '\n')


def write_mnn(file: Path, metadata: ExportMetadata, out: Path) -> None:
    """Convert an ONNX file for MNN; its description is what MNN calls the business code.

    Args:
        file (Path): The ONNX file.
        metadata (ExportMetadata): The description.
        out (Path): File to write.

    Raises:
        ImportError: If the converter is not installed.
        ValueError: If it fails.
    """
    import MNN  # noqa: F401  (the converter is a part of it)

    made = file.with_suffix('.mnn')
    options = ['--modelFile', str(file), '--MNNModel', made.name, '--bizCode', metadata.to_json()]
    _convert([sys.executable, '-c', _CONVERT_MNN, '-f', 'ONNX', *options], made)
    shutil.copyfile(made, out)


def _convert(command: list[str], made: Path) -> None:
    """Run a converter in the folder of what it makes.

    Raises:
        ValueError: If it makes nothing.
    """
    done = subprocess.run(command, cwd=made.parent, capture_output=True, text=True, check=False)
    if done.returncode or not made.is_file():
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise ValueError(f'the converter to {made.suffix} files failed: {" / ".join(said)}')

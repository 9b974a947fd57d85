"""Does an exported file find what its network finds in PyTorch?"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import numpy as np
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ..deploy.metadata import ExportMetadata
from ..deploy.runtime import load_exported
from ..detection.sources import Source, read_frames
from ..engine.tool_config import load_tool_config, without_teacher
from ..evaluation.protocol import Protocol
from ..host.strict_loading import load_weights
from ..imaging.resampling import resize_image
from ..project_files import find_project_file
from .detector_graph import DetectorGraph
from .exporting import exported_files

#: Largest difference of a probability from PyTorch's that a file in float32 may have.
BOUND = 0.005
#: Targets that a file in INT8 may gain and lose together, for each one of PyTorch.
INT8_BOUND = 0.1


@dataclass
class Parity:
    """A file against PyTorch, over all frames.

    Attributes:
        frames (int): Frames.
        difference (float): Largest difference of a probability.
        targets (int): Targets that PyTorch found.
        gained (int): Targets of the file that PyTorch did not find.
        lost (int): Targets that the file did not find.
    """

    frames: int = 0
    difference: float = 0.0
    targets: int = 0
    gained: int = 0
    lost: int = 0

    def __str__(self) -> str:
        return (
            f'{self.frames} frames, largest difference from PyTorch {self.difference:.1e}; '
            f'{self.targets} targets, {self.gained} gained, {self.lost} lost'
        )


def _graph_of(config: str | Path, weights: str | Path, metadata: ExportMetadata) -> DetectorGraph:
    """The network in PyTorch, with everything around it that a file says of itself."""
    cfg = without_teacher(load_tool_config(config))
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    model = MODELS.build(cfg.model)
    load_weights(model, find_project_file(weights, 'weights'), config)
    measures = metadata.levels == 'auto'
    return DetectorGraph(
        model,
        metadata.size,
        metadata.frame_type,
        None if measures else metadata.white_level,
        interpolation=metadata.interpolation,
        black_level=metadata.black_level,
        levels=metadata.levels,
        polarity=metadata.polarity,
    ).eval()


def measure_parity(
    config: str | Path, weights: str | Path, file: Path, sources: Iterable[Source]
) -> Parity:
    """Run an exported file and its network in PyTorch on the same frames.

    Args:
        config (str | Path): The config.
        weights (str | Path): Its weights.
        file (Path): The exported file.
        sources (Iterable[Source]): Pictures and videos, whose frames are resized where the file
            takes those of one size only.

    Returns:
        Parity: What they differ by.

    Raises:
        OSError: If a frame or the file cannot be read.
        ValueError: If the file is damaged.
    """
    detector = load_exported(file, threads=torch.get_num_threads())
    about = detector.metadata
    graph = _graph_of(config, weights, about)
    levels = about.grey_levels
    protocol = Protocol(threshold=about.threshold, num_thresholds=None)
    parity = Parity()
    for source in sources:
        for image, _ in read_frames(source):
            grey = levels(image, source.name)
            if about.frame_size is not None:
                grey = resize_image(grey, about.frame_size[::-1])
            frame = about.to_frames(grey)
            with torch.inference_mode():
                expected = graph(torch.from_numpy(np.ascontiguousarray(frame))[None])[0].numpy()
            found = detector(frame)
            matches = protocol.match(found, protocol.decide(expected))
            parity.frames += 1
            parity.difference = max(parity.difference, float(np.abs(found - expected).max()))
            parity.targets += len(matches.is_found)
            parity.gained += matches.is_target.count(False)
            parity.lost += matches.is_found.count(False)
    return parity


def check_parity(
    config: str | Path,
    weights: str | Path,
    file: Path,
    sources: Iterable[Source],
    bound: float | None = None,
) -> Parity:
    """Measure parity, and remove a file that fails.

    Args:
        config (str | Path): See :func:`measure_parity`.
        weights (str | Path): See :func:`measure_parity`.
        file (Path): See :func:`measure_parity`.
        sources (Iterable[Source]): See :func:`measure_parity`.
        bound (float, optional): Largest difference of a probability. Defaults to None: for
            float32 :data:`BOUND`; INT8 is judged by its targets, see :data:`INT8_BOUND`.

    Returns:
        Parity: What they differ by.

    Raises:
        OSError: If a frame or the file cannot be read.
        ValueError: If the file fails; it is gone then.
    """
    parity = measure_parity(config, weights, file, sources)
    changed = parity.gained + parity.lost
    if bound is None and load_exported(file).metadata.precision == 'int8':
        fails, allowed = changed > INT8_BOUND * parity.targets, f'{INT8_BOUND:.0%} of the targets'
    else:
        bound = BOUND if bound is None else bound
        fails, allowed = not parity.difference <= bound, f'a difference of {bound:g}'
    if fails:
        for written in exported_files(file):
            written.unlink(missing_ok=True)
        raise ValueError(f'{file} fails and is removed: {parity}; allowed is {allowed}')
    return parity

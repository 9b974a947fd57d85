"""From a config and its weights to an exported file: what `mdpnet export` does."""

from collections.abc import Iterator
from pathlib import Path

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, MODELS

from ..datasets.dataset_config import parts_of, with_pipeline
from ..deploy.metadata import WHITE_LEVELS, ExportMetadata
from ..engine.config_faults import config_faults
from ..engine.tool_config import (
    load_tool_config,
    network_interpolation,
    network_levels,
    network_size,
    without_teacher,
)
from ..evaluation.false_alarms import FalseAlarms
from ..evaluation.operating_points import OperatingPoints
from ..host.strict_loading import load_weights
from ..imaging.grey_levels import GreyLevels, Polarity, Rule
from ..project_files import find_project_file
from ..version import __version__
from ..zoo.entries import sha256
from .detector_graph import DetectorGraph
from .exporting import export, format_of
from .onnx_graph import OPSET


def calibration_frames(cfg: Config, metadata: ExportMetadata, number: int) -> Iterator[np.ndarray]:
    """Training images as the frames of an exported file.

    Args:
        cfg (Config): The config; its test pipeline loads the images.
        metadata (ExportMetadata): The file's type and size of frames.
        number (int): How many, evenly spread over the training split.

    Yields:
        np.ndarray: A frame (H, W).
    """
    # Resizing is inside the file, and so frames keep their size unless it is fixed.
    pipeline = [
        step for step in cfg.test_dataloader.dataset.pipeline if step['type'] != 'AlignedResize'
    ]
    if metadata.frame_size is not None:
        pipeline.insert(-1, dict(type='AlignedResize', scale=metadata.frame_size[::-1]))
    dataset = DATASETS.build(with_pipeline(cfg.train_dataloader.dataset, pipeline))
    for index in np.linspace(0, len(dataset) - 1, min(number, len(dataset))).round().astype(int):
        yield metadata.to_frames(dataset[int(index)]['inputs'][0].float().numpy())


def _usual_levels(cfg: Config, frame_type: str) -> GreyLevels:
    """Levels of a file for which none are asked for."""
    # Floats are for programs that make grey levels themselves, and 8 bits are grey levels.
    own = network_levels(cfg)
    return own if frame_type == 'uint16' else GreyLevels(levels='full', polarity=own.polarity)


def export_trained(
    config: str | Path,
    weights: str | Path,
    out: str | Path,
    *,
    frame_type: str | None = None,
    black_level: float | None = None,
    white_level: float | None = None,
    levels: Rule | None = None,
    polarity: Polarity | None = None,
    frame_size: tuple[int, int] | None = None,
    size: tuple[int, int] | None = None,
    native: bool = False,
    mask: bool = False,
    threshold: float | None = None,
    operating_points: str | Path | OperatingPoints | None = None,
    false_alarms: str | FalseAlarms | None = None,
    precision: str = 'float32',
    calibration_images: int = 100,
    opset: int = OPSET,
) -> ExportMetadata:
    """Export a trained model; the format is that of the suffix.

    Args:
        config (str | Path): The config, absolute or as of
            :func:`~mdp_plugin.project_files.find_project_file`.
        weights (str | Path): Its weights, found in the same way.
        out (str | Path): File to write: '.onnx', '.xml' (OpenVINO), '.pt2' (torch.export),
            '.ncnn.param' (ncnn) or '.mnn' (MNN).
        frame_type (str, optional): 'uint8', 'uint16' or 'float32'. Defaults to None: 'uint8', or
            'float32' for ncnn, which has no other.
        black_level (float, optional): Value of a frame that is black. Defaults to None.
        white_level (float, optional): Value of a frame that is white. Defaults to None.
        levels (str, optional): Where neither is given, 'auto' lets the file measure them in each
            frame, and 'full' takes the type's range (float32: 0 to 255). Defaults to None: those
            of the config for uint16, which are 'auto' unless it says otherwise, else 'full'.
        polarity (str, optional): 'white-hot' or 'black-hot'. Defaults to None: as the config says.
        frame_size (tuple[int, int], optional): Height and width of the frames, one at a time,
            which is faster. Defaults to None: any number and size.
        size (tuple[int, int], optional): Height and width inside the network. Defaults to None:
            that of the config's test pipeline.
        native (bool): Whether the network runs at the frame's own size instead. Defaults to
            False.
        mask (bool): Return the thresholded mask, too. Defaults to False.
        threshold (float, optional): Probability above which a pixel is a target. Defaults to None:
            that of ``false_alarms``, of the operating points, or 0.5.
        operating_points (str | Path | OperatingPoints, optional): What goes into the file as known
            of thresholds and confidence. Defaults to None: those beside the weights, if any.
        false_alarms (str | FalseAlarms, optional): Take the threshold that kept this rate where
            the operating points were measured. Defaults to None.
        precision (str): 'float32' or 'int8', which takes its scales from training images.
            Defaults to 'float32'.
        calibration_images (int): Number of those images. Defaults to 100.
        opset (int): Version of ONNX's operators. Defaults to 17, which old runtimes read.

    Returns:
        ExportMetadata: The description that the file carries.

    Raises:
        FileNotFoundError: If config, weights or, for INT8, training images do not exist.
        ImportError: If the package of the format is not installed; names the command.
        ValueError: If two options exclude each other, one has an impossible value, or a converter
            fails.
    """
    if native and size is not None:
        raise ValueError('size and native exclude each other')
    if min((*(frame_size or ()), *(size or ()), 32)) < 32:
        raise ValueError('the size of frame and network must be 32 pixels or more on each side')
    if precision not in ('float32', 'int8'):
        raise ValueError(f"precision must be 'float32' or 'int8', got {precision!r}")
    if calibration_images < 1:
        raise ValueError(f'INT8 needs one calibration image or more, got {calibration_images}')
    if threshold is not None and false_alarms is not None:
        raise ValueError('threshold and false_alarms both choose the threshold; leave one out')
    if isinstance(operating_points, (str, Path)):
        operating_points = OperatingPoints.load(operating_points)
    out = Path(out)
    frame_type = frame_type or ('float32' if format_of(out) == 'ncnn' else 'uint8')
    cfg = load_tool_config(config)
    weights = find_project_file(weights, 'weights')
    with config_faults(config):
        cfg = without_teacher(cfg)
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        model = MODELS.build(cfg.model)
        interpolation = network_interpolation(cfg)
        if not native:
            size = size or network_size(cfg)
    load_weights(model, weights, config)
    points = operating_points or OperatingPoints.beside(weights)
    if false_alarms is not None:
        if points is None:
            raise ValueError(
                f'no operating points are known of "{weights}"; `mdpnet evaluate --calibrate` '
                'measures them'
            )
        threshold = points.threshold_for(false_alarms)
    elif threshold is None:
        threshold = points.threshold if points else 0.5
    if levels is None and (black_level is not None or white_level is not None):
        levels = 'full'
    grey = _usual_levels(cfg, frame_type).updated(black_level, white_level, levels, polarity)
    graph = DetectorGraph(
        model, size, frame_type, grey.white_level, threshold if mask else None, interpolation,
        black_level=grey.black_level or 0.0, levels=grey.rule, polarity=grey.polarity,
    )  # fmt: skip
    metadata = ExportMetadata(
        name=Path(config).stem,
        data_set=', '.join(
            Path(part.data_root).name for part in parts_of(cfg.train_dataloader.dataset)
        ),
        frame_type=frame_type,
        white_level=grey.white_level or WHITE_LEVELS[frame_type],
        frame_size=frame_size,
        size=size,
        threshold=threshold,
        with_mask=mask,
        weights_sha256=sha256(weights),
        precision=precision,
        version=__version__,
        operating_points=None if points is None else points.to_dict(),
        interpolation=interpolation,
        black_level=grey.black_level or 0.0,
        levels=grey.rule,
        polarity=grey.polarity,
    )
    frames = None
    if precision == 'int8':
        frames = calibration_frames(cfg, metadata, calibration_images)
    export(graph, metadata, out, frames, opset)
    return metadata

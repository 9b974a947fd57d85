"""Export a trained model: `export.py CONFIG WEIGHTS OUT`, OUT ending in .onnx, .xml or .pt2.

The file takes raw frames and gives probabilities: grey levels, resize, normalisation and sigmoid
are inside, and so is a description (data set, frame type, threshold, SHA-256 of the weights).
Number, height and width of the frames are free unless --frame-size fixes them.

INT8 takes its scales from training images, which must be at hand.

Example:
    python tools/deployment/export.py configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst.onnx
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmseg.registry import DATASETS, MODELS

from mdp_plugin.datasets.dataset_config import parts_of, with_pipeline
from mdp_plugin.deploy import ExportMetadata
from mdp_plugin.engine.tool_config import load_tool_config, network_interpolation, network_size
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.export.detector_graph import FRAME_TYPES, DetectorGraph
from mdp_plugin.export.exporting import export
from mdp_plugin.project_files import find_project_file
from mdp_plugin.version import __version__
from mdp_plugin.zoo.entries import sha256


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('weights', help='path of the weights')
    parser.add_argument('out', type=Path, help='file to write: .onnx, .xml (OpenVINO) or .pt2')
    parser.add_argument(
        '--frame-type', choices=sorted(FRAME_TYPES), default='uint8', help='default: uint8'
    )
    parser.add_argument(
        '--white-level', type=float, help="value that is white; default: the type's largest"
    )
    parser.add_argument(
        '--frame-size', type=int, nargs=2, metavar=('H', 'W'),
        help='for single frames of this size only, which is faster; default: any number and size',
    )  # fmt: skip
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        '--size', type=int, nargs=2, metavar=('H', 'W'),
        help="the network's input size; default: that of the config's test pipeline",
    )  # fmt: skip
    size.add_argument(
        '--native', action='store_true', help="run the network at the frame's own size"
    )
    parser.add_argument('--mask', action='store_true', help='return the thresholded mask, too')
    parser.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
    parser.add_argument(
        '--precision', choices=('float32', 'int8'), default='float32', help='default: float32'
    )
    parser.add_argument(
        '--calibration-images', type=int, default=100, metavar='N',
        help='training images from which INT8 takes its scales; default: 100',
    )  # fmt: skip
    args = parser.parse_args(argv)
    if args.calibration_images < 1:
        parser.error('--calibration-images must be positive')
    if min((*(args.frame_size or ()), *(args.size or ()), 32)) < 32:
        parser.error('--frame-size and --size need 32 pixels or more on each side')
    return args


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


def main(argv: list[str] | None = None) -> None:
    """Export one model and print where it is."""
    args = parse_args(argv)
    cfg = load_tool_config(args.config)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    weights = find_project_file(args.weights, 'weights')
    model = MODELS.build(cfg.model)
    load_checkpoint(model, str(weights), map_location='cpu', strict=True)
    size = None if args.native else tuple(args.size) if args.size else network_size(cfg)
    threshold = args.threshold if args.mask else None
    points = OperatingPoints.beside(weights)
    interpolation = network_interpolation(cfg)
    graph = DetectorGraph(model, size, args.frame_type, args.white_level, threshold, interpolation)
    metadata = ExportMetadata(
        name=Path(args.config).stem,
        data_set=', '.join(
            Path(part.data_root).name for part in parts_of(cfg.train_dataloader.dataset)
        ),
        frame_type=args.frame_type,
        white_level=args.white_level or FRAME_TYPES[args.frame_type][1],
        frame_size=tuple(args.frame_size) if args.frame_size else None,
        size=size,
        threshold=args.threshold,
        with_mask=args.mask,
        weights_sha256=sha256(weights),
        precision=args.precision,
        version=__version__,
        operating_points=points and points.to_dict(),
        interpolation=interpolation,
    )
    frames = None
    if args.precision == 'int8':
        frames = calibration_frames(cfg, metadata, args.calibration_images)
    out = export(graph, metadata, args.out, frames)
    print(f'{out}: {replace(metadata, operating_points=None).to_json()}')


if __name__ == '__main__':
    main()

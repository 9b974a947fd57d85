"""Export a trained model: `export.py CONFIG WEIGHTS OUT`, OUT ending in .onnx, .xml or .pt2.

The file takes raw frames and gives probabilities: grey levels, resize, normalisation and sigmoid
are inside, and so is a description (data set, frame type, threshold, SHA-256 of the weights).
Number, height and width of the frames are free.

Example:
    python tools/deployment/export.py configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst.onnx
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmseg.registry import MODELS

from mdp_plugin.deploy import DetectorGraph, ExportMetadata, export
from mdp_plugin.deploy.detector_graph import FRAME_TYPES
from mdp_plugin.engine.tool_config import load_tool_config
from mdp_plugin.engine.zoo import sha256
from mdp_plugin.project_files import find_project_file
from mdp_plugin.version import __version__


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
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Export one model and print where it is."""
    args = parse_args(argv)
    cfg = load_tool_config(args.config)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    weights = find_project_file(args.weights, 'weights')
    model = MODELS.build(cfg.model)
    load_checkpoint(model, str(weights), map_location='cpu', strict=True)
    size = None if args.native else tuple(args.size or tuple(cfg.scale)[::-1])
    threshold = args.threshold if args.mask else None
    graph = DetectorGraph(model, size, args.frame_type, args.white_level, threshold)
    metadata = ExportMetadata(
        name=Path(args.config).stem,
        data_set=Path(cfg.test_dataloader.dataset.data_root).name,
        frame_type=args.frame_type,
        white_level=args.white_level or FRAME_TYPES[args.frame_type][1],
        size=size,
        threshold=args.threshold,
        with_mask=args.mask,
        weights_sha256=sha256(weights),
        precision='float32',
        version=__version__,
    )
    out = export(graph.eval(), metadata, args.out)
    print(f'{out}: {metadata.to_json()}')


if __name__ == '__main__':
    main()

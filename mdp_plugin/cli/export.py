r"""Write a trained model as a file that runs without PyTorch: .onnx, .xml (OpenVINO) or .pt2.

The file takes raw frames and gives probabilities: grey levels, resize, normalisation and sigmoid
are inside, and so is a description (data set, frame type, threshold, SHA-256 of the weights).
Number, height and width of the frames are free unless --frame-size fixes them.

INT8 takes its scales from training images, which must be at hand.

Example:
    mdpnet export configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst.onnx
"""

import argparse
from dataclasses import replace
from pathlib import Path

from ..deploy.metadata import WHITE_LEVELS
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate, tell_doubt
from .level_arguments import add_level_arguments, level_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('config', help='path of the config')
    parser.add_argument('weights', help='path of the weights')
    parser.add_argument('out', type=Path, help='file to write: .onnx, .xml (OpenVINO) or .pt2')
    parser.add_argument(
        '--frame-type', choices=sorted(WHITE_LEVELS), default='uint8', help='default: uint8'
    )
    add_level_arguments(parser, 'for uint16 as the config says, else auto; full for the others')
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
    parser.add_argument(
        '--threshold', type=float, help="default: the operating points', usually 0.5"
    )
    add_false_alarm_arguments(parser, 'take the threshold that kept this rate on val')
    parser.add_argument(
        '--operating-point', type=Path, metavar='FILE',
        help='what `mdpnet evaluate` or `calibrate` has measured; default: that of the weights',
    )  # fmt: skip
    parser.add_argument(
        '--precision', choices=('float32', 'int8'), default='float32', help='default: float32'
    )
    parser.add_argument(
        '--calibration-images', type=int, default=100, metavar='N',
        help='training images from which INT8 takes its scales; default: 100',
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Export the model, and print where it is and how it describes itself."""
    from ..evaluation.operating_points import OperatingPoints
    from ..export.trained_model import export_trained

    asked = asked_rate(args)
    metadata = export_trained(
        args.config,
        args.weights,
        args.out,
        frame_type=args.frame_type,
        **level_options(args),
        frame_size=tuple(args.frame_size) if args.frame_size else None,
        size=tuple(args.size) if args.size else None,
        native=args.native,
        mask=args.mask,
        threshold=args.threshold,
        operating_points=args.operating_point,
        false_alarms=asked,
        precision=args.precision,
        calibration_images=args.calibration_images,
    )
    if metadata.operating_points is not None:
        points = OperatingPoints.from_dict(metadata.operating_points, str(args.out))
        tell_doubt(points, asked, metadata.threshold)
    print(f'{args.out}: {replace(metadata, operating_points=None).to_json()}')
    return 0

r"""Write a trained model as files that run without PyTorch or OpenMMLab.

The suffix chooses the format: .onnx, .xml (OpenVINO), .pt2 (torch.export), .ncnn.param (ncnn) or
.mnn (MNN); --format writes several at once. --check runs what was written on frames.

The file takes raw frames and gives probabilities: grey levels, resize, normalisation and sigmoid
are inside, and so is a description (data set, frame type, threshold, SHA-256 of the weights).
Number, height and width of the frames are free unless --frame-size fixes them.

INT8 takes its scales from training images, which must be at hand.

Example:
    mdpnet export configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst.onnx
    mdpnet export configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst \
        --format onnx mnn --check data/SIRST/images
"""

import argparse
from dataclasses import replace
from pathlib import Path

from ..deploy.metadata import SUFFIXES, WHITE_LEVELS
from ..detection.sources import find_sources
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate, tell_doubt
from .level_arguments import add_level_arguments, level_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('config', help='path of the config')
    parser.add_argument('weights', help='path of the weights')
    parser.add_argument(
        'out', type=Path,
        help='file to write: .onnx, .xml, .pt2, .ncnn.param or .mnn; with --format without suffix',
    )  # fmt: skip
    parser.add_argument(
        '--format', nargs='+', choices=SUFFIXES, metavar='NAME',
        help=f'write OUT in several formats: {", ".join(SUFFIXES)}',
    )  # fmt: skip
    parser.add_argument(
        '--check', nargs='+', metavar='FRAMES',
        help='compare with PyTorch on these images, folders or videos; a file that fails goes',
    )  # fmt: skip
    parser.add_argument(
        '--bound', type=float, metavar='P',
        help='largest difference of a probability that --check allows; default: 0.005, and of INT8 '
        'any, if no more than a tenth of the targets changes',
    )  # fmt: skip
    parser.add_argument(
        '--frame-type', choices=sorted(WHITE_LEVELS), help='default: uint8, for ncnn float32'
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
    parser.add_argument(
        '--opset', type=int, default=17, metavar='N',
        help="version of ONNX's operators, 17 to 21; default: 17, which old runtimes read",
    )  # fmt: skip


def _files(args: argparse.Namespace) -> list[Path]:
    """The files to write.

    Raises:
        ValueError: If OUT has a suffix beside --format.
    """
    if args.format is None:
        return [args.out]
    if args.out.name.endswith(tuple(SUFFIXES.values())):
        raise ValueError(f'--format names the suffixes; leave that of {args.out} out')
    return [args.out.with_name(args.out.name + SUFFIXES[name]) for name in args.format]


def run(args: argparse.Namespace) -> int:
    """Export the model, and print where it is and how it describes itself."""
    if args.bound is not None and not (args.check and 0 < args.bound <= 1):
        raise ValueError('--bound is a probability above 0, and needs --check')
    frames = find_sources(args.check) if args.check else None
    from ..evaluation.operating_points import OperatingPoints
    from ..export.parity import check_parity
    from ..export.trained_model import export_trained

    asked = asked_rate(args)
    for out in _files(args):
        metadata = export_trained(
            args.config,
            args.weights,
            out,
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
            opset=args.opset,
        )
        if metadata.operating_points is not None:
            points = OperatingPoints.from_dict(metadata.operating_points, str(out))
            tell_doubt(points, asked, metadata.threshold)
        print(f'{out}: {replace(metadata, operating_points=None).to_json()}')
        if frames is not None:
            print(f'{out}: {check_parity(args.config, args.weights, out, frames, args.bound)}')
    return 0

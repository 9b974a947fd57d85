r"""Score predictions of any program, or a detector, against true masks, by the field's protocol.

PREDICTIONS is a folder of masks or probabilities: pictures of 8 bit (255 is 1) or 16 bit (65535
is 1), masks of 0 and 1 if all of the folder are, or arrays of 0..1 (.npy). A prediction belongs
to the truth of the same name; suffixes as `_pixels0` of the truths' names do not count.
With --images it is a detector instead, as `mdpnet detect` and `mdpnet report` name it.

With --false-alarms the lowest threshold that keeps a rate of false alarms is looked for, and with
it or --calibrate confidence is calibrated: OUT/operating_points.json holds both, for `mdpnet detect
--operating-point`. Use images that were not trained on and will not be tested on. Of frames without
targets alone `mdpnet calibrate` needs no masks.

Example:
    mdpnet evaluate predictions/ data/SIRST/masks --out figures
    mdpnet evaluate mdpnet-sirst data/SIRST/masks --images data/SIRST/images \
        --names data/SIRST/idx_427/val.txt --out val --false-alarms 0.1/frame
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..whole_files import write_whole
from ..wording import counted
from .false_alarm_arguments import add_false_alarm_arguments, asked_rate, tell_doubt
from .level_arguments import add_level_arguments, level_options
from .output import add_json_argument, progress, tell

if TYPE_CHECKING:
    from ..evaluation.calibration import Calibration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('predictions', help='folder of masks or probabilities; or see --images')
    parser.add_argument('truths', type=Path, help='folder of true masks')
    parser.add_argument(
        '--images', type=Path, help='folder of images: PREDICTIONS is the detector to run on them'
    )
    parser.add_argument('--names', type=Path, metavar='FILE', help='split: score these images only')
    parser.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
    parser.add_argument(
        '--eval-size', type=int, nargs=2, metavar=('H', 'W'), help='resize both before scoring'
    )
    parser.add_argument('--connectivity', type=int, choices=(4, 8), default=8, help='default: 8')
    parser.add_argument('--distance', type=float, default=3.0, help='limit in pixels; default: 3')
    parser.add_argument('--no-curves', action='store_true', help='leave AUC and AP out: faster')
    parser.add_argument('--out', type=Path, help='folder for the figures (JSON)')
    add_false_alarm_arguments(parser, 'find the threshold that keeps this rate')
    parser.add_argument(
        '--calibrate', action='store_true', help='calibrate confidence at --threshold'
    )
    add_level_arguments(parser)
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Score, print the table and write the figures."""
    wants_points = args.calibrate or args.false_alarms is not None
    if wants_points and (args.out is None or args.no_curves):
        raise ValueError('--false-alarms and --calibrate need --out, and the curves')
    # Their imports take a second, which `mdpnet --help` need not.
    from ..detection import parse_detector_name
    from ..evaluation.calibration import points_of_evaluation
    from ..evaluation.evaluating import evaluate_pairs
    from ..evaluation.figures import without_nan
    from ..evaluation.protocol import Protocol
    from ..evaluation.scored_images import ScoredImages

    asked = asked_rate(args)
    protocol = Protocol(
        threshold=args.threshold,
        connectivity=args.connectivity,
        distance_thr=args.distance,
        eval_size=tuple(args.eval_size) if args.eval_size else None,
        num_thresholds=None if args.no_curves else 200,
    )
    named = parse_detector_name(args.predictions)
    scored = ScoredImages(
        named.path
        if args.images is None
        else named.open(threads=args.threads, **level_options(args)),
        args.truths,
        images=args.images,
        names=args.names,
        fit_masks=protocol.eval_size is None,
    )
    evaluation = evaluate_pairs(progress(args, scored, 'image'), protocol)
    for remark in scored.remarks():
        print(remark, file=sys.stderr)
    print(evaluation)
    content = evaluation.to_dict()
    content = without_nan({key: content[key] for key in ('figures', 'errors', 'protocol')})
    written = []
    if args.out:
        written.append(args.out / 'figures.json')
        write_whole(written[0], f'{json.dumps(content, indent=1)}\n'.encode())
        print(f'figures: {written[0]}')
    if wants_points:
        points, calibration = points_of_evaluation(
            evaluation, progress(args, scored, 'image'), scored.data, asked
        )
        file = args.out / 'operating_points.json'
        points.save(file)
        written.append(file)
        outcome = points.outcome(points.threshold)
        print(f'threshold {points.threshold:.6g}: {outcome}; {_told(calibration)}')
        print(f'operating points: {file}')
        tell(args, threshold=points.threshold)
        tell_doubt(points, asked, points.threshold)
    tell(args, **content, written=written)
    return 0


def _told(calibration: 'Calibration | None') -> str:
    """What is known of the confidence, in words."""
    if calibration is None:
        return 'nothing is predicted, so the confidence is not known'
    return (
        f'confidence of {counted(len(calibration.is_target), "component")}, '
        f'{sum(calibration.is_target)} of them on targets, off by '
        f'{100 * calibration.reliability.error:.1f} % on average'
    )

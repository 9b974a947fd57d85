"""Measure what tracking is worth on synthetic sequences: false alarms, targets, numbers.

Example:
    python tools/analysis_tools/track_experiment.py --model mdpnet-sirst mdpnet --seeds 0 1 2
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.detection import Tracking, parse_detector_name
from mdp_plugin.detection.tracking import parse_confirm
from mdp_plugin.experiments.tracks import TrackOutcome, measure_tracks
from mdp_plugin.synthesis import PRESETS, SceneSettings, SequenceGenerator, SequenceSettings
from mdp_plugin.zoo.entries import DEFAULT_MODEL


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', nargs='+', default=[DEFAULT_MODEL], help='the detectors')
    parser.add_argument(
        '--confirm', nargs='+', default=['2/3', '3/5', '5/8'], metavar='M/N', help='ways to confirm'
    )
    parser.add_argument('--radius', type=float, default=Tracking().radius, help='in pixels')
    parser.add_argument('--coast', type=int, default=Tracking().coast, help='in frames')
    parser.add_argument('--sequences', type=int, default=20, help='of each seed; default: 20')
    parser.add_argument('--frames', type=int, default=100, help='of each sequence; default: 100')
    parser.add_argument(
        '--size', type=int, nargs=2, default=(256, 256), metavar=('HEIGHT', 'WIDTH')
    )
    parser.add_argument(
        '--preset', default='plain', choices=PRESETS, help='of the scenes; default: plain'
    )
    parser.add_argument(
        '--noise', type=float, nargs=2, metavar=('MIN', 'MAX'), help='of each frame, in levels'
    )
    parser.add_argument(
        '--no-bad-pixels', action='store_true', help='as after `detect --ignore-mask`'
    )
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], help='default: 0 1 2')
    parser.add_argument('--rate', type=float, default=25, help='frames a second; default: 25')
    parser.add_argument('--threshold', type=float, help="default: the model's")
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')
    return parser.parse_args()


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over the seeds."""
    mean = f'{statistics.mean(values):.0f}'
    return f'{mean} ± {statistics.stdev(values):.0f}' if len(values) > 1 else mean


def row_of(outcomes: Sequence[TrackOutcome], rate: float, *, tracked: bool) -> list[str]:
    """Cells of one way to follow targets, of the outcomes of all seeds."""
    total = TrackOutcome(*map(sum, zip(*outcomes, strict=True)))
    numbered = [
        spread([seed.an_hour(seed.false_tracks, rate) for seed in outcomes]),
        str(total.switches),
    ]
    return [
        f'{100 * total.places_found / total.places:.1f} %',
        f'{total.targets_found} of {total.targets}',
        spread([seed.an_hour(seed.false, rate) for seed in outcomes]),
        *(numbered if tracked else ['', '']),
    ]


def main() -> None:
    """Run the tool."""
    args = parse_args()
    trackings: dict[str, Tracking | None] = {'none': None}
    try:
        for text in args.confirm:
            trackings[text] = Tracking(parse_confirm(text), args.radius, args.coast)
        scene = SceneSettings.preset(args.preset, size=tuple(args.size))
        sensor = scene.sensor
        if args.noise is not None:
            sensor = replace(sensor, noise=args.noise)
        if args.no_bad_pixels:
            sensor = replace(sensor, hot_pixels=(0, 0), dead_pixels=(0, 0))
        settings = SequenceSettings(replace(scene, sensor=sensor), args.frames)
        options = dict(threshold=args.threshold, threads=args.threads)
        detectors = {name: parse_detector_name(name).open(**options) for name in args.model}
    except (ImportError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f'error: {error}') from error
    head = [
        'network', 'confirmed', 'found, of all frames', 'targets found',
        'false alarms an hour', 'false tracks an hour', 'changed numbers',
    ]  # fmt: skip
    print(f'| {" | ".join(head)} |\n| --- | --- |{" ---: |" * 5}')
    for name, detector in detectors.items():
        of_seeds = [
            measure_tracks(detector, SequenceGenerator(settings, seed), args.sequences, trackings)
            for seed in args.seeds
        ]
        for way, tracking in trackings.items():
            outcomes = [seed[way] for seed in of_seeds]
            cells = row_of(outcomes, args.rate, tracked=tracking is not None)
            print(f'| {" | ".join([name, way, *cells])} |', flush=True)


if __name__ == '__main__':
    main()

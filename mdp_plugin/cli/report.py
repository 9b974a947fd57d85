"""Write a report on one or several detectors: one HTML file with figures, curves and galleries.

A DETECTOR is a name in the zoo, CONFIG,WEIGHTS, an exported file, or a folder of predictions as
`mdpnet evaluate` reads them; LABEL= in front of it is what the report calls it. The images are the
test split of the first detector's config, or those of --images and --truths. Beside the page stand
its tables as CSV and LaTeX.

Example:
    mdpnet report mdpnet-sirst --out report.html
    mdpnet report mdpnet-sirst sirst.onnx others=masks_of_others/ --images images/ --truths masks/
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from ..detection import DetectorName, parse_detector_name
from ..zoo.entries import find_entry

#: Images whose surfaces are shown.
SURFACES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-command's arguments."""
    parser.add_argument('detectors', nargs='+', metavar='DETECTOR', help='see above')
    parser.add_argument(
        '--out', type=Path, default=Path('report.html'), help='default: report.html'
    )
    parser.add_argument('--images', type=Path, help='folder of images')
    parser.add_argument('--truths', type=Path, help='folder of their true masks')
    parser.add_argument('--threshold', type=float, default=0.5, help='default: 0.5')
    parser.add_argument(
        '--square', type=int, metavar='SIDE', help="second protocol; default: the config's size"
    )
    parser.add_argument(
        '--pictures', type=Path, metavar='DIR',
        help='also write the curves and a sheet of all misses and false alarms there, as PNG',
    )  # fmt: skip
    parser.add_argument('--title', help='default: the data set')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')


def _config_of(named: DetectorName) -> str | None:
    """The config behind a detector, if it has one."""
    if named.kind == 'config':
        return named.path
    try:
        return find_entry(named.path)['Config']
    except KeyError:
        return None


def run(args: argparse.Namespace) -> int:
    """Score the detectors and write the report."""
    if (args.images is None) != (args.truths is None):
        raise ValueError('--images and --truths belong together')
    from ..evaluation.scored_files import MASK_ENDINGS, files_by_name
    from ..report.page import write_page, write_pictures, write_tables
    from ..report.scoring import Sample, score_detector
    from .predictors import open_predictor

    # isort: split
    from mmengine.registry import init_default_scope
    from mmseg.registry import DATASETS

    from ..engine.tool_config import load_tool_config

    detectors = [parse_detector_name(text) for text in args.detectors]
    labels = [named.label for named in detectors]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ValueError(f'two detectors are called "{twice}"; put LABEL= in front of one')
    config = _config_of(detectors[0])
    cfg = None if config is None else load_tool_config(config)
    if args.images is not None:
        truths = files_by_name(args.truths, endings=MASK_ENDINGS)
        images = files_by_name(args.images)
        missing = sorted(set(images) - set(truths))
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} images have no mask in "{args.truths}": {", ".join(missing[:5])}'
            )
        samples = [Sample(name, file, truths[name]) for name, file in images.items()]
        title = args.images.resolve().name
    elif cfg is not None:
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        dataset = DATASETS.build(cfg.test_dataloader.dataset)
        files = [dataset.get_data_info(index) for index in range(len(dataset))]
        pairs = [(Path(file['img_path']), Path(file['seg_map_path'])) for file in files]
        samples = [Sample(image.stem, image, mask) for image, mask in pairs]
        title = Path(cfg.test_dataloader.dataset.data_root).name
    else:
        raise ValueError('the first detector has no config, so --images and --truths are needed')
    square = args.square or (256 if cfg is None else cfg.scale[0])
    scores, predictors = [], {}
    for named in detectors:
        predictors[named.label] = predictor = open_predictor(named, threads=args.threads)
        scores.append(
            score_detector(
                named.label,
                predictor,
                samples,
                square,
                args.threshold,
                predictor.interpolation,
                predictor.confidence,
                lambda items, name=named.label: tqdm(items, desc=name, unit='image'),
            )
        )
    # Where detectors fail most there is most to see.
    trouble = [mistake.image for score in scores for mistake in score.mistakes]
    order = sorted(samples, key=lambda sample: -trouble.count(sample.name))
    surfaces = []
    for sample in order[:SURFACES]:
        grey, _ = sample.read()
        responses = {name: predict(grey, sample.name) for name, predict in predictors.items()}
        surfaces.append((sample.name, grey, responses))
    write_page(scores, surfaces, args.title or title, args.threshold, args.out)
    tables = args.out.with_suffix('.csv'), args.out.with_suffix('.tex')
    write_tables(scores, *tables)
    print(f'report: {args.out}; tables: {tables[0]}, {tables[1]}')
    if args.pictures is not None:
        pictures = write_pictures(scores, args.threshold, args.pictures)
        print(f'pictures: {", ".join(map(str, pictures))}')
    return 0

"""Write a report on one or several detectors: one HTML file with figures, curves and galleries.

A DETECTOR is a name in the zoo, a config and its weights joined by a comma, an exported file, or a
folder of predictions as `mdpnet evaluate` reads them. The images are the test split of the first
detector's config, or those of --images and --truths. Beside the page stand its tables as CSV and
LaTeX.

Example:
    mdpnet report mdpnet-sirst --out report.html
    mdpnet report mdpnet-sirst sirst.onnx masks_of_others/ --images images/ --truths masks/
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..detection import TargetDetector
from ..detection.sources import IMAGE_SUFFIXES
from .evaluate import MASK_ENDINGS, files_by_name, read_prediction

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
    parser.add_argument('--title', help='default: the data set')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one a core')


class _Folder:
    """Predictions that another program has written."""

    def __init__(self, folder: Path) -> None:
        self._files = files_by_name(folder, (*IMAGE_SUFFIXES, '.npy'), MASK_ENDINGS)
        self._folder = folder

    def __call__(self, grey: np.ndarray, name: str) -> np.ndarray:
        if name not in self._files:
            raise FileNotFoundError(f'"{self._folder}" has no prediction for "{name}"')
        return read_prediction(self._files[name])


class _Detector:
    """A detector of this project, on grey levels that are read already."""

    def __init__(self, text: str, threads: int | None) -> None:
        model, _, weights = text.partition(',')
        self._detector = TargetDetector(model, weights or None, threads=threads)

    def __call__(self, grey: np.ndarray, name: str) -> np.ndarray:
        return self._detector(grey).probability


def _config_of(text: str) -> str | None:
    """The config behind a detector, if it has one."""
    from ..engine.zoo import find_entry

    model = text.partition(',')[0]
    if model.endswith('.py'):
        return model
    try:
        return find_entry(model)['Config']
    except KeyError:
        return None


def run(args: argparse.Namespace) -> int:
    """Score the detectors and write the report."""
    if (args.images is None) != (args.truths is None):
        raise ValueError('--images and --truths belong together')
    from ..report.page import write_page, write_tables
    from ..report.scoring import Sample, score_detector

    # isort: split
    from mmengine.registry import init_default_scope
    from mmseg.registry import DATASETS

    from ..engine.tool_config import load_tool_config

    config = _config_of(args.detectors[0])
    cfg = None if config is None else load_tool_config(config)
    if args.images is not None:
        truths = files_by_name(args.truths, IMAGE_SUFFIXES, MASK_ENDINGS)
        images = files_by_name(args.images, IMAGE_SUFFIXES, ())
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
    for text in args.detectors:
        folder = Path(text)
        name = folder.name if folder.exists() else text.partition(',')[0]
        if name in predictors:
            raise ValueError(f'two detectors are called "{name}"')
        predictors[name] = _Folder(folder) if folder.is_dir() else _Detector(text, args.threads)
        scores.append(
            score_detector(
                name,
                predictors[name],
                samples,
                square,
                args.threshold,
                not folder.is_dir(),
                lambda items, name=name: tqdm(items, desc=name, unit='image'),
            )  # fmt: skip
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
    return 0

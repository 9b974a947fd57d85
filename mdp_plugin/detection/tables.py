"""Detections as tables: CSV, JSON, and both of COCO's forms."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from ..version import __version__
from .written_files import whole_text

#: Makes frames as :meth:`~mdp_plugin.detection.records.DetectionRecord.lines` yields them, once
#: for each pass over them.
Lines = Callable[[], Iterator[dict[str, Any]]]

#: Columns of the CSV table.
COLUMNS = (
    'file', 'frame', 'seconds', 'x', 'y', 'left', 'top', 'width', 'height', 'area', 'peak', 'mean',
    'scr', 'confidence', 'track_id',
)  # fmt: skip


def write_csv(lines: Lines, path: Path) -> None:
    """Write one line for each target.

    Args:
        lines (Callable): The frames.
        path (Path): File to write.

    Raises:
        WriteError: If it cannot be written.
    """
    with whole_text(path) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in lines():
            where = [line['file'], line['frame'], line['seconds']]
            for t in line['targets']:
                values = [t[key] for key in COLUMNS[-6:]]
                writer.writerow([*where, t['x'], t['y'], *t['box'], *values])


def write_json(lines: Lines, path: Path) -> None:
    """Write a list with one object for each frame, with those that hold nothing, too.

    Args:
        lines (Callable): The frames.
        path (Path): File to write.

    Raises:
        WriteError: If it cannot be written.
    """
    with whole_text(path) as file:
        _write_list(file, lines())
        file.write('\n')


def _write_list(file: IO[str], items: Iterable[dict[str, Any]]) -> None:
    """Write a JSON list without holding it in memory."""
    file.write('[')
    for index, item in enumerate(items):
        file.write(',\n' if index else '\n')
        file.write(json.dumps(item))
    file.write('\n]')


def write_coco(lines: Lines, path: Path) -> None:
    """Write a data set as ``pycocotools.coco.COCO`` takes it.

    A frame of several in a file is an image named ``FILE#FRAME``. Images are numbered from 1 in
    the order of the table. Where targets were tracked, there are also the ``videos``; images have
    ``video_id`` and ``frame_index``, annotations ``video_id`` and ``track_id``. Both numbers
    together are a track.

    Args:
        lines (Callable): The frames.
        path (Path): File to write.

    Raises:
        WriteError: If it cannot be written.
    """
    info = {'description': 'Targets found by mdpnet detect', 'version': __version__}
    category = {'id': 1, 'name': 'target', 'supercategory': 'target'}
    with whole_text(path) as file:
        file.write(f'{{"info": {json.dumps(info)},\n"licenses": [],\n')
        file.write(f'"categories": [{json.dumps(category)}],\n')
        videos = _numbers_of_sequences(lines)
        if videos:
            listed = [dict(id=number, name=name) for name, number in videos.items()]
            file.write(f'"videos": {json.dumps(listed)},\n')
        file.write('"images": ')
        _write_list(file, _coco_images(lines))
        file.write(',\n"annotations": ')
        _write_list(file, _coco_annotations(lines))
        file.write('}\n')


def write_coco_results(lines: Lines, path: Path) -> None:
    """Write a list of results as ``COCO.loadRes`` takes it, for the images of :func:`write_coco`.

    Args:
        lines (Callable): The frames.
        path (Path): File to write.

    Raises:
        WriteError: If it cannot be written.
    """
    with whole_text(path) as file:
        _write_list(file, _coco_results(lines))
        file.write('\n')


def _coco_images(lines: Lines) -> Iterator[dict[str, Any]]:
    videos, frames = _numbers_of_sequences(lines), Counter[str]()
    for index, line in enumerate(lines(), start=1):
        height, width = line['size']
        name = line['file'] if line['frames'] == 1 else f'{line["file"]}#{line["frame"]}'
        image = dict(id=index, file_name=name, width=width, height=height, seconds=line['seconds'])
        if 'sequence' in line:
            video = line['sequence']
            frames[video] += 1
            image.update(video_id=videos[video], frame_index=frames[video] - 1)
        yield image


def _numbers_of_sequences(lines: Lines) -> dict[str, int]:
    """Names of the sequences, and their numbers from 1; none of frames that were not tracked."""
    names = dict.fromkeys(line['sequence'] for line in lines() if 'sequence' in line)
    return {name: number for number, name in enumerate(names, start=1)}


def _coco_results(lines: Lines) -> Iterator[dict[str, Any]]:
    for index, line in enumerate(lines(), start=1):
        for t in line['targets']:
            score = t['peak'] if t['confidence'] is None else t['confidence']
            yield dict(image_id=index, category_id=1, bbox=t['box'], score=score)


def _coco_annotations(lines: Lines) -> Iterator[dict[str, Any]]:
    videos = _numbers_of_sequences(lines)
    targets = ((line, target) for line in lines() for target in line['targets'])
    found = zip(_coco_results(lines), targets, strict=True)
    for number, (result, (line, t)) in enumerate(found, start=1):
        result.update(id=number, area=t['area'], iscrowd=0, centroid=[t['x'], t['y']])
        if 'sequence' in line:
            result.update(video_id=videos[line['sequence']], track_id=t['track_id'])
        yield result


#: Tables by the name of their format: files and the functions that write them.
FORMATS: dict[str, dict[str, Callable[[Lines, Path], None]]] = {
    'csv': {'targets.csv': write_csv},
    'json': {'targets.json': write_json},
    'coco': {
        'targets_coco.json': write_coco,
        'targets_coco_results.json': write_coco_results,
    },
}


def write_tables(lines: Lines, folder: Path, formats: Iterable[str]) -> list[Path]:
    """Write tables.

    Args:
        lines (Callable): The frames.
        folder (Path): Where to.
        formats (Iterable[str]): Keys of :data:`FORMATS`.

    Returns:
        list[Path]: The files.

    Raises:
        WriteError: If one cannot be written.
    """
    paths = []
    for name in formats:
        for file, write in FORMATS[name].items():
            write(lines, folder / file)
            paths.append(folder / file)
    return paths

"""Detections as data: a record that grows frame by frame, and the tables made from it."""

import csv
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from .targets import Target

#: Columns of the CSV table.
COLUMNS = (
    'file', 'frame', 'x', 'y', 'left', 'top', 'width', 'height', 'area', 'peak', 'mean', 'scr',
    'confidence',
)  # fmt: skip


class RecordMismatch(ValueError):
    """The folder holds results of other settings."""


class DetectionRecord:
    """One JSON line for each frame, written at once, and one that ends each file.

    A run that was stopped goes on with the file that it was at. Files that failed are tried again.
    Memory does not grow with the number of frames.

    Args:
        path (Path): The record, '.jsonl'.
        settings (dict): What the results depend on.

    Attributes:
        frames_of (dict[str, int]): Number of frames of each file that is done.

    Raises:
        RecordMismatch: If the record was made with other settings.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.frames_of: dict[str, int] = {}
        if path.is_file():
            lines = self._whole_lines()
            known = next(lines, {'settings': settings}).get('settings')
            if known != settings:
                raise RecordMismatch(
                    f'"{path.parent}" holds results of other settings, {known}; '
                    'choose another folder or pass --overwrite'
                )
            self.frames_of = {line['file']: line['frames'] for line in lines if 'frames' in line}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written anew, with nothing of files that failed or were not finished.
        temporary = path.with_suffix('.tmp')
        with temporary.open('w', encoding='utf-8') as file:
            print(json.dumps({'settings': settings}), file=file)
            for line in self.frames():
                print(json.dumps(line), file=file)
            for name, count in self.frames_of.items():
                print(json.dumps({'file': name, 'frames': count}), file=file)
        temporary.replace(path)
        self._file = path.open('a', encoding='utf-8')

    def _whole_lines(self) -> Iterator[dict[str, Any]]:
        """Lines that can be read; the last one may have been cut off."""
        if not self.path.is_file():
            return
        with self.path.open(encoding='utf-8') as file:
            for line in file:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    return

    def add(self, name: str, frame: int, size: tuple[int, int], targets: Sequence[Target]) -> None:
        """Record the targets of a frame.

        Args:
            name (str): Name of the file.
            frame (int): Index of the frame in it.
            size (tuple[int, int]): Height and width.
            targets (Sequence[Target]): Its targets.
        """
        plain = [_plain(target) for target in targets]
        self._write({'file': name, 'frame': frame, 'size': list(size), 'targets': plain})

    def finish(self, name: str, frames: int) -> None:
        """Record that a file is done, with its number of frames."""
        self._write({'file': name, 'frames': frames})
        self.frames_of[name] = frames

    def fail(self, name: str, error: str) -> None:
        """Record that a file could not be read; frames that it had before do not count."""
        self._write({'file': name, 'error': error})

    def _write(self, line: dict[str, Any]) -> None:
        print(json.dumps(line), file=self._file, flush=True)

    def close(self) -> None:
        """End the record."""
        self._file.close()

    def frames(self) -> Iterator[dict[str, Any]]:
        """Lines of the frames of files that are done, from disk."""
        for line in self._whole_lines():
            if 'targets' in line and line['file'] in self.frames_of:
                yield line


def _plain(target: Target) -> dict[str, Any]:
    """A target as JSON; an infinite ratio (a flat background) is null."""
    values = target._asdict()
    values['box'] = list(target.box)
    if target.scr is not None and not math.isfinite(target.scr):
        values['scr'] = None
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}


def write_csv(record: DetectionRecord, path: Path) -> None:
    """Write one line for each target.

    Args:
        record (DetectionRecord): The results.
        path (Path): File to write.
    """
    with path.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for line in record.frames():
            for t in line['targets']:
                values = [t[key] for key in COLUMNS[-5:]]
                writer.writerow([line['file'], line['frame'], t['x'], t['y'], *t['box'], *values])


def write_json(record: DetectionRecord, path: Path) -> None:
    """Write a list with one object for each frame, with those that hold nothing, too.

    Args:
        record (DetectionRecord): The results.
        path (Path): File to write.
    """
    with path.open('w', encoding='utf-8') as file:
        _write_list(file, record.frames())
        file.write('\n')


def _write_list(file: TextIO, items: Iterable[dict[str, Any]]) -> None:
    """Write a JSON list without holding it in memory."""
    file.write('[')
    for index, item in enumerate(items):
        file.write(',\n' if index else '\n')
        file.write(json.dumps(item))
    file.write('\n]')


def write_coco(record: DetectionRecord, path: Path) -> None:
    """Write the detection format of COCO; a frame of a video is an image named `FILE#FRAME`.

    Args:
        record (DetectionRecord): The results.
        path (Path): File to write.
    """
    with path.open('w', encoding='utf-8') as file:
        file.write('{"categories": [{"id": 1, "name": "target"}],\n"images": ')
        _write_list(file, _coco_images(record))
        file.write(',\n"annotations": ')
        _write_list(file, _coco_annotations(record))
        file.write('}\n')


def _coco_images(record: DetectionRecord) -> Iterator[dict[str, Any]]:
    for index, line in enumerate(record.frames(), start=1):
        height, width = line['size']
        single = record.frames_of[line['file']] == 1
        name = line['file'] if single else f'{line["file"]}#{line["frame"]}'
        yield dict(id=index, file_name=name, width=width, height=height)


def _coco_annotations(record: DetectionRecord) -> Iterator[dict[str, Any]]:
    number = itertools.count(1)
    for index, line in enumerate(record.frames(), start=1):
        for t in line['targets']:
            yield dict(
                id=next(number),
                image_id=index,
                category_id=1,
                bbox=t['box'],
                area=t['area'],
                score=t['peak'] if t['confidence'] is None else t['confidence'],
                iscrowd=0,
                centroid=[t['x'], t['y']],
            )


#: Tables by the name of their format: file and function.
FORMATS = {
    'csv': ('targets.csv', write_csv),
    'json': ('targets.json', write_json),
    'coco': ('targets_coco.json', write_coco),
}

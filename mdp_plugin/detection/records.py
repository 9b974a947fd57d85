"""Detections as data: a record that grows frame by frame, and the tables made from it."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .targets import Target

#: Columns of the CSV table.
COLUMNS = (
    'file', 'frame', 'x', 'y', 'left', 'top', 'width', 'height', 'area', 'peak', 'mean', 'scr',
    'confidence',
)  # fmt: skip


class RecordMismatch(ValueError):
    """The folder holds results of other settings."""


class DetectionRecord:
    """One JSON line for each file, written as soon as the file is done.

    A run that was stopped goes on where it ended. Files that failed are tried again.

    Args:
        path (Path): The record, '.jsonl'.
        settings (dict): What the results depend on.

    Raises:
        RecordMismatch: If the record was made with other settings.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.done: set[str] = set()
        lines = []
        if path.is_file():
            lines = list(self._whole_lines())
            if lines and lines[0].get('settings') != settings:
                raise RecordMismatch(
                    f'"{path.parent}" holds results of other settings, {lines[0].get("settings")}; '
                    'choose another folder or pass --overwrite'
                )
        lines = [line for line in lines[1:] if 'error' not in line]
        self.done = {line['file'] for line in lines}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written anew, without failed files and without a line that was cut off.
        temporary = path.with_suffix('.tmp')
        with temporary.open('w', encoding='utf-8') as file:
            for line in ({'settings': settings}, *lines):
                print(json.dumps(line), file=file)
        temporary.replace(path)
        self._file = path.open('a', encoding='utf-8')

    def _whole_lines(self) -> Iterator[dict[str, Any]]:
        """Lines that can be read; the last one may have been cut off."""
        with self.path.open(encoding='utf-8') as file:
            for line in file:
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    return

    def add(self, name: str, size: tuple[int, int], frames: Sequence[Sequence[Target]]) -> None:
        """Record the targets of all frames of a file.

        Args:
            name (str): Name of the file.
            size (tuple[int, int]): Height and width of its frames.
            frames (Sequence[Sequence[Target]]): Targets of each frame.
        """
        targets = [[_plain(target) for target in frame] for frame in frames]
        self._write({'file': name, 'size': list(size), 'frames': targets})

    def fail(self, name: str, error: str) -> None:
        """Record that a file could not be read."""
        self._write({'file': name, 'error': error})

    def _write(self, line: dict[str, Any]) -> None:
        print(json.dumps(line), file=self._file, flush=True)

    def close(self) -> None:
        """End the record."""
        self._file.close()

    def files(self) -> Iterator[dict[str, Any]]:
        """Lines of the files that were read, from disk."""
        for line in self._whole_lines():
            if 'frames' in line:
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
        for line in record.files():
            for index, frame in enumerate(line['frames']):
                for t in frame:
                    values = [t[key] for key in COLUMNS[-5:]]
                    writer.writerow([line['file'], index, t['x'], t['y'], *t['box'], *values])


def write_json(record: DetectionRecord, path: Path) -> None:
    """Write a list with one object for each file, with files that hold nothing, too.

    Args:
        record (DetectionRecord): The results.
        path (Path): File to write.
    """
    with path.open('w', encoding='utf-8') as file:
        file.write('[')
        for index, line in enumerate(record.files()):
            file.write(',\n' if index else '\n')
            file.write(json.dumps(line))
        file.write('\n]\n')


def write_coco(record: DetectionRecord, path: Path) -> None:
    """Write the detection format of COCO; a frame of a video is an image named `FILE#FRAME`.

    Args:
        record (DetectionRecord): The results.
        path (Path): File to write.
    """
    images, annotations = [], []
    for line in record.files():
        height, width = line['size']
        for index, frame in enumerate(line['frames']):
            name = line['file'] if len(line['frames']) == 1 else f'{line["file"]}#{index}'
            image = len(images) + 1
            images.append(dict(id=image, file_name=name, width=width, height=height))
            for t in frame:
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=image,
                        category_id=1,
                        bbox=t['box'],
                        area=t['area'],
                        score=t['peak'] if t['confidence'] is None else t['confidence'],
                        iscrowd=0,
                        centroid=[t['x'], t['y']],
                    )  # fmt: skip
                )
    categories = [dict(id=1, name='target')]
    content = dict(images=images, annotations=annotations, categories=categories)
    path.write_text(json.dumps(content), encoding='utf-8')


#: Tables by the name of their format: file and function.
FORMATS = {
    'csv': ('targets.csv', write_csv),
    'json': ('targets.json', write_json),
    'coco': ('targets_coco.json', write_coco),
}

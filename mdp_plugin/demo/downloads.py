"""Results as files: the tables of ``mdpnet detect``, and frames with framed targets."""

from pathlib import Path

import cv2

from ..detection.overlay import draw_targets, open_video
from ..detection.records import FORMATS, DetectionRecord
from .session import Session


def write_table(session: Session, kind: str, folder: Path) -> Path:
    """Write the targets of all frames.

    Args:
        session (Session): The results.
        kind (str): A key of :data:`~mdp_plugin.detection.records.FORMATS`.
        folder (Path): Where to.

    Returns:
        Path: The file.
    """
    file, write = FORMATS[kind]
    settings = {'model': session.model, 'threshold': session.threshold}
    record = DetectionRecord(folder / f'{kind}.jsonl', settings)
    try:
        for index, probability in enumerate(session.probabilities):
            record.add(session.upload.name, index, probability.shape, session.targets(index))
        record.finish(session.upload.name, len(session.probabilities))
    finally:
        record.close()
    write(record, folder / file)
    record.path.unlink()
    return folder / file


def write_overlay(session: Session, folder: Path) -> Path:
    """Draw the targets into all frames.

    Args:
        session (Session): The results.
        folder (Path): Where to.

    Returns:
        Path: A picture of one frame, a video of several.
    """
    pictures = (
        draw_targets(session.grey(index), session.targets(index))
        for index in range(len(session.probabilities))
    )
    stem = folder / f'{Path(session.upload.name).stem}_targets'
    if len(session.probabilities) == 1:
        path = stem.with_suffix('.png')
        cv2.imwrite(str(path), next(pictures))
        return path
    path = stem.with_suffix('.mp4')
    height, width = session.probabilities[0].shape
    rate = session.upload.rate or 5.0  # pages of a picture are to be looked at
    video = open_video(path, rate, (width, height))
    for picture in pictures:
        video.write(picture)
    video.release()
    return path

"""Results as files: the tables of ``mdpnet detect``, and frames with framed targets."""

from pathlib import Path

from ..detection.overlay import draw_targets
from ..detection.records import frame_line
from ..detection.tables import write_tables
from ..imaging.picture_files import write_picture
from ..imaging.video_files import VideoWriter
from .session import Session

#: Frames a second of pages of a picture, which are to be looked at.
PAGE_RATE = 5.0


def write_table(session: Session, kind: str, folder: Path) -> Path:
    """Write the targets of all frames.

    Args:
        session (Session): The results.
        kind (str): A key of :data:`~mdp_plugin.detection.tables.FORMATS`.
        folder (Path): Where to.

    Returns:
        Path: The file.
    """
    upload, count = session.upload, len(session.probabilities)
    lines = [
        {
            'file': upload.name,
            'frames': count,
            **frame_line(index, upload.seconds[index], probability.shape, session.targets(index)),
        }
        for index, probability in enumerate(session.probabilities)
    ]
    return write_tables(lambda: iter(lines), folder, [kind])[0]


def write_overlay(session: Session, folder: Path) -> Path:
    """Draw the targets into all frames.

    Args:
        session (Session): The results.
        folder (Path): Where to.

    Returns:
        Path: A picture of one frame, a video of several.
    """
    upload, count = session.upload, len(session.probabilities)
    pictures = (draw_targets(session.grey(index), session.targets(index)) for index in range(count))
    stem = folder / f'{Path(upload.name).stem}_targets'
    if count == 1:
        path = stem.with_name(stem.name + '.png')
        write_picture(path, next(pictures))
        return path
    path = stem.with_name(stem.name + '.mp4')
    video = VideoWriter(path, upload.rate or PAGE_RATE)
    for index, picture in enumerate(pictures):
        seconds = upload.seconds[index]
        video.write(picture, index / PAGE_RATE if seconds is None else seconds)
    video.close()
    return path

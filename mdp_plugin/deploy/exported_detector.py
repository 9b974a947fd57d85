"""What all backends of exported files have in common."""

import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from ..imaging.grey_levels import LevelsWarning, fill_numbers
from ..installation import install_command
from ..wording import counted
from .metadata import ExportMetadata
from .seal import check_seal

#: More threads than any CPU has; to start far more takes minutes.
MOST_THREADS = 1024


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that no backend can have.

    Args:
        threads (int, optional): The number; None for one for each core.

    Raises:
        ValueError: If it is impossible.
    """
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise ValueError(f'threads must lie between 1 and {MOST_THREADS}, got {threads}')


class ExportedDetector(ABC):
    """An exported detector, ready to run: by several threads at once, and in forked processes.

    Pickled, it is its file's name and what it was opened with, and is loaded again from there.

    Args:
        path (Path): The file.
        threads (int): Threads of the CPU.
        precision (str): One of ``precisions``.

    Attributes:
        path (Path): The file.
        metadata (ExportMetadata): Its description: frame type, threshold, weights.
        precisions (tuple[str, ...]): What the backend can compute a float32 graph in.
        extra (str): Extra of setup.py that brings the backend.
        on_gpu (bool): Whether it runs on a GPU.
    """

    on_gpu = False

    precisions: tuple[str, ...]
    extra: str
    metadata: ExportMetadata

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        self.path = path
        self._options = threads, precision
        self._load(path, threads, precision)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.open, (self.path.resolve(), *self._options)

    @classmethod
    def open(cls, path: Path, threads: int, precision: str) -> 'ExportedDetector':
        """Load a file; the arguments are those of the class.

        Raises:
            FileNotFoundError: If there is no such file.
            ImportError: If the backend is not installed; names the command.
            ValueError: If the file is damaged or none of this project.
        """
        if not path.is_file():
            raise FileNotFoundError(f'exported model not found: "{path}"')
        check_seal(path)
        try:
            return cls(path, threads, precision)
        except ModuleNotFoundError as error:
            raise ImportError(f'{error}; run: {install_command(cls.extra)}') from error
        except (ImportError, ValueError):
            raise
        except Exception as error:
            # Each backend has its own type for a file that it cannot read.
            raise ValueError(f'cannot read the exported model "{path}": {error}') from error

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Detect.

        Args:
            frames (np.ndarray): (H, W) or (N, H, W) of the type that the file was exported for,
                32 pixels or more on each side. Pixels that are NaN or infinite are filled.

        Returns:
            np.ndarray: Probability of a target for each pixel, float32, of the frames' shape.

        Raises:
            TypeError: If the frames have another type.
            ValueError: If they have another number of dimensions, are too small, are not of the
                size that the file was exported for, or one holds no number.
        """
        frames = np.asarray(frames)
        expected = self.metadata.frame_type
        if frames.dtype != np.dtype(expected):
            raise TypeError(
                f'"{self.path.name}" was exported for frames of {expected}, not {frames.dtype}; '
                'convert them or export anew with --frame-type'
            )
        if frames.ndim not in (2, 3) or min(frames.shape[-2:]) < 32:
            raise ValueError(
                'frames must be (H, W) or (N, H, W) with 32 pixels or more on each side, '
                f'got {frames.shape}'
            )
        size = self.metadata.frame_size
        if size is not None and frames.shape[-2:] != size:
            raise ValueError(
                f'"{self.path.name}" was exported for frames of {size[0]}x{size[1]}, not '
                f'{frames.shape[-2]}x{frames.shape[-1]}; export anew without --frame-size'
            )
        batch = np.ascontiguousarray(frames.reshape(-1, *frames.shape[-2:]))
        if batch.dtype.kind == 'f' and not np.isfinite(batch).all():
            # A single one would make all of the frame NaN.
            filled, numbers = zip(*(fill_numbers(frame, 'a frame') for frame in batch), strict=True)
            batch = np.stack(filled)
            warnings.warn(
                f'NaN or infinite, filled from the neighbours: {counted(sum(numbers), "pixel")}',
                LevelsWarning, stacklevel=2,
            )  # fmt: skip
        if size is not None and len(batch) > 1:  # such a file takes one frame at a time
            return np.concatenate([self._run(batch[i : i + 1]) for i in range(len(batch))])
        return self._run(batch).reshape(frames.shape)

    @abstractmethod
    def _load(self, path: Path, threads: int, precision: str) -> None:
        """Load the file and set ``metadata``; the arguments are those of the class."""

    @abstractmethod
    def _run(self, frames: np.ndarray) -> np.ndarray:
        """Probability (N, H, W) of checked frames (N, H, W)."""

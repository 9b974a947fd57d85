"""Tokens of images, kept in a folder: a file for each image, named by what the image shows."""

import hashlib
import json
from pathlib import Path

import numpy as np

from ..whole_files import open_whole

ADVICE = 'Make the tokens by `python tools/cache_tokens.py CONFIG`'


def image_digest(image: np.ndarray) -> str:
    """Name an image by its pixels.

    Args:
        image (np.ndarray): Grey levels, (H, W).

    Returns:
        str: 20 digits; another image, or the same one turned or resized, has others.
    """
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=10)
    digest.update(np.ascontiguousarray(image, np.float32).tobytes())
    return digest.hexdigest()


class TokenCache:
    """A folder with the tokens that one encoder made.

    ``encoder.json`` says which encoder and how many pixels a token has; ``DIGEST.npy`` are the
    tokens of an image, float16 (h, w, C). An image that has changed has another digest, and so no
    tokens.

    Args:
        folder (str | Path): Where it is.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()

    def settings(self) -> dict:
        """Read what the tokens were made with.

        Returns:
            dict: ``encoder``, the fingerprint, and ``cell``.

        Raises:
            FileNotFoundError: If there are no tokens.
        """
        file = self.folder / 'encoder.json'
        if not file.is_file():
            raise FileNotFoundError(f'"{self.folder}" holds no tokens. {ADVICE}')
        return json.loads(file.read_text(encoding='utf-8'))

    def open_for(self, encoder: str, cell: int) -> None:
        """Make the folder, or make sure that it belongs to an encoder.

        Args:
            encoder (str): Its fingerprint.
            cell (int): Pixels for each token.

        Raises:
            ValueError: If it holds tokens of another one.
        """
        if (self.folder / 'encoder.json').is_file():
            if self.settings() != dict(encoder=encoder, cell=cell):
                raise ValueError(
                    f'"{self.folder}" holds tokens of another encoder '
                    f'({self.settings()["encoder"]}, now {encoder}): delete the folder, or name '
                    'another one in the step LoadTokens'
                )
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(encoder=encoder, cell=cell))
        (self.folder / 'encoder.json').write_text(text, encoding='utf-8')

    def _file(self, image: np.ndarray) -> Path:
        return self.folder / f'{image_digest(image)}.npy'

    def __contains__(self, image: np.ndarray) -> bool:
        return self._file(image).is_file()

    def write(self, image: np.ndarray, tokens: np.ndarray) -> None:
        """Keep the tokens of an image.

        Args:
            image (np.ndarray): (H, W).
            tokens (np.ndarray): (h, w, C).
        """
        with open_whole(self._file(image)) as file:
            np.save(file, tokens.astype(np.float16))

    def read(self, image: np.ndarray, name: str) -> np.ndarray:
        """Find the tokens of an image.

        Args:
            image (np.ndarray): (H, W).
            name (str): What to call it in an error.

        Returns:
            np.ndarray: float16 (h, w, C), mapped from the file.

        Raises:
            FileNotFoundError: If there are none, or the image is not the one that was encoded.
        """
        file = self._file(image)
        if not file.is_file():
            raise FileNotFoundError(
                f'no tokens of "{name}" in "{self.folder}": it was not encoded, or has changed '
                f'since, or a step before LoadTokens changes it. {ADVICE}'
            )
        return np.load(file, mmap_mode='r', allow_pickle=False)

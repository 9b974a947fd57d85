"""What an exported file says of itself."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..imaging.grey_levels import GreyLevels, Polarity, Rule

#: Key of the description inside an exported file.
KEY = 'mdp_plugin'
#: Suffix of each format's file.
SUFFIXES = {
    'onnx': '.onnx',
    'openvino': '.xml',
    'torch': '.pt2',
    'ncnn': '.ncnn.param',
    'mnn': '.mnn',
}
#: Types of frames, and the value that is white, 255 grey levels; floats are in those units already.
WHITE_LEVELS = {'uint8': 255.0, 'uint16': 65535.0, 'float32': 255.0}
#: Names of the input and the outputs of an exported graph, and of their dimensions.
INPUT, OUTPUTS = 'frames', ('probability', 'mask')
DIMENSIONS = ('batch', 'height', 'width')


@dataclass(frozen=True)
class ExportMetadata:
    """Description of an exported detector, stored in the file as JSON.

    Attributes:
        name (str): Name of the config.
        data_set (str): Names of the data sets that it was trained on, joined by commas.
        frame_type (str): Type of the frames: 'uint8', 'uint16' or 'float32'.
        white_level (float): Value of a frame that becomes 255 grey levels, if they are not
            measured.
        frame_size (tuple[int, int] | None): Height and width of the frames; None: any.
        size (tuple[int, int] | None): Height and width inside the network; None: the frame's.
        threshold (float): Probability above which a pixel is a target.
        with_mask (bool): Whether the graph returns the thresholded mask, too.
        weights_sha256 (str): SHA-256 of the weights' file, or '' for random weights.
        precision (str): 'float32' or 'int8'.
        version (str): Version of the project.
        operating_points (dict | None): Thresholds and confidence of the weights, see
            :class:`~mdp_plugin.evaluation.operating_points.OperatingPoints`; None if unknown.
        interpolation (str): Kernel by which frames are resized for the network, 'bilinear' or
            'nearest'.
        black_level (float): Value of a frame that becomes grey level 0, likewise. Defaults to 0.
        levels (str): 'auto' if the graph measures black and white in each frame, see
            :func:`~mdp_plugin.imaging.grey_levels.stretch`; 'full' if they are those above, as in
            files that do not say it. Defaults to 'full'.
        polarity (str): 'black-hot' if frames are those of a camera that shows what is hot as dark;
            files that do not say it are 'white-hot'. Defaults to 'white-hot'.
        seal (str): SHA-256 of the file itself, by which a changed one is known; empty in old files.
    """

    name: str
    data_set: str
    frame_type: str
    white_level: float
    frame_size: tuple[int, int] | None
    size: tuple[int, int] | None
    threshold: float
    with_mask: bool
    weights_sha256: str
    precision: str
    version: str
    operating_points: dict[str, Any] | None = None
    interpolation: str = 'bilinear'
    black_level: float = 0.0
    levels: Rule = 'full'
    polarity: Polarity = 'white-hot'
    seal: str = field(default='', compare=False)

    @property
    def grey_levels(self) -> GreyLevels:
        """How images become grey levels for this file, if nobody says otherwise."""
        if (self.black_level, self.white_level) != (0, WHITE_LEVELS[self.frame_type]):
            return GreyLevels(self.black_level, self.white_level, polarity=self.polarity)
        # What takes grey levels leaves it to others how they are made.
        rule: Rule = self.levels if self.frame_type == 'uint16' else 'auto'
        return GreyLevels(levels=rule, polarity=self.polarity)

    @property
    def native(self) -> bool:
        """Whether the network runs at each frame's own size, whatever that is."""
        return self.size is None and self.frame_size is None

    def to_frames(self, grey: np.ndarray) -> np.ndarray:
        """Turn grey levels into frames of the type that the file takes.

        Args:
            grey (np.ndarray): Grey levels of 0..255 as networks see them, what is hot bright; any
                shape, float32.

        Returns:
            np.ndarray: The frames, of the file's polarity, whole numbers rounded.
        """
        black, white = self.black_level, self.white_level
        if self.polarity == 'black-hot':
            black, white = white, black
        frames = grey * np.float32((white - black) / 255)
        if black:
            frames += np.float32(black)
        if self.frame_type != 'float32':
            frames = np.rint(frames).clip(0, self.white_level)
        return frames.astype(self.frame_type, copy=False)

    def to_json(self) -> str:
        """The description as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None, file: str) -> 'ExportMetadata':
        """Read a description.

        Args:
            text (str, optional): The JSON text that a file holds; None if it holds none.
            file (str): Name of the file, for the error message.

        Returns:
            ExportMetadata: The description.

        Raises:
            ValueError: If there is none or it is not one of this project.
        """
        try:
            values = json.loads(text or '')
            for key in ('frame_size', 'size'):
                if values[key] is not None:
                    values[key] = tuple(values[key])
            return cls(**values)
        except (TypeError, KeyError, json.JSONDecodeError) as error:
            raise ValueError(
                f'"{file}" carries no description of this project; export it with `mdpnet export`'
            ) from error

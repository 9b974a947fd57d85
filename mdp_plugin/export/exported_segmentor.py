"""An exported file in the place of a model, so that the stock test runner measures it."""

from mmengine.model import BaseModel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, from_numpy

from ..deploy.runtime import load_exported


@MODELS.register_module()
class ExportedSegmentor(BaseModel):
    """Predict with an exported detector.

    The images come as the test pipeline loads them, in grey levels and at their own size: resize
    and normalisation are inside the file.

    Args:
        file (str): The exported file, for float32 frames.
        backend (str, optional): See :func:`~mdp_plugin.deploy.load_exported`. Defaults to None.
        threads (int, optional): Threads of the CPU. Defaults to None: one for each core.
        precision (str): 'f32' or 'bf16'. Defaults to 'f32'.

    Raises:
        ValueError: If the file expects frames of another type.
    """

    def __init__(
        self,
        file: str,
        backend: str | None = None,
        threads: int | None = None,
        precision: str = 'f32',
    ) -> None:
        super().__init__()
        self.detector = load_exported(file, backend=backend, threads=threads, precision=precision)
        if self.detector.metadata.frame_type != 'float32':
            raise ValueError(
                f'"{file}" expects frames of {self.detector.metadata.frame_type}; to be measured '
                'on a data set, export with --frame-type float32'
            )

    def forward(
        self, inputs: list[Tensor], data_samples: list[SegDataSample], mode: str = 'predict'
    ) -> list[SegDataSample]:
        """Predict.

        Args:
            inputs (list[Tensor]): Images (1, H, W) in grey levels.
            data_samples (list[SegDataSample]): Their samples.
            mode (str): Only 'predict'. Defaults to 'predict'.

        Returns:
            list[SegDataSample]: The samples with ``seg_logits`` (the probability) and
            ``pred_sem_seg``, both (1, H, W).

        Raises:
            ValueError: For another mode.
        """
        if mode != 'predict':
            raise ValueError(f'an exported model only predicts; mode {mode!r} is not possible')
        for image, sample in zip(inputs, data_samples, strict=True):
            frame = self.detector.metadata.to_frames(image.float().numpy())
            probability = from_numpy(self.detector(frame))
            mask = (probability > self.detector.metadata.threshold).long()
            sample.set_data(
                dict(seg_logits=PixelData(data=probability), pred_sem_seg=PixelData(data=mask))
            )
        return data_samples

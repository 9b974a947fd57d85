"""Pictures of detections in infrared images."""

from typing import Any

import cv2
import numpy as np
from mmengine.structures import PixelData
from mmseg.registry import VISUALIZERS
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer

from ..imaging.drawing import as_display_image, frame


@VISUALIZERS.register_module()
class IRSTDVisualizer(SegLocalVisualizer):
    """Visualizer for binary masks of small targets on grey images.

    The stock one needs three channels, darkens everything that is background and writes class
    names over the picture, under which a target of 20 pixels disappears. This one takes images of
    any depth and number of channels, leaves the background as it is, colours target pixels and
    draws a frame at some distance around each component.

    Args:
        name (str): Name of the instance. Defaults to 'visualizer'.
        alpha (float): Opacity of the colour on target pixels. Defaults to 0.6.
        margin (int): Distance between a component and its frame in pixels. Defaults to 4.
        **kwargs: Forwarded to :class:`mmseg.visualization.SegLocalVisualizer`.
    """

    def __init__(
        self, name: str = 'visualizer', alpha: float = 0.6, margin: int = 4, **kwargs: Any
    ) -> None:
        super().__init__(name, alpha=alpha, **kwargs)
        self.margin = margin

    def add_datasample(
        self,
        name: str,
        image: np.ndarray,
        data_sample: SegDataSample | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Draw truth and prediction; see the base class for the other arguments.

        Args:
            name (str): Name of the picture.
            image (np.ndarray): Image of any depth, see
                :func:`~mdp_plugin.imaging.drawing.as_display_image`.
            data_sample (SegDataSample, optional): Truth and prediction. Defaults to None.
            *args: Forwarded to the base class.
            **kwargs: Forwarded to the base class.
        """
        super().add_datasample(name, as_display_image(image), data_sample, *args, **kwargs)

    def _draw_sem_seg(
        self,
        image: np.ndarray,
        sem_seg: PixelData,
        classes: list[str] | None,
        palette: list[list[int]] | None,
        with_labels: bool | None = True,
    ) -> np.ndarray:
        """Colour and frame the targets; class names are not drawn."""
        mask = np.asarray(sem_seg.cpu().data).reshape(image.shape[:2]) == 1
        colour = np.asarray((palette or [[0, 0, 0], [255, 0, 0]])[1], dtype=np.float32)
        drawn = image.copy()
        drawn[mask] = ((1 - self.alpha) * image[mask] + self.alpha * colour).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        for box in stats[1:count, :4]:
            frame(drawn, box, tuple(colour.tolist()), margin=self.margin)
        self.set_image(drawn)
        return drawn

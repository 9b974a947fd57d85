"""Feature imitation: the student's features predict the teacher's."""

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from .feature_adapter import FeatureAdapter


@MODELS.register_module()
class FeatureMSELoss(BaseModule):
    """Mean squared error of the adapted student features against the teacher's.

    Source: Romero et al., `FitNets: hints for thin deep nets`, ICLR 2015.

    Args:
        student_channels (int): Channels of the student's map.
        teacher_channels (int): Channels of the teacher's map.
        loss_weight (float): Weight of the loss. Defaults to 1.0.
    """

    def __init__(
        self, student_channels: int, teacher_channels: int, loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        self.adapter = FeatureAdapter(student_channels, teacher_channels)
        self.loss_weight = loss_weight

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Compare feature maps.

        Args:
            student (Tensor): (N, student_channels, H, W).
            teacher (Tensor): (N, teacher_channels, H', W').

        Returns:
            Tensor: Scalar.
        """
        student = self.adapter(student, teacher.shape[2:])
        return self.loss_weight * F.mse_loss(student.float(), teacher.float())

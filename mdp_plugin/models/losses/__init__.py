"""Losses for networks with one output channel."""

from .one_channel_loss import OneChannelLoss
from .pixel_focal_loss import PixelFocalLoss, pixel_focal_loss
from .scale_location_loss import ScaleLocationLoss, scale_location_loss
from .soft_dice_loss import SoftDiceLoss, soft_dice_loss
from .soft_iou_loss import SoftIoULoss, soft_iou_loss
from .target_loss import TargetLoss, target_loss

__all__ = [
    'OneChannelLoss',
    'PixelFocalLoss',
    'ScaleLocationLoss',
    'SoftDiceLoss',
    'SoftIoULoss',
    'TargetLoss',
    'pixel_focal_loss',
    'scale_location_loss',
    'soft_dice_loss',
    'soft_iou_loss',
    'target_loss',
]

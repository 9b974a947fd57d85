"""Losses for networks with one output channel."""

from .one_channel_loss import OneChannelLoss
from .soft_iou_loss import SoftIoULoss, soft_iou_loss
from .target_loss import TargetLoss, target_loss

__all__ = ['OneChannelLoss', 'SoftIoULoss', 'TargetLoss', 'soft_iou_loss', 'target_loss']

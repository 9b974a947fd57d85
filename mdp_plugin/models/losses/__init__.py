"""Losses for networks with one output channel."""

from .soft_iou_loss import SoftIoULoss, soft_iou_loss
from .target_loss import TargetLoss, target_loss

__all__ = ['SoftIoULoss', 'TargetLoss', 'soft_iou_loss', 'target_loss']

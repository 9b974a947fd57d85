"""Pipeline steps for small targets: every one keeps mask and image registered to each other."""

from .aligned_resize import AlignedResize
from .binarize_mask import BinarizeMask
from .load_tokens import LoadTokens
from .random_degradation import RandomDegradation
from .random_infrared_intensity import RandomInfraredIntensity
from .random_quarter_turn import RandomQuarterTurn
from .random_scale_jitter import RandomScaleJitter
from .random_symmetry import RandomSymmetry
from .random_target_crop import RandomTargetCrop
from .target_copy_paste import TargetCopyPaste
from .to_grayscale import ToGrayscale

__all__ = [
    'AlignedResize',
    'BinarizeMask',
    'LoadTokens',
    'RandomDegradation',
    'RandomInfraredIntensity',
    'RandomQuarterTurn',
    'RandomScaleJitter',
    'RandomSymmetry',
    'RandomTargetCrop',
    'TargetCopyPaste',
    'ToGrayscale',
]

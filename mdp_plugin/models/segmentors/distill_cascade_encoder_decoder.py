"""A cascade of decode heads that learns from a teacher."""

from mmseg.models.segmentors import CascadeEncoderDecoder
from mmseg.registry import MODELS

from .distill_encoder_decoder import DistillEncoderDecoder


@MODELS.register_module()
class DistillCascadeEncoderDecoder(DistillEncoderDecoder, CascadeEncoderDecoder):
    """The host's ``CascadeEncoderDecoder`` as a student.

    What is said of :class:`~mdp_plugin.models.segmentors.DistillEncoderDecoder` holds for it; its
    'logits' are those of the last head that has a map of them.
    """

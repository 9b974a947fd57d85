"""Networks, heads and losses; importing this package registers them in mmseg."""

from . import backbones, decode_heads, distillation, losses, segmentors  # noqa: F401

"""Networks, heads and losses; importing this package registers them in mmseg."""

from .. import host  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
from . import backbones, decode_heads, distillation, losses, segmentors  # noqa: F401

"""Weights for others: what remains of a training checkpoint when only tensors are shared."""

import hashlib
import io
from pathlib import Path

import torch

from ..whole_files import write_whole


def publish(checkpoint: Path, out: Path, half: bool = False) -> str:
    """Write the weights of a training checkpoint alone.

    What remains are the weights that were tested (the averaged ones, where the training kept an
    average), the class names and the palette: tensors and plain values, which load with
    ``weights_only=True``. Optimizer, messages and the config, which the host would execute, are
    left out.

    Args:
        checkpoint (Path): Checkpoint of the host's runner.
        out (Path): File to write; its folder is made.
        half (bool): Whether the weights are rounded to half precision, except for norms and
            their statistics, which may exceed its range. Defaults to False.

    Returns:
        str: SHA-256 of the written file, in hexadecimal.

    Raises:
        KeyError: If the file holds no `state_dict`.
    """
    content = torch.load(checkpoint, map_location='cpu', weights_only=True)
    if 'state_dict' not in content:
        raise KeyError(
            f'{checkpoint}: holds no state_dict; expected a checkpoint of tools/train.py'
        )
    dataset_meta = content.get('meta', {}).get('dataset_meta', {})
    classes = dataset_meta.get('classes', ('background', 'target'))
    palette = dataset_meta.get('palette', [[0, 0, 0], [255, 0, 0]])
    weights = {key: value.contiguous().cpu() for key, value in content['state_dict'].items()}
    if half:
        weights = {
            key: value.half() if value.is_floating_point() and value.dim() > 1 else value
            for key, value in weights.items()
        }
    meta = dict(dataset_meta=dict(classes=tuple(classes), palette=[list(c) for c in palette]))
    with io.BytesIO() as buffer:
        torch.save(dict(meta=meta, state_dict=weights), buffer)
        data = buffer.getvalue()
    write_whole(out, data)
    return hashlib.sha256(data).hexdigest()

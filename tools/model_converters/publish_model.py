"""Make a training checkpoint ready to be shared: `publish_model.py CHECKPOINT OUT [--half]`.

What remains are the weights that were tested (the averaged ones, where the training kept an
average), the class names and the palette: tensors and plain values, which load with
`weights_only=True`. Optimizer, messages and the config, which the host would execute, are left out.
"""

import argparse
import hashlib
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin  # noqa: F401  (lets mmengine's training checkpoints load safely)

# isort: split
import torch


def publish(checkpoint: Path, out: Path, half: bool = False) -> str:
    """Write the weights of a training checkpoint alone.

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
            k: v.half() if v.is_floating_point() and v.dim() > 1 else v for k, v in weights.items()
        }
    meta = dict(dataset_meta=dict(classes=tuple(classes), palette=[list(c) for c in palette]))
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(meta=meta, state_dict=weights), out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def main() -> None:
    """Publish one checkpoint and print its size and hash."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', type=Path, help='checkpoint that tools/train.py wrote')
    parser.add_argument('out', type=Path, help='file to write, such as NAME.pth')
    parser.add_argument(
        '--half', action='store_true', help='half precision, as the teachers are kept'
    )
    args = parser.parse_args()
    if not args.checkpoint.is_file():
        raise SystemExit(f'{args.checkpoint}: no such file')
    digest = publish(args.checkpoint, args.out, args.half)
    print(f'{args.out}: {args.out.stat().st_size / 1e3:.0f} kB, SHA-256 {digest}')


if __name__ == '__main__':
    main()

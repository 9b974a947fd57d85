"""Make a training checkpoint ready to be shared: `publish_model.py CHECKPOINT OUT [--half]`.

What remains are the weights that were tested (the averaged ones, where the training kept an
average), the class names and the palette: tensors and plain values, which load with
`weights_only=True`. Optimizer, messages and the config, which the host would execute, are left out.
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (lets mmengine's training checkpoints load safely)

# isort: split
from mdp_plugin.engine.publish import publish


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

"""Encode the images of a teacher's config by its frozen transformer: `cache_tokens.py CONFIG`.

Every image of train and val is encoded as it comes to the step `LoadTokens`, and its tokens are
written into the folder that this step names. Images that have their tokens already are left out,
so an interrupted run goes on where it stopped. The reduction of the tokens is fitted first, on
images of train, unless its file is there.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mdp_plugin.engine.token_caching import cache_tokens
from mdp_plugin.engine.tool_config import load_tool_config


def main(argv: Sequence[str] | None = None) -> None:
    """Encode, and say how many images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config of a TokenGuidedEncoderDecoder')
    parser.add_argument(
        '--splits', nargs='+', default=['train', 'val'], choices=['train', 'val', 'test']
    )
    parser.add_argument(
        '--symmetries',
        action='store_true',
        help='encode all eight symmetries of each image, for those drawn before LoadTokens',
    )
    parser.add_argument('--fit-images', type=int, default=64, help='images that fit the reduction')
    args = parser.parse_args(argv)
    try:
        cfg = load_tool_config(args.config)
        cache_tokens(cfg, args.splits, args.symmetries, args.fit_images)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(f'cache_tokens.py: {error}') from None


if __name__ == '__main__':
    main()

"""Measure an exported file on a config's test images: `test.py CONFIG FILE`.

The figures are those of `tools/test.py` for the weights that were exported. The file must take
frames of float32 (`export.py --frame-type float32`), since the images of a data set have grey
levels with fractions.

Example:
    python tools/deployment/test.py configs/mdpnet/mdpnet-base_sirst-320x320.py \
        work_dirs/export/sirst.onnx --backend openvino
"""

import argparse
import sys
from pathlib import Path

# The project's own package is found without installation, from any working directory.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mdp_plugin.registration  # noqa: F401  (checks and bridges the host before anything else imports it)

# isort: split
from mmengine.config import ConfigDict
from mmengine.runner import Runner

from mdp_plugin.deploy.runtime import BACKENDS
from mdp_plugin.engine.tool_config import load_tool_config, mistakes_in_one_sentence


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='path of the config')
    parser.add_argument('file', type=Path, help='exported file')
    parser.add_argument('--backend', choices=sorted(BACKENDS), help='default: by the suffix')
    parser.add_argument('--threads', type=int, help='threads of the CPU; default: one for a core')
    parser.add_argument(
        '--precision', choices=('f32', 'bf16', 'f16'), default='f32', help='default: f32'
    )
    parser.add_argument('--work-dir', help='folder for the log and the metrics (JSON)')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Build the runner around the exported file and test."""
    args = parse_args(argv)
    cfg = load_tool_config(args.config, work_dir=args.work_dir)
    # Resizing is inside the file, but for that to the square on which a config scores.
    dataset = cfg.test_dataloader.dataset
    dataset.pipeline = [
        step
        for step in dataset.pipeline
        if step['type'] != 'AlignedResize' or step.get('as_original')
    ]
    cfg.model = ConfigDict(
        type='ExportedSegmentor',
        file=str(args.file.resolve()),
        backend=args.backend,
        threads=args.threads,
        precision=args.precision,
    )
    cfg.pop('data_preprocessor', None)  # so is normalisation
    cfg.load_from, cfg.resume = None, False
    for key in ('train', 'val'):
        cfg.update({f'{key}_dataloader': None, f'{key}_cfg': None})
    cfg.val_evaluator = cfg.optim_wrapper = cfg.param_scheduler = None
    cfg.custom_hooks = []
    Runner.from_cfg(cfg).test()


if __name__ == '__main__':
    with mistakes_in_one_sentence('tools/deployment/test.py'):
        main()

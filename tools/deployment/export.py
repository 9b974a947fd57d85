"""Export a trained model: `mdpnet export` as a tool.

Example:
    python tools/deployment/export.py configs/mdpnet/mdpnet-base_sirst-320x320.py \
        mdp_plugin/weights/mdpnet-base_sirst-320x320.pth work_dirs/export/sirst.onnx
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.cli import main

if __name__ == '__main__':
    sys.exit(main(['export', *sys.argv[1:]]))

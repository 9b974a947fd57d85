"""Write a data set of synthetic infrared scenes in the layout of SIRST: `mdpnet synth` as a tool.

Example:
    python tools/make_synthetic_dataset.py data/synthetic --num 200 --size 256 256 --seed 0
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works without installation too

from mdp_plugin.cli import main

if __name__ == '__main__':
    sys.exit(main(['synth', *sys.argv[1:]]))

"""Measure speed: `mdpnet benchmark` as a tool, with the flags of the host's tool.

Example:
    python tools/analysis_tools/benchmark.py CONFIG --threads 2
    python tools/analysis_tools/benchmark.py CONFIG --threads 2 --training
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works without installation too

from mdp_plugin.cli import main

if __name__ == '__main__':
    sys.exit(main(['benchmark', *sys.argv[1:]]))

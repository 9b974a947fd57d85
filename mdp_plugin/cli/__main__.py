"""`python -m mdp_plugin.cli`, where the console command is not on the path."""

import sys

from . import main

sys.exit(main())

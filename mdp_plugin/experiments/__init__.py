"""Trainings of a config's variants over seeds, and what came of them; needs a checkout."""

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

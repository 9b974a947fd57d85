"""Evaluation of infrared small target detection; only ``metrics`` needs a runner."""

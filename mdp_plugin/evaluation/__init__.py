"""Evaluation of infrared small target detection: NumPy functions, and mmengine's metric."""

"""A report on one or several detectors: figures, curves, and every miss and false alarm."""

"""Images and masks as arrays and as files; NumPy, OpenCV and SciPy only."""

"""From a folder of frames of one's own camera to a trained network: `mdpnet train`."""

"""Frames with bright spots at given places, which the default network finds."""

import numpy as np

SIZE = (96, 128)


def draw_frames(number, paths, *, size=SIZE, seed=0):
    """Frames (H, W), uint8, of a dim scene with noise of its own each.

    Each path maps the index of a frame to the place (x, y) of a spot, or to None.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    for index in range(number):
        grey = 60 + 0.1 * rows + rng.normal(0, 1, size)
        for place in filter(None, (path(index) for path in paths)):
            squares = (columns - place[0]) ** 2 + (rows - place[1]) ** 2
            grey += 130 * np.exp(-squares / (2 * 1.4**2))
        yield np.rint(grey.clip(0, 255)).astype(np.uint8)


def straight(x, y, right=2.0, down=0.5, *, frames=None, without=()):
    """A path of constant speed, present in the given frames only."""

    def place(index):
        if index in without or (frames is not None and index not in frames):
            return None
        return x + right * index, y + down * index

    return place

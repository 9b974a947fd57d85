"""Videos of given frames, as cameras and other programs write them."""

from fractions import Fraction

import av
import numpy as np


def write_video(
    path, frames, codec='ffv1', pixels=None, *, rate=12, seconds=None, turned=0, **options
):
    """Write frames (H, W) or (H, W, 3), uint8 or uint16; returns the path.

    ``seconds`` are their times, ``turned`` the degrees by which a player turns them
    counterclockwise, ``options`` those of the container.
    """
    frames = list(frames)
    kind = {np.uint8: 'gray', np.uint16: 'gray16le'}[frames[0].dtype.type]
    kind = 'bgr24' if frames[0].ndim == 3 else kind
    with av.open(str(path), 'w', options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels or kind
        if codec == 'libx264':
            stream.options = {'crf': '1', 'g': '4', 'bf': '0'}
        if seconds is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if turned:
            stream.set_display_rotation(turned)
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format=kind)
            if seconds is None:
                frame.pts, frame.time_base = index, Fraction(1, rate)
            else:
                frame.pts, frame.time_base = round(1000 * seconds[index]), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path

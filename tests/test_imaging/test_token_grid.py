import numpy as np

from mdp_plugin.imaging.token_grid import pixel_places, sample_tokens, view_places


def ramp(height, width, cell):
    """Tokens that say where their middles are, in pixels."""
    places = np.moveaxis(np.mgrid[:height, :width], 0, -1)
    return ((places + 0.5) * cell - 0.5).astype(np.float16)


def test_places_of_an_image_and_of_its_tokens():
    places = pixel_places((16, 20))
    assert places.shape == (16, 20, 2) and places[3, 7].tolist() == [3, 7]
    view = view_places(places)
    # Squares of 8 pixels; the last one, cut off by the border, keeps its middle.
    assert view[..., 0].tolist() == [[3.5] * 3, [11.5] * 3]
    assert view[..., 1].tolist() == [[3.5, 11.5, 19.5]] * 2


def test_tokens_are_read_between_their_middles():
    # Tokens of 7 pixels and squares of 8: bilinear values of a ramp are the places themselves.
    view = view_places(pixel_places((64, 48)))
    found = sample_tokens(ramp(10, 8, 7), view, 7)
    assert found.shape == (2, 8, 6) and found.dtype == np.float16
    np.testing.assert_allclose(np.moveaxis(found, 0, -1), view, atol=0.05)


def test_a_window_is_a_crop_of_the_map():
    tokens = np.random.default_rng(0).normal(size=(20, 24, 3)).astype(np.float16)
    places = pixel_places((140, 168))
    whole = sample_tokens(tokens, view_places(places), 7)
    window = sample_tokens(tokens, view_places(places[16:80, 40:104]), 7)
    np.testing.assert_array_equal(window, whole[:, 2:10, 5:13])


def test_beyond_the_border_the_last_token_counts():
    found = sample_tokens(ramp(3, 3, 8), np.array([[[-50.0, 100.0]]]), 8)
    assert found[:, 0, 0].tolist() == [3.5, 19.5]

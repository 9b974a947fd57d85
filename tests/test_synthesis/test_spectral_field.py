"""Power-law fields."""

import numpy as np
import pytest

from mdp_plugin.synthesis.spectral_field import spectral_field, spectral_line


def _slope(field: np.ndarray) -> float:
    """Independent fit: power along the rows' periodogram of a window, on a log-log scale."""
    side = min(field.shape)
    square = field[:side, :side]
    taper = np.hanning(side)
    power = np.abs(np.fft.fft2((square - square.mean()) * np.outer(taper, taper))) ** 2
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    use = (radius > 0.04) & (radius < 0.3)
    return -np.polyfit(np.log(radius[use]), np.log(power[use]), 1)[0]


@pytest.mark.parametrize('beta', [0.0, 2.0, 3.0])
def test_spectrum_has_the_requested_exponent(beta):
    slopes = [_slope(spectral_field(np.random.default_rng(i), (192, 192), beta)) for i in range(6)]
    assert np.mean(slopes) == pytest.approx(beta, abs=0.15)


def test_field_is_normalised_and_of_the_requested_shape():
    field = spectral_field(np.random.default_rng(0), (37, 90), 2.5)
    assert field.shape == (37, 90)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(1, abs=1e-5)


def test_stretch_makes_structures_longer_along_its_axis():
    fields = [
        spectral_field(np.random.default_rng(i), (128, 128), 2.5, stretch=(1, 4)) for i in range(4)
    ]
    along_x = np.mean([np.abs(np.diff(f, axis=1)).mean() for f in fields])
    along_y = np.mean([np.abs(np.diff(f, axis=0)).mean() for f in fields])
    assert along_y > 2 * along_x


def test_longest_wavelength_flattens_the_spectrum():
    def block_spread(longest):
        spreads = []
        for i in range(4):
            field = spectral_field(np.random.default_rng(i), (128, 128), 3.0, longest=longest)
            spreads.append(field.reshape(4, 32, 4, 32).mean(axis=(1, 3)).std())
        return np.mean(spreads)

    assert block_spread(8) < 0.3 * block_spread(None)


def test_opposite_edges_do_not_match():
    field = spectral_field(np.random.default_rng(3), (128, 128), 3.5)
    seam = np.abs(field[:, 0] - field[:, -1]).mean()
    assert seam > 5 * np.abs(np.diff(field, axis=1)).mean()


def test_line_is_normalised():
    line = spectral_line(np.random.default_rng(0), 200, 2.5, longest=50)
    assert line.shape == (200,)
    assert line.mean() == pytest.approx(0, abs=1e-5)
    assert line.std() == pytest.approx(1, abs=1e-5)

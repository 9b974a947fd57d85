"""Random fields with a power-law spectrum, the raw material of every background."""

import numpy as np
from scipy import fft

_PADDING = 1.125  # fields are cut out of a larger one, so that opposite edges do not match


def spectral_field(
    rng: np.random.Generator,
    shape: tuple[int, int],
    beta: float,
    stretch: tuple[float, float] = (1.0, 1.0),
    longest: float | None = None,
) -> np.ndarray:
    """Draw a Gaussian random field whose power spectrum falls as ``1 / f**beta``.

    Natural clutter has two-dimensional spectra of that form; beta is about 2 for rough ground
    and 3 to 4 for clouds and for the sky (Field, "Relations between the statistics of natural
    images and the response properties of cortical cells", JOSA A 1987).

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (tuple[int, int]): Height and width of the field in pixels.
        beta (float): Exponent of the power spectrum; 0 is white noise.
        stretch (tuple[float, float]): How many times longer structures are along y and along x
            than in an isotropic field. Defaults to (1.0, 1.0).
        longest (float, optional): Wavelength in pixels above which the spectrum is flat. None
            leaves only the size of the field as the bound. Defaults to None.

    Returns:
        np.ndarray: float32 (H, W), zero mean and unit standard deviation.
    """
    height, width = (fft.next_fast_len(int(np.ceil(side * _PADDING)), real=True) for side in shape)
    freq_y = fft.fftfreq(height).astype(np.float32)[:, None] * np.float32(stretch[0])
    freq_x = fft.rfftfreq(width).astype(np.float32)[None, :] * np.float32(stretch[1])
    power = freq_y**2 + freq_x**2
    power[0, 0] = 1
    if longest is not None:
        power += np.float32(1.0 / longest**2)
    amplitude = np.exp(np.float32(-beta / 4) * np.log(power))
    amplitude[0, 0] = 0
    coefficients = np.empty(amplitude.shape, np.complex64)
    coefficients.real = rng.standard_normal(amplitude.shape, dtype=np.float32)
    coefficients.imag = rng.standard_normal(amplitude.shape, dtype=np.float32)
    coefficients *= amplitude
    field = fft.irfft2(coefficients, s=(height, width))[: shape[0], : shape[1]]
    field = field - field.mean()
    return field / max(float(field.std()), 1e-12)


def spectral_line(
    rng: np.random.Generator, length: int, beta: float, longest: float | None = None
) -> np.ndarray:
    """Draw a one-dimensional field with a ``1 / f**beta`` spectrum (skylines, roads, crests).

    Args:
        rng (np.random.Generator): Source of randomness.
        length (int): Number of samples.
        beta (float): Exponent of the power spectrum.
        longest (float, optional): Wavelength in samples above which the spectrum is flat.
            Defaults to None.

    Returns:
        np.ndarray: float32 (length,), zero mean and unit standard deviation.
    """
    padded = fft.next_fast_len(int(np.ceil(length * 2)), real=True)
    power = fft.rfftfreq(padded) ** 2
    power[0] = 1
    if longest is not None:
        power += 1.0 / longest**2
    amplitude = power ** (-beta / 4)
    amplitude[0] = 0
    coefficients = rng.standard_normal(power.shape) + 1j * rng.standard_normal(power.shape)
    line = fft.irfft(coefficients * amplitude, n=padded)[:length]
    line = line - line.mean()
    return (line / max(float(line.std()), 1e-12)).astype(np.float32)

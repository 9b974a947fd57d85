"""How sure a detector may be of a component: its log-odds, and their calibration."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from .target_matching import Components

#: Log-odds beyond these are the rounding of a map of 16 bit, not knowledge.
LOG_ODDS_LIMIT = 11.0


class Confidence(NamedTuple):
    """Probability that a predicted component is a target, by its mean log-odds (Platt, 1999).

        confidence = sigmoid(slope * log_odds + intercept)

    Attributes:
        slope (float): Below 1 for a detector that is too sure of itself.
        intercept (float): Shift in log-odds.
    """

    slope: float
    intercept: float

    def __call__(self, log_odds: float | np.ndarray) -> float | np.ndarray:
        """Calibrate mean log-odds, of any shape."""
        return expit(self.slope * log_odds + self.intercept)


#: What an uncalibrated detector says.
UNCALIBRATED = Confidence(1.0, 0.0)


class Reliability(NamedTuple):
    """Groups of components of similar confidence, from the least to the most confident.

    Attributes:
        confidence (np.ndarray): (n,) mean confidence of each group.
        rate (np.ndarray): (n,) share of true targets among its components.
        low (np.ndarray): (n,) lower end of the rate's 95 % interval (Wilson, 1927).
        high (np.ndarray): (n,) its upper end.
        count (np.ndarray): (n,) components.
    """

    confidence: np.ndarray
    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of rate and confidence over all components."""
        total = max(1, int(self.count.sum()))
        return float((self.count * np.abs(self.rate - self.confidence)).sum() / total)


def mean_log_odds(probabilities: np.ndarray) -> float:
    """Mean log-odds of a component's pixels, each limited to +-:data:`LOG_ODDS_LIMIT`.

    Args:
        probabilities (np.ndarray): Probabilities of its pixels, (n,).

    Returns:
        float: The mean of log(p / (1 - p)).
    """
    values = np.asarray(probabilities, np.float64)
    with np.errstate(divide='ignore'):
        odds = np.log(values) - np.log1p(-values)
    return float(odds.clip(-LOG_ODDS_LIMIT, LOG_ODDS_LIMIT).mean())


def component_log_odds(probability: np.ndarray, parts: Components) -> list[float]:
    """:func:`mean_log_odds` of each component of a map.

    Args:
        probability (np.ndarray): Of a target, (H, W).
        parts (Components): Its predicted components, n of them.

    Returns:
        list[float]: n values.
    """
    inside = parts.labels > 0
    values, labels = probability[inside], parts.labels[inside]
    return [mean_log_odds(values[labels == index + 1]) for index in range(len(parts.areas))]


def fit_confidence(log_odds: np.ndarray, is_target: np.ndarray) -> Confidence:
    """Fit Platt's sigmoid by maximum likelihood, with his smoothed labels.

    The labels are (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) instead of 1 and 0, so that the fit stays
    finite where few components are false, or none (J. Platt, *Probabilistic outputs for support
    vector machines*, 1999, section 2.2).

    Args:
        log_odds (np.ndarray): (n,) mean log-odds of components.
        is_target (np.ndarray): (n,) bool, whether each one is a target.

    Returns:
        Confidence: The fitted sigmoid; its slope is never negative.

    Raises:
        ValueError: If there are no components.
    """
    # Half of the time that a detector takes to be imported, and only the fit needs it.
    from scipy.optimize import minimize

    x, hit = np.asarray(log_odds, np.float64), np.asarray(is_target, bool)
    if not len(x):
        raise ValueError('no component was predicted, so there is nothing to calibrate on')
    true, false = hit.sum(), (~hit).sum()
    label = np.where(hit, (true + 1) / (true + 2), 1 / (false + 2))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = parameters[0] * x + parameters[1]
        slope = expit(z) - label
        return float((np.logaddexp(0, z) - label * z).sum()), np.array([slope @ x, slope.sum()])

    start = np.array([0.0, np.log((true + 1) / (false + 1))])
    found = minimize(loss, start, jac=True, method='L-BFGS-B', bounds=((0, None), (None, None)))
    return Confidence(*(float(value) for value in found.x))


def reliability(confidence: np.ndarray, is_target: np.ndarray, groups: int = 10) -> Reliability:
    """Compare confidence with what turned out to be true, in groups of equal size.

    Args:
        confidence (np.ndarray): (n,) confidence of components, 0..1.
        is_target (np.ndarray): (n,) bool, whether each one is a target.
        groups (int): Number of groups; fewer if there are fewer components. Defaults to 10.

    Returns:
        Reliability: The groups.
    """
    confidence, hit = np.asarray(confidence, np.float64), np.asarray(is_target, bool)
    order = np.argsort(confidence, kind='stable')
    parts = [part for part in np.array_split(order, groups) if len(part)]
    mean = np.array([confidence[part].mean() for part in parts])
    count = np.array([len(part) for part in parts])
    rate = np.array([hit[part].mean() for part in parts])
    z2 = 1.959964**2
    middle = (rate + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (rate * (1 - rate) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return Reliability(mean, rate, middle - half, middle + half, count)

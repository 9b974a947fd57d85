"""Confidence and thresholds of a detector, measured on images."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import functional as F
from .evaluating import Evaluation, evaluate_pairs, opened
from .false_alarms import FalseAlarms
from .operating_points import FalseAlarmWarning, OperatingPoints, corners
from .protocol import DEFAULT_PROTOCOL, Protocol
from .scored_images import Images, Predict


@dataclass(frozen=True)
class Calibration:
    """Confidence, and the predicted components to which it was fitted.

    Attributes:
        threshold (float): Probability above which a pixel belonged to a component.
        confidence (Confidence): Confidence in a component by its mean log-odds.
        log_odds (list[float]): Mean log-odds of each component.
        is_target (list[bool]): Of each component whether it is a target.
    """

    threshold: float
    confidence: F.Confidence
    log_odds: list[float]
    is_target: list[bool]

    @property
    def reliability(self) -> F.Reliability:
        """Calibrated confidence against the share of true targets."""
        confidence = self.confidence(np.array(self.log_odds))
        return F.reliability(confidence, np.array(self.is_target, bool))

    def to_dict(self) -> dict[str, Any]:
        """The content as plain values, for JSON, with the mean error of the confidence."""
        return {
            'threshold': self.threshold,
            'confidence': self.confidence._asdict(),
            'log_odds': self.log_odds,
            'is_target': self.is_target,
            'error': self.reliability.error,
        }


def calibrate(
    predictions: Images | Predict | Any,
    truths: Images,
    *,
    images: Images | None = None,
    names: str | Path | Sequence[str] | None = None,
    protocol: Protocol = DEFAULT_PROTOCOL,
) -> Calibration:
    """Fit the confidence in what is predicted at the protocol's threshold.

    Use images that were not trained on and will not be tested on.

    Args:
        predictions (str | Path | Sequence[np.ndarray] | TargetDetector | Callable): See
            :func:`~mdp_plugin.evaluation.evaluating.evaluate`.
        truths (str | Path | Sequence[np.ndarray]): Likewise.
        images (str | Path | Sequence[np.ndarray], optional): Likewise. Defaults to None.
        names (str | Path | Sequence[str], optional): Likewise. Defaults to None: all.
        protocol (Protocol): Which components are predicted, and which of them are targets.
            Defaults to the field's protocol.

    Returns:
        Calibration: The confidence.

    Raises:
        OSError: If a folder or a file cannot be read.
        TypeError: If a prediction, a truth or their combination is of a wrong type.
        ValueError: If they do not belong together, or nothing is predicted.
    """
    with opened(predictions, truths, images, names, protocol) as scored:
        return calibrate_pairs(scored, protocol)


def calibrate_pairs(
    pairs: Iterable[tuple[str, np.ndarray, np.ndarray]], protocol: Protocol = DEFAULT_PROTOCOL
) -> Calibration:
    """Fit the confidence to probabilities with their truths.

    Args:
        pairs (Iterable[tuple[str, np.ndarray, np.ndarray]]): Name, probability (H, W) and truth
            (H, W) of each image.
        protocol (Protocol): See :func:`calibrate`. Defaults to the field's protocol.

    Returns:
        Calibration: The confidence.

    Raises:
        ValueError: If nothing is predicted.
    """
    return _fitted(_predicted_parts(pairs, protocol), protocol)


def operating_points(
    predictions: Images | Predict | Any,
    truths: Images,
    *,
    images: Images | None = None,
    names: str | Path | Sequence[str] | None = None,
    protocol: Protocol = DEFAULT_PROTOCOL,
    false_alarms: FalseAlarms | str | None = None,
    frame_rate: float | None = None,
) -> OperatingPoints:
    """Measure what thresholds cost, choose one, and calibrate confidence at it.

    ``TargetDetector(operating_points=...)`` takes the result, and so do its file
    (:meth:`OperatingPoints.save`) and ``mdpnet detect``. Use images that were not trained on and
    will not be tested on. It warns where they are too few to show the rate that is asked for.

    Args:
        predictions (str | Path | Sequence[np.ndarray] | TargetDetector | Callable): See
            :func:`~mdp_plugin.evaluation.evaluating.evaluate`.
        truths (str | Path | Sequence[np.ndarray]): Likewise.
        images (str | Path | Sequence[np.ndarray], optional): Likewise. Defaults to None.
        names (str | Path | Sequence[str], optional): Likewise. Defaults to None: all.
        protocol (Protocol): How they are scored, with thresholds for the curve. Defaults to the
            field's protocol.
        false_alarms (FalseAlarms | str, optional): A rate such as '0.01/frame', '10/hour' or
            '1e-6/pixel': take the lowest threshold that keeps it. Defaults to None: the protocol's
            threshold.
        frame_rate (float, optional): Frames a second, for a rate an hour. Defaults to None.

    Returns:
        OperatingPoints: Threshold, curve and confidence.

    Raises:
        OSError: If a folder or a file cannot be read.
        TypeError: If a prediction, a truth or their combination is of a wrong type.
        ValueError: If they do not belong together, nothing is predicted, or no threshold keeps
            the rate.
    """
    asked = None if false_alarms is None else FalseAlarms.parse(false_alarms, frame_rate)
    with opened(predictions, truths, images, names, protocol) as scored:
        evaluation = evaluate_pairs(scored, protocol)
        points = points_of_evaluation(evaluation, scored, scored.data, asked)[0]
    doubt = asked and points.doubt(asked, points.threshold)
    if doubt:
        warnings.warn(doubt, FalseAlarmWarning, stacklevel=2)
    return points


def points_of_evaluation(
    evaluation: Evaluation,
    pairs: Iterable[tuple[str, np.ndarray, np.ndarray]],
    data: str,
    false_alarms: FalseAlarms | None = None,
) -> tuple[OperatingPoints, Calibration | None]:
    """Choose a threshold by an evaluation and calibrate at it, on the same images.

    Args:
        evaluation (Evaluation): What came of scoring the images, with curves.
        pairs (Iterable[tuple[str, np.ndarray, np.ndarray]]): The images once more, since the
            threshold was not known before.
        data (str): What they are, in words.
        false_alarms (FalseAlarms, optional): See :func:`operating_points`. Defaults to None.

    Returns:
        tuple[OperatingPoints, Calibration | None]: The points, and the components behind their
        confidence; None, as the confidence, where nothing is predicted at the threshold that a
        rate needs.

    Raises:
        ValueError: If there are no curves, nothing is predicted at the protocol's threshold, or no
            threshold keeps the rate.
    """
    if evaluation.curves is None:
        raise ValueError('operating points need the curves of at least one image')
    protocol, curve = evaluation.protocol, corners(evaluation.curves.to_dict())
    points = OperatingPoints(protocol.threshold, data, curve, None, len(evaluation.images))
    if false_alarms is not None:
        points = replace(points, threshold=points.threshold_for(false_alarms))
    protocol = replace(protocol, threshold=points.threshold)
    parts = _predicted_parts(pairs, protocol)
    if false_alarms is not None and not parts[0]:  # a rate can be kept by finding nothing
        return points, None
    calibration = _fitted(parts, protocol)
    return replace(points, confidence=calibration.confidence), calibration


def _predicted_parts(
    pairs: Iterable[tuple[str, np.ndarray, np.ndarray]], protocol: Protocol
) -> tuple[list[float], list[bool]]:
    """Log-odds of each predicted component, and whether it is a target."""
    log_odds: list[float] = []
    is_target: list[bool] = []
    for name, probability, truth in pairs:
        matches = protocol.match(probability, truth, name)
        log_odds += matches.log_odds
        is_target += matches.is_target
    return log_odds, is_target


def _fitted(parts: tuple[list[float], list[bool]], protocol: Protocol) -> Calibration:
    """The confidence in predicted components."""
    log_odds, is_target = parts
    confidence = F.fit_confidence(np.array(log_odds), np.array(is_target, bool))
    return Calibration(protocol.threshold, confidence, log_odds, is_target)

"""Checks of single settings: a value that cannot be is refused by the name of its field."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

LEVELS = 255.0
"""Radiance unit: every setting in levels refers to a full scale of 0..255."""


def check_range(
    owner: object, name: str, low: float, high: float = float('inf'), integer: bool = False
) -> None:
    """Check that a field is ``(smallest, largest)`` inside given bounds; store it as a tuple.

    Args:
        owner (object): The frozen settings that hold the field.
        name (str): Its name.
        low (float): Smallest value allowed.
        high (float): Largest value allowed. Defaults to infinity.
        integer (bool): Whether only whole numbers are allowed. Defaults to False.

    Raises:
        ValueError: If the value is no such range.
    """
    value = getattr(owner, name)
    label = f'{type(owner).__name__}.{name}'
    kind = Integral if integer else Real
    word = 'whole numbers' if integer else 'numbers'
    if (
        not isinstance(value, (tuple, list))
        or len(value) != 2
        or not all(isinstance(v, kind) and not isinstance(v, bool) for v in value)
    ):
        raise ValueError(f'{label} must be two {word} (smallest, largest), got {value!r}')
    if not low <= value[0] <= value[1] <= high:
        raise ValueError(
            f'{label} must satisfy {low} <= smallest <= largest <= {high}, got {tuple(value)}'
        )
    object.__setattr__(owner, name, tuple(value))


def check_weights(owner: object, name: str, known: Mapping[str, Any]) -> None:
    """Check that a field maps known names to weights of which at least one is positive.

    Args:
        owner (object): The frozen settings that hold the field.
        name (str): Its name.
        known (Mapping): The names that may have a weight.

    Raises:
        ValueError: If the value is no such mapping.
    """
    value = getattr(owner, name)
    label = f'{type(owner).__name__}.{name}'
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f'{label} must map names to weights, got {value!r}')
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise ValueError(f'{label} has no {unknown[0]!r}; it knows {", ".join(sorted(known))}')
    bad = [
        key
        for key, weight in value.items()
        if not isinstance(weight, Real) or not 0 <= float(weight) < float('inf')
    ]
    if bad:
        raise ValueError(f'{label}[{bad[0]!r}] must be a number >= 0, got {value[bad[0]]!r}')
    if not sum(value.values()) > 0:
        raise ValueError(f'{label} needs at least one positive weight, got {dict(value)!r}')
    object.__setattr__(owner, name, dict(value))


def check_number(owner: object, name: str, low: float, high: float) -> None:
    """Check that a field is a number inside given bounds.

    Args:
        owner (object): The settings that hold the field.
        name (str): Its name.
        low (float): Smallest value allowed.
        high (float): Largest value allowed.

    Raises:
        ValueError: If the value is none.
    """
    value = getattr(owner, name)
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= float(value) <= high:
        raise ValueError(
            f'{type(owner).__name__}.{name} must lie between {low:g} and {high:g}, got {value!r}'
        )

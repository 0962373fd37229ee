"""An explanation as dictionaries, lists, texts and numbers alone: for JSON, and for the lab."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from glassnet.insight.step.attribution import Attribution
from glassnet.insight.step.parts import Parts
from glassnet.nn.arrays import Array


def plain(parts: Parts, largest: int | None) -> dict[str, Any]:
    """Every field by its name; `largest` rows and columns of an array at most."""
    made = _plain(parts, largest)
    assert isinstance(made, dict)
    return made


def _plain(value: Any, largest: int | None) -> Any:
    if isinstance(value, np.ndarray):
        return _array(value, largest)
    if is_dataclass(value) and not isinstance(value, type):
        named = {
            field.name: _plain(getattr(value, field.name), largest)
            for field in fields(value)
            if not isinstance(getattr(value, field.name), Attribution)
        }
        return named
    if isinstance(value, (list, tuple)):
        return [_plain(each, largest) for each in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    return value


def _array(values: Array, largest: int | None) -> dict[str, Any]:
    """Its whole shape, and its numbers in nested lists, or their corner."""
    corner = values[tuple(slice(largest) for _ in values.shape)]
    whole = corner.shape == values.shape
    return {"shape": list(values.shape), "whole": whole, "values": _nested(corner.tolist())}


def _nested(values: Any) -> Any:
    if isinstance(values, list):
        return [_nested(each) for each in values]
    return _number(values) if isinstance(values, float) else values


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)

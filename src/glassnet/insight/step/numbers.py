"""Numbers as short text: eight characters at most, so that eight of them fit into a line."""

import math
from typing import Any

import numpy as np

LONGEST = 8


def short(value: Any) -> str:
    """A number in at most eight characters, if its exponent has two digits."""
    if isinstance(value, (int, np.integer, np.bool_)):
        return str(int(value))
    number = float(value) + 0.0  # -0.0 becomes 0.0
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "∞" if number > 0 else "−∞"
    if number != 0 and not 1e-4 <= abs(number) < 1e6:
        return f"{number:.1e}"
    text = f"{number:.4f}"
    return text if len(text) <= LONGEST else f"{number:.{LONGEST - 2}g}"


def minus(text: str) -> str:
    """The text of a number with the sign −, its exponent as it is."""
    return f"−{text[1:]}" if text.startswith("-") else text


def in_formula(value: Any, digits: int = 4) -> str:
    """A number of so many digits to stand in a formula: 1.7e-05 is 1.7·10⁻⁵ there."""
    number = float(value) + 0.0
    text = f"{number:.{digits}g}" if math.isfinite(number) else short(number)
    mantissa, e, exponent = text.partition("e")
    if not e:
        return minus(text)
    raised = str(int(exponent)).translate(_RAISED)
    return f"{minus(mantissa)}·10{raised}"


def factor(value: Any, digits: int = 4) -> str:
    """A number to be multiplied with: in brackets where it is negative."""
    text = in_formula(value, digits)
    return f"({text})" if text.startswith("−") else text


def signed(value: float, digits: int = 4) -> str:
    """A number to be added: + 1.5 or − 1.5."""
    text = in_formula(abs(value), digits)
    return f"− {text}" if value < 0 else f"+ {text}"


def precise(value: float) -> str:
    """Ten digits: for two numbers that are to be compared."""
    return minus(f"{value + 0.0:.10g}") if math.isfinite(value) else short(value)


def lowered(number: int) -> str:
    """A subscript: 12 is ₁₂."""
    return str(number).translate(_LOWERED)


_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

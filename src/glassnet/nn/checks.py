"""Is it a number? Asked wherever a description takes one."""

import math

import numpy as np


def is_number(value: object) -> bool:
    """Whether it's a finite number, of Python's or NumPy's; True and False are none."""
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)

"""In what arithmetic the user's loss is worked out, seen from its values alone.

Nine equally spaced points a millionth apart lie on a cubic, as far as a smooth function is
concerned; what is left over is rounding: about 10⁻¹⁶ of the value in float64, 10⁻⁸ in float32.
"""

from dataclasses import dataclass, replace

import numpy as np

from glassnet.insight.numeric import Evaluation, Function, Slope, slope
from glassnet.nn.arrays import Array

_SPACINGS = (1e-6, 1e-5, 1e-4)  # where all values are alike, they are rounded more than that
_PLACES = np.arange(-4.0, 5.0)
_CUBIC = np.vander(_PLACES, 4)
_LEFT_OVER = np.eye(9) - _CUBIC @ np.linalg.pinv(_CUBIC)
_COARSE = 1e-10  # between the two; 1 − p near 0 costs float64 some digits, too
_COARSE_STEPS = (2e-2, 5e-3, 1e-3)
_MOST_SCALED = 1e4  # times 1/loss: beyond it the rounding of the loss would look like kinks


@dataclass(frozen=True)
class Arithmetic:
    """noise: the rounding of the loss as a share of its value."""

    noise: float

    @property
    def is_coarse(self) -> bool:
        """Whether the function works in less than float64 somewhere on its way."""
        return self.noise > _COARSE

    def slope(
        self, f: Function, x: Array, coordinate: int, centre: Evaluation, typical: float = 1.0
    ) -> Slope:
        """∂f/∂x[coordinate]: as ever in float64, by far longer steps in less.

        typical: the size of such slopes. What counts as smooth is measured in it, so that tiny
        gradients are as exact, as a share, as large ones.
        """
        if not np.isfinite(centre.value):
            return Slope(coordinate, np.nan, 2, 0.0, 0.0, kink=True)
        if not self.is_coarse:
            scale = min(1 / max(typical, 1e-300), _MOST_SCALED / max(abs(centre.value), 1e-6))
            found = slope(_scaled(f, scale), x, coordinate, _times(centre, scale))
            return replace(found, value=found.value / scale, rounding=found.rounding / scale)
        return self._rough_slope(f, x, coordinate, centre.value)

    def _rough_slope(self, f: Function, x: Array, coordinate: int, centre: float) -> Slope:
        """By five points at the longest step over which f is smooth, as far as rounding shows.

        Over a smooth f the two differences agree, and the one-sided slopes part in proportion to
        the step; by what they don't, where no step is smooth, counts as rounding too.
        """
        best: Slope | None = None
        for h in _COARSE_STEPS:
            values = []
            for places in (-2, -1, 1, 2):
                moved = x.copy()
                moved[coordinate] += places * h
                values.append(f(moved).value)
            far, near = (values[3] - values[0]) / (4 * h), (values[2] - values[1]) / (2 * h)
            rounding = 4 * self.noise * abs(centre) / h
            folds = [(values[k] - 2 * centre + values[3 - k]) / h for k in (0, 1)]
            bend = max(abs(far - near), abs(folds[0] / 4 - folds[1]))
            doubt = rounding + (0.0 if bend <= rounding else bend)
            if best is None or doubt < best.rounding:
                best = Slope(coordinate, (4 * near - far) / 3, 5, h, doubt)
            if bend <= rounding:
                break
        assert best is not None
        return best


def _times(point: Evaluation, scale: float) -> Evaluation:
    return Evaluation(point.value * scale, point.sides)


def _scaled(f: Function, scale: float) -> Function:
    return lambda x: _times(f(x), scale)


def measure(f: Function, x: Array) -> Arithmetic:
    """The arithmetic of f near x; of two directions the smoother, as one may cross a kink."""
    rng = np.random.default_rng(0)
    return Arithmetic(min(_noise(f, x, rng.choice([-1.0, 1.0], len(x))) for _ in range(2)))


def _noise(f: Function, x: Array, direction: Array) -> float:
    """The rounding along a direction, as a share; 0 where f stays the same far and wide.

    What a kink leaves over shrinks with the points' distance, what rounding leaves over doesn't.
    """
    for spacing in _SPACINGS:
        values, left = _left_over(f, x, direction, spacing)
        if not np.ptp(values):
            continue
        nearer, left_nearer = _left_over(f, x, direction, spacing / 100)
        is_rounding = not np.ptp(nearer) or left_nearer > 0.2 * left
        return left if is_rounding else float(np.finfo(np.float64).eps)
    return 0.0


def _left_over(f: Function, x: Array, direction: Array, spacing: float) -> tuple[Array, float]:
    """Nine values along a line, and what a cubic leaves over of them, as a share."""
    values = np.array([f(x + spacing * place * direction).value for place in _PLACES])
    rounding = float(np.linalg.norm(_LEFT_OVER @ values)) / np.sqrt(5)
    return values, rounding / (float(np.abs(values).max()) or 1.0)

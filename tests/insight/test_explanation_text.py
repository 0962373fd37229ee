"""An explanation as text: it fits into the terminal, and no number is lost without a sign."""

import numpy as np
import pytest

from glassnet.insight.explanation import Explanation, Quantity, Stage


def text_of(values: np.ndarray, **limits: int) -> list[str]:
    """The lines of one array under its head."""
    axes = ("rows", "columns")[: values.ndim]
    stage = Stage("forward", "a test", (Quantity("z", "hidden", "z = x W + b", axes, values),))
    return Explanation((stage,), 1.0, 0.5).text(**limits).splitlines()[2:-2]


@pytest.mark.parametrize("scale", [1e-30, 1e-5, 1.0, 123.0, 99_999.0, 1e6, 1e30])
def test_eight_columns_of_any_size_fit(scale: float) -> None:
    values = -scale * np.random.default_rng(0).uniform(0.5, 1, (3, 9))
    lines = text_of(values)
    assert max(map(len, lines)) <= 80
    for line, row in zip(lines[1:], values, strict=True):
        *cells, sign = line.split()
        assert sign == "…"
        np.testing.assert_allclose([float(cell) for cell in cells], row[:8], rtol=0.06, atol=5e-5)


def test_a_narrow_terminal_shows_fewer_columns() -> None:
    values = np.arange(40.0).reshape(2, 20) / 10
    for width in (40, 60, 100):
        lines = text_of(values, largest=20, width=width)
        assert max(map(len, lines)) <= width
        assert len(lines[-1].split()) > (width - 20) // 8
        assert lines[-1].endswith(" …")
    wide = text_of(values, largest=20, width=200)
    assert [float(cell) for cell in wide[-1].split()] == values[1].tolist()


def test_rows_left_out_are_counted_and_zeros_have_no_sign() -> None:
    lines = text_of(np.full((9, 1), -0.0))
    assert lines[0] == "  hidden  z  (9 rows × 1 column)   z = x W + b"
    assert lines[1].strip() == "0.0000"
    assert lines[-1].strip() == "… 1 more row"
    assert len(lines) == 10

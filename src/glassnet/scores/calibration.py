"""Calibration: does 80 % mean 80 %? Reliability bins and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InputError
from glassnet.scores.checks import (
    Floats,
    as_binary,
    as_probabilities,
    as_weight,
    check_same_length,
    sum_by_place,
)


@dataclass(frozen=True)
class ReliabilityBins:
    """Bins of equal width over [0, 1]; `predicted` and `observed` are NaN where one is empty.

    edges (bins + 1,), predicted (bins,) mean probability, observed (bins,) share of ones,
    weight (bins,) number or weight of samples.
    """

    edges: Floats
    predicted: Floats
    observed: Floats
    weight: Floats


def reliability_bins(
    p: ArrayLike, y: ArrayLike, *, bins: int = 10, sample_weight: ArrayLike | None = None
) -> ReliabilityBins:
    """Mean probability beside the observed share of ones, bin by bin.

    p (n,) in [0, 1]; y (n,) of 0 and 1. For many classes give the probability of the chosen class
    and whether it was right. Bin b holds b/bins ≤ p < (b+1)/bins, the last one also p = 1.
    """
    probabilities, positive = as_probabilities(p, "p"), as_binary(y, "y")
    if probabilities.ndim != 1 or bins < 1:
        raise InputError(
            f"reliability_bins: p has shape {probabilities.shape}, bins is {bins}; "
            f"expected (n,) and at least one bin"
        )
    check_same_length(probabilities, positive, ("p", "y"))
    weight = as_weight(sample_weight, len(positive))
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, probabilities, side="right") - 1, 0, bins - 1)
    total = sum_by_place(place, weight, bins)
    divisor = np.where(total > 0, total, np.nan)
    return ReliabilityBins(
        edges=edges,
        predicted=sum_by_place(place, weight * probabilities, bins) / divisor,
        observed=sum_by_place(place, weight * positive, bins) / divisor,
        weight=total,
    )


def expected_calibration_error(
    p: ArrayLike, y: ArrayLike, *, bins: int = 10, sample_weight: ArrayLike | None = None
) -> float:
    """Σ_b (n_b / n) · |observed_b − predicted_b| (Naeini, Cooper & Hauskrecht 2015, AAAI)."""
    found = reliability_bins(p, y, bins=bins, sample_weight=sample_weight)
    filled = found.weight > 0
    gap = np.abs(found.observed - found.predicted)[filled]
    return float(np.average(gap, weights=found.weight[filled]))

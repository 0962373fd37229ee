"""Ideas with a number of their own that is fitted: a learning rate, or which sample it is."""

import numpy as np

from glassnet.insight.verify.faults.ideas import Deltas, Idea, Lines, View
from glassnet.nn.arrays import Array

_MOST_NUMBERS = 1_000_000  # of all samples' parts in one gradient


def stale_idea(view: View, i: int, above: Deltas, above_lines: Lines, lines: Lines) -> Idea | None:
    """The layer above was updated before its weights were used: W − η dW stands for W.

    dW is the user's own gradient of these weights. The learning rate η is what fits; the idea says
    something where one η fits all numbers.
    """
    slopes = view.each(lambda t, r: view.model.derivative(r, i))
    right = view.each(lambda t, r: above[t] @ r.W[i + 1].T * slopes[t])
    moved = view.each(lambda t, r: above[t] @ above_lines[t][0].T * slopes[t])
    rate = _fitted_rate(view, i, lines, right, moved)
    if rate is None:
        return None
    deltas = tuple(r - rate * m for r, m in zip(right, moved, strict=True))
    wrote = f"dZ{i + 2} is taken through W{i + 2} − {rate:.4g} · dW{i + 2}"
    return Idea("stale-weight", wrote, deltas, rate)


def _fitted_rate(view: View, i: int, lines: Lines, right: Deltas, moved: Deltas) -> float | None:
    """η of u = right − η moved + penalty, for dW of layer i, or for db where dW isn't seen."""
    gaps, columns = [], []
    for t, record in enumerate(view.records):
        W, b = view.model.chain.layers[i].split(view.points[t])
        inputs = view.model.inputs(record, i)
        user, own = (lines[t][0], W) if inputs is not None else (lines[t][1], b)
        if user is None or own is None:
            return None
        true, change = (
            d.sum(axis=0) if inputs is None else inputs.T @ d for d in (right[t], moved[t])
        )
        size = float(np.linalg.norm(true)) or 1.0
        gaps.append((true - user).reshape(-1) / size)
        terms = (change, own, np.sign(own))
        columns.append(np.stack([term.reshape(-1) / size for term in terms], axis=1))
    gap, terms_of_all = np.concatenate(gaps), np.concatenate(columns)
    if not (np.isfinite(gap).all() and np.isfinite(terms_of_all).all()) or len(gap) < 5:
        return None
    fitted, *_ = np.linalg.lstsq(terms_of_all, gap, rcond=None)
    return float(fitted[0]) or None


def one_sample_idea(view: View, right: Deltas, lines: Lines, i: int) -> Idea | None:
    """Of all samples one alone is taken, in ∂L/∂z: the one that the user's gradient follows."""
    for line in ("W", "b"):
        place = sample_alone(view, right, lines, i, line)
        if place is not None:
            only = tuple(np.where(np.arange(len(d))[:, None] == place, d, 0.0) for d in right)
            return Idea("one-sample", f"sample {place + 1} alone", only, float(place))
    return None


def sample_alone(view: View, right: Deltas, lines: Lines, i: int, line: str) -> int | None:
    """The one sample whose part in dW (or db) of layer i the user's is a multiple of."""
    samples = view.model.samples
    if samples is None or samples < 2:
        return None
    user, rows, theta = [], [], []
    for t, record in enumerate(view.records):
        own = view.model.chain.layers[i].split(view.points[t])[line == "b"]
        mine, inputs = lines[t][line == "b"], view.model.inputs(record, i)
        if own is None or mine is None or inputs is None or own.size * samples > _MOST_NUMBERS:
            return None
        user.append(mine.reshape(-1))
        theta.append(own.reshape(-1))
        parts = right[t] if line == "b" else np.einsum("ni,nj->nij", inputs, right[t])
        rows.append(parts.reshape(samples, -1))
    return _followed(np.concatenate(user), np.concatenate(rows, axis=1), np.concatenate(theta))


def _followed(u: Array, rows: Array, theta: Array) -> int | None:
    """Which row u is a multiple of, but for what a penalty on θ may add; None where none is it."""
    terms = np.stack([theta, np.sign(theta)], axis=1)
    along, _ = np.linalg.qr(terms)
    U, R = u - along @ (along.T @ u), rows - (rows @ along) @ along.T
    lengths = np.linalg.norm(R, axis=1) * np.linalg.norm(U)
    if len(U) < 5 or not np.isfinite(U).all():
        return None
    alike = np.abs(R @ U) / np.where(lengths > 0, lengths, np.inf)
    place = int(alike.argmax())
    return place if alike[place] > 1 - 1e-9 else None

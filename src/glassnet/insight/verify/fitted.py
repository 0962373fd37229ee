"""Ideas with a number of their own that is fitted: a learning rate, or which sample it is."""

import numpy as np

from glassnet.insight.verify.ideas import Deltas, Idea, Lines, View


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
    """Of all samples one alone is taken: the one that the user's gradient points along most."""
    if view.model.X is None or len(view.model.X) < 2:
        return None
    user, rows = [], []
    for t, record in enumerate(view.records):
        W, b = lines[t]
        inputs = view.model.inputs(record, i)
        if b is not None:
            user.append(b)
            rows.append(right[t])
        elif inputs is not None:
            user.append(W.reshape(-1))
            rows.append(np.einsum("ni,nj->nij", inputs, right[t]).reshape(len(inputs), -1))
    U, R = np.concatenate(user), np.concatenate(rows, axis=1)
    lengths = np.linalg.norm(R, axis=1) * np.linalg.norm(U)
    alike = np.abs(R @ U) / np.where(lengths > 0, lengths, np.inf)
    place = int(alike.argmax())
    if alike[place] < 1 - 1e-6:
        return None
    only = tuple(np.where(np.arange(len(d))[:, None] == place, d, 0.0) for d in right)
    return Idea("one-sample", f"sample {place + 1} alone", only, float(place))

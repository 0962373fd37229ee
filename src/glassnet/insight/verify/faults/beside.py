"""Mistakes beside a penalty: both gradients are looked at with the loss's own penalty taken away.

Where the penalty is by far the larger part, or there are only two numbers, u = c·r + e·θ says
nothing by itself: c and e fit anything. But the loss tells e, and then c must be a number that a
mistake gives.
"""

from collections.abc import Sequence

import numpy as np

from glassnet.insight.verify.evidence.examine import Seen
from glassnet.insight.verify.evidence.tree import Name
from glassnet.insight.verify.faults.local import Local
from glassnet.insight.verify.faults.penalty import Penalty
from glassnet.insight.verify.faults.relations import CLOSE, Relation, name_of_factor, relate
from glassnet.nn.arrays import Array

_ROUNDEST = 1e-3  # of what is compared: the noise, at most
_ALIKE = 1e-6


def differs(name: Name, seen: Sequence[Seen]) -> bool:
    """Whether some difference is far more than rounding, however small it is beside a penalty."""
    for each in seen:
        numbers = each.numbers(name)
        if numbers is not None and each.user[name].fault is None:
            gap = float(np.linalg.norm(numbers[0] - numbers[1]))
            if gap > 10 * _noise(each, name):
                return True
    return False


def beside_penalty(
    name: Name, seen: Sequence[Seen], penalty: Penalty, samples: int | None, outputs: int
) -> Local | None:
    """What is wrong with the gradient but for its penalty, or with the penalty alone; or None."""
    exact: list[tuple[Array, Array, Array]] = []  # ours and the true one without penalty; penalty
    shares: list[float] = []
    for each in seen:
        numbers = each.numbers(name)
        if numbers is None or each.user[name].fault is not None:
            return None
        user, true, theta, signs = numbers
        part = penalty.part(theta, signs)
        size = float(np.linalg.norm(true - part))
        share = _noise(each, name) / size if size else np.inf
        if share <= _ROUNDEST:
            exact.append((user - part, true - part, part))
            shares.append(share)
    if not exact:
        return None
    close = max(CLOSE, 3 * max(shares))
    users, trues, parts = ([point[k] for point in exact] for k in range(3))
    if sum(map(len, users)) > 1:
        wrong = _multiple(users, trues, parts, samples)
        if wrong is not None:
            amount = wrong * penalty.amount
            relation = Relation(1.0, **{"signs" if penalty.l1 else "decay": amount}, spare=1)
            return Local("plain", relation)
    if _is_one_number(users, trues):
        return Local("scalar", Relation(1.0))
    factor = relate(users, trues, None, close)
    if factor is None or factor.is_equal:
        return None
    if "scaled" in name_of_factor(factor.factor, samples, outputs, close):
        return None
    amount = (1 - factor.factor) * penalty.amount
    beside = {"signs" if penalty.l1 else "decay": amount}
    return Local("plain", Relation(factor.factor, **beside, left=factor.left, spare=factor.spare))


def _noise(seen: Seen, name: Name) -> float:
    truth = seen.truth[name]
    return float(np.linalg.norm(truth.rounding[truth.usable]))


def _multiple(
    users: Sequence[Array], trues: Sequence[Array], parts: Sequence[Array], samples: int | None
) -> float | None:
    """m of a difference that is m times the penalty's part, where a mistake gives such an m."""
    gap = np.concatenate([u - r for u, r in zip(users, trues, strict=True)])
    part = np.concatenate(list(parts))
    multiple = float(gap @ part) / float(part @ part)
    left = float(np.linalg.norm(gap - multiple * part))
    if not left <= _ROUNDEST * float(np.linalg.norm(gap)):
        return None
    # The code has 1 + m times the penalty: none, twice, half, n times or 1/n of it.
    has = 1 + multiple
    is_telling = abs(has) <= _ROUNDEST or "scaled" not in name_of_factor(has, samples, None, 1e-4)
    return multiple if is_telling and abs(multiple) > 0.1 else None


def _is_one_number(users: Sequence[Array], trues: Sequence[Array]) -> bool:
    """Whether all units have one number: the true ones' sum, or a telling multiple of it."""
    if len(users[0]) < 2:
        return False
    most = max(float(np.abs(true).max()) for true in trues)
    spread = max(float(np.ptp(user)) for user in users)
    largest = max(float(np.abs(user).max()) for user in users)
    if max(float(np.ptp(true)) for true in trues) <= 0.01 * most:
        return False
    sums = [float(true.sum()) for true in trues]
    if largest <= _ALIKE * most:
        return max(map(abs, sums)) <= _ALIKE * most
    if spread > _ALIKE * largest:
        return False
    found = relate([user[:1] for user in users], [np.array([total]) for total in sums])
    return found is not None and "scaled" not in name_of_factor(found.factor, None)

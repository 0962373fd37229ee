"""What the user's functions return, made into numbers: one loss, one array for each parameter."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.tree import Name, Path, Tree, leaves, name_of
from glassnet.nn.arrays import Array

# dW1, grad_W1, gradW1, dL_dW1, nabla_W1, W1_grad, W1.grad: what people call W1's gradient.
_BEFORE = r"(?:d[a-z]{0,4}_?/?d_?|d_?|g_?|gr_?|∂_?|grads?_?|gradients?_?|nabla_?|delta_?)"
_BEHIND = r"(?:[_.]?(?:grads?|gradients?|d|g))"


def one_number(answer: Any, function: str = "loss") -> float:
    """The loss; of a tuple the first entry. Raises ``InputError`` where it is no number."""
    if isinstance(answer, (tuple, list)) and answer:
        answer = answer[0]
    if answer is None:
        raise InputError(f"{function} returned None; does it end with a return?")
    try:
        raw = np.asarray(answer)
        kind = raw.dtype.kind
        # A text or an object may be made a number: NumPy would, and nobody meant it.
        value = None if kind in "cSUmM" else np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        value, kind = None, "O"
    if value is None:
        what = "a complex number" if kind == "c" else type(answer).__name__
        raise InputError(f"{function} returned {what}; it must return one real number")
    if value.size != 1:
        raise InputError(
            f"{function} returned an array of shape {value.shape}; it must return one number: "
            "take the mean over the samples"
        )
    return float(value.reshape(()))


def is_whole(loss: Any) -> bool:
    """Whether a loss is of a type that has whole numbers alone: int, bool."""
    return np.asarray(loss).dtype.kind in "iub"


def arrays_by_name(answer: Any, tree: Tree) -> dict[Name, Array]:
    """The gradient of each parameter as it came, where the answer holds one.

    A dict is read by its keys, W1 or dW1 or grad_W1; a list of as many arrays by its order; of a
    pair of loss and gradients the gradients are taken. Raises ``InputError``.
    """
    answer = _without_loss(answer)
    if answer is None:
        raise InputError("gradients returned None; does it end with a return?")
    if isinstance(answer, np.ndarray) and len(tree.paths) == 1:
        return {name: _numbers(name, answer) for name in tree.paths}
    found = dict(_by_path(answer, tree))
    matched = {name: found[path] for name, path in tree.paths.items() if path in found}
    for name in tree.paths:
        if name not in matched:
            key = _key_for(name, [name_of(path) for path in found])
            values = [leaf for path, leaf in found.items() if name_of(path) == key]
            if values:
                matched[name] = values[0]
    if not matched and not isinstance(answer, Mapping) and len(found) == len(tree.paths):
        matched = dict(zip(tree.paths, found.values(), strict=True))
    if not matched:
        raise InputError(
            f"gradients returned {_kind(answer, found)}; it must return a dict with the "
            f"parameters' names: {', '.join(map(str, tree.paths))}"
        )
    return {name: _numbers(name, value) for name, value in matched.items()}


def _by_path(answer: Any, tree: Tree) -> Iterator[tuple[Path, Any]]:
    """What stands where in the answer. A list of plain numbers is an array where a parameter is
    one, and a list of arrays that were summed too far where the parameters are a list."""
    for path, leaf in leaves(answer):
        if isinstance(leaf, (list, tuple)) and _stands_for_many(path, tree):
            yield from (((*path, place), number) for place, number in enumerate(leaf))
        elif leaf is not None:
            yield path, leaf


def _stands_for_many(path: Path, tree: Tree) -> bool:
    """Whether several parameters lie below this place, and none at it."""
    if not path:
        return len(tree.paths) > 1
    within = [name for name, own in tree.paths.items() if len(own) > 1]
    return bool(within) and all(_key_for(name, [name_of(path)]) is None for name in tree.paths)


def _without_loss(answer: Any) -> Any:
    if isinstance(answer, (tuple, list)) and len(answer) == 2:
        for one, other in (answer, answer[::-1]):
            if isinstance(other, (Mapping, list, tuple)) and np.size(one) == 1:
                if not isinstance(one, (Mapping, list, tuple)):
                    return other
    return answer


def _key_for(name: Name, keys: Iterable[Name]) -> Name | None:
    for key in keys:
        if key == name or str(key) == str(name):
            return key
    plain = re.escape(str(name))
    pattern = re.compile(rf"{_BEFORE}{plain}|{plain}{_BEHIND}", re.IGNORECASE)
    return next((key for key in keys if pattern.fullmatch(str(key))), None)


def _numbers(name: Name, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiub":
        holds = isinstance(value, np.ndarray) or array.size
        what = f"holds {array.dtype} values" if holds else f"is {type(value).__name__}"
        raise InputError(f"the gradient of {name!r} {what}; it must be an array of real numbers")
    return array


def _kind(answer: Any, found: Mapping[Any, Any]) -> str:
    if isinstance(answer, Mapping):
        return f"a dict with the keys {', '.join(map(str, answer))}"
    if isinstance(answer, (list, tuple)):
        return f"{type(answer).__name__} of {len(found)}"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {answer.shape}"
    return f"{type(answer).__name__}"

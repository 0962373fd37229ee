"""One sample on its way through the network: what every unit says of it, and what in it speaks for
which answer. The sample is one of the data's, one with other numbers in it, or a drawing."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data.table import Table
from glassnet.errors import InputError
from glassnet.insight.step.attribution import Attribution
from glassnet.lab.frames import Frame
from glassnet.lab.pad import FORMS, Prepared, prepare
from glassnet.lab.subject.subject import Subject
from glassnet.lab.views.pictures import as_pictures, ink_of
from glassnet.lab.views.scene import Scene, Watched, chosen, labels_of
from glassnet.nn.arrays import Array

PAD_FORMS = {(28, 28): "mnist", (8, 8): "digits"}  # pictures that drawings can be made like


@dataclass(frozen=True)
class _Chosen:
    """raw: as it came, one row; scaled (1, e): as the network takes it; drawing: what was done."""

    raw: Array | Table
    scaled: Array
    part: str
    truth: str | None
    drawing: Prepared | None = None


def sample(scene: Scene) -> Frame | None:
    """Everything about the sample that is watched."""
    watched = scene.watched
    if watched is None:
        return None
    found = find(scene.subject, watched)
    layers = scene.outputs(found.scaled)
    answers, logits = _answers(scene, layers)
    said = int(chosen(layers[-1])[0]) if scene.labels else 0
    effects = _effects(scene, found)
    arrays = {
        "input": _numbers(found.raw)[0], "scaled": found.scaled[0].astype(np.float32),
        "outputs": answers.astype(np.float32), "effects": effects.astype(np.float32),
        "unit_effects": _unit_effects(scene, layers),
    }  # fmt: skip
    for place, name in zip(scene.dense, scene.dense_names, strict=True):
        arrays[name] = layers[place][0].astype(np.float32)
    shape = scene.subject.train.image_shape
    if shape is not None:
        arrays["picture"] = as_pictures(_numbers(found.raw), scene.subject.train, shape)[0]
    own = effects[said] if len(effects) else np.zeros(0)
    words: dict[str, Any] = {
        "part": found.part, "sample": watched.number, "truth": found.truth,
        "said": scene.labels[said] if scene.labels else f"{answers[0]:.4g}",
        "logits": logits.tolist(), "pro": float(own[own > 0].sum()),
        "contra": float(own[own < 0].sum()), "shift": None, "scale": None, "plain": None,
        "cells": _cells(found.raw) if shape is None else None,
    }  # fmt: skip
    if found.drawing is not None:
        words |= _drawn(scene, found.drawing)
    return scene.frame("sample", arrays, **words)


def find(subject: Subject, watched: Watched) -> _Chosen:
    """The sample that is watched. Raises ``InputError`` where there is none such."""
    if watched.ink is not None:
        return _drawing(subject, watched.ink)
    data, X, _ = subject.part(watched.part)
    number = watched.number or 0
    if not 1 <= number <= len(X):
        raise InputError(f"there is no sample {number}; there are {len(X):,}, from 1")
    row = slice(number - 1, number)
    label = data.y[number - 1]
    truth = f"{label:.4g}" if data.classes is None else labels_of(subject)[
        int(np.searchsorted(data.classes, label))
    ]  # fmt: skip
    raw = data.X.rows(row) if isinstance(data.X, Table) else data.X[row]
    if not watched.values:
        return _Chosen(raw, X[row], watched.part, truth)
    raw = _changed(raw, data.feature_names, watched.values)
    return _Chosen(raw, subject.encode(raw), "trial", truth)


def _changed(raw: Array | Table, names: tuple[str, ...], values: dict[str, float]) -> Array | Table:
    """The row with other numbers in it."""
    for name, value in values.items():
        if name not in names:
            raise InputError(f"there is no feature {name!r} to try {value:g} for")
        if isinstance(raw, Table) and not raw.is_numeric(name):
            raise InputError(f"the feature {name!r} holds words: {value:g} can't be tried")
    if isinstance(raw, Table):
        columns = {n: np.array([values[n]]) if n in values else raw[n] for n in raw.names}
        return Table(columns)
    changed = raw.astype(np.float64)
    for name, value in values.items():
        changed[0, names.index(name)] = value
    return changed


def _drawing(subject: Subject, ink: Array) -> _Chosen:
    form = PAD_FORMS.get(subject.train.image_shape or (0, 0))
    if form is None:
        raise InputError("only pictures of 28 x 28 or 8 x 8 pixels can be drawn")
    prepared = prepare(ink, form)  # type: ignore[arg-type]
    if prepared is None:
        raise InputError("there is nothing on the pad yet: draw a digit")
    raw = _like(subject, prepared.picture, form)
    return _Chosen(raw, subject.encode(raw), "drawing", None, prepared)


def _like(subject: Subject, picture: Array, form: str) -> Array:
    """A prepared picture as a row of the set, (1, d)."""
    full = FORMS[form].block ** 2 if FORMS[form].block > 1 else 255
    row = picture.reshape(1, -1).astype(np.float64) * (ink_of(subject.train) / full)
    kind = subject.train.X.dtype if isinstance(subject.train.X, np.ndarray) else np.float64
    return np.rint(row).astype(kind) if kind == np.uint8 else row.astype(kind)


def _drawn(scene: Scene, drawing: Prepared) -> dict[str, Any]:
    """What was done to a drawing, and what it would read without that."""
    form = PAD_FORMS[scene.subject.train.image_shape or (28, 28)]
    plain = scene.outputs(scene.subject.encode(_like(scene.subject, drawing.plain, form)))[-1]
    said = int(chosen(plain)[0])
    score = float(plain[0, said]) if plain.shape[1] > 1 else abs(1 - said - float(plain[0, 0]))
    return {
        "shift": list(drawing.shift), "scale": drawing.scale,
        "plain": {"said": scene.labels[said], "score": score},
    }  # fmt: skip


def _answers(scene: Scene, layers: list[Array]) -> tuple[Array, Array]:
    """The probability of each class, or the number in the targets' unit; and the logits."""
    out = layers[-1][0].astype(np.float64)
    before = layers[scene.dense[-1] - 1] if scene.dense[-1] else None
    logits = out
    if before is not None:
        W, b = _last_arrays(scene)
        logits = before[0].astype(np.float64) @ W + b
    if not scene.labels:
        return scene.subject.decode(out), logits
    if len(out) == 1:
        return np.array([1 - out[0], out[0]]), np.array([-logits[0], logits[0]])
    return out, logits


def _last_arrays(scene: Scene) -> tuple[Array, Array]:
    views = scene.stack.layout.views(scene.state.parameters)[scene.dense[-1]]
    return views["W"].astype(np.float64), views["b"].astype(np.float64)


def _unit_effects(scene: Scene, layers: list[Array]) -> Array:
    """Weight × activation of the last hidden layer's units for each class, (k, units)."""
    if scene.dense[-1] == 0:
        return np.zeros((0, 0), dtype=np.float32)
    W, _ = _last_arrays(scene)
    parts = W.T * layers[scene.dense[-1] - 1][0]
    if scene.labels and len(parts) == 1:
        parts = np.concatenate([-parts, parts])
    return np.asarray(parts, dtype=np.float32)


def _effects(scene: Scene, found: _Chosen) -> Array:
    """Gradient × input for each class, (k, d): by feature, whose columns are added up."""
    parts = Attribution(scene.stack, scene.state, found.scaled).values[0]
    parts = np.asarray(np.nan_to_num(parts.reshape(len(parts), -1)))
    if scene.subject.inputs is not None:
        return parts
    widths = [column.width for column in scene.subject.preprocessor.encoding.columns]
    if sum(widths) != parts.shape[1] or not widths:
        return parts
    return np.asarray(np.add.reduceat(parts, np.cumsum([0, *widths[:-1]]), axis=1))


def _numbers(raw: Array | Table) -> Array:
    """A row's numbers, (1, d); words have none."""
    if isinstance(raw, Table):
        row = [raw[name][0] if raw.is_numeric(name) else np.nan for name in raw.names]
        return np.array([row], dtype=np.float32)
    return raw.astype(np.float32)


def _cells(raw: Array | Table) -> list[str]:
    """A row as a person reads it."""
    if isinstance(raw, Table):
        cells = [raw[name][0] for name in raw.names]
    else:
        cells = raw[0].tolist()
    return ["" if c is None or c != c else c if isinstance(c, str) else f"{c:.6g}" for c in cells]

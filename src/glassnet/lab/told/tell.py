"""What the page is told in words: the lab, the data, a lane's setting and status, findings."""

import re
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from glassnet import __version__
from glassnet.data.catalog import dataset_names, describe_dataset, made_options
from glassnet.data.dataset import Dataset
from glassnet.data.plane_inputs import PLAIN
from glassnet.data.table import Table
from glassnet.errors import GlassnetError
from glassnet.files.run import run_to_plain
from glassnet.insight.doctor import Finding, examine
from glassnet.insight.doctor.finding import NOTE
from glassnet.lab.frames import Frame
from glassnet.lab.lines.figures import epoch_at, loss_at
from glassnet.lab.lines.lane import Lane
from glassnet.lab.lines.lanes import Lanes
from glassnet.lab.subject.choices import choices
from glassnet.lab.subject.grid import Plane
from glassnet.lab.subject.own import MOST_BYTES, MOST_PICTURES
from glassnet.lab.subject.setting import LIVE, MOST_HIDDEN, Setting
from glassnet.lab.subject.subject import MOST_FEATURES, MOST_SAMPLES, MOST_UNITS, Subject
from glassnet.lab.views.pictures import pictures
from glassnet.lab.views.scene import labels_of
from glassnet.nn.arrays import Array
from glassnet.nn.layers import Dense, Dropout

TITLES = "ABCDEFGH"
BINS = 20
MOST_THUMBNAILS = 60
MOST_TICKS = 60
DONE_BY_SCALING = ("uint8-arithmetic", "unscaled-target")
MOST_EXAMINED = 5000  # samples that the doctor looks at before training
FETCHED = ("mnist", "fashion-mnist")  # sets that are not in the package


def hello(fetched: dict[str, str | None]) -> Frame:
    """What there is to choose from. fetched: why a set that isn't in the package can't be had; in
    MNIST's place there is a network that was trained on it, then."""
    sets = [
        {"name": name, "group": _group(name), "about": describe_dataset(name),
         "why": None if name == "mnist" else fetched.get(name), "options": made_options(name)}
        for name in dataset_names()
    ]  # fmt: skip
    limits = {
        "samples": MOST_SAMPLES, "features": MOST_FEATURES, "units": MOST_UNITS,
        "layers": MOST_HIDDEN, "upload": MOST_BYTES, "pictures": MOST_PICTURES,
    }  # fmt: skip
    return Frame("hello", {"version": __version__, "datasets": sets, "limits": limits})


def _group(name: str) -> str:
    if made_options(name):
        return "plane"
    return "picture" if name in ("patterns", "digits", *FETCHED) else "table"


@lru_cache(maxsize=1)
def fetched_sets() -> dict[str, str | None]:
    """For each set that has to be fetched: why it can't be had now, or None where it's at hand."""
    from glassnet.data.downloaded import is_at_hand

    why = "is not on this machine yet; fetch it with: glassnet data download "
    return {name: None if is_at_hand(name) else why + name for name in FETCHED}


def setting(place: int, lane: Lane, data: Dataset) -> Frame:
    """What is set, what could be, and the network that this makes."""
    stack = lane.line.job.stack
    dropouts = _dropouts(lane)
    layers: list[dict[str, Any]] = []
    for at, layer in enumerate(stack.layers):
        if isinstance(layer, Dense):
            name = stack.names[at]
            hidden = len(layers) + 1
            layers.append({
                "name": name, "title": f"Hidden {hidden}", "inputs": stack.shapes[at - 1][0]
                if at else stack.input_shape[0], "units": layer.units,
                "activation": layer.activation.name, "dropout": dropouts.get(at, 0.0),
                "weights": f"{name}.W", "bias": f"{name}.b",
            })  # fmt: skip
    layers[-1]["title"] = "Output"
    return Frame("setting", {
        "line": place, "setting": msgspec.to_builtins(lane.setting),
        "run": run_to_plain(lane.subject.run), "choices": choices(lane.setting, data),
        "layers": layers, "parameters": stack.layout.size, "live": list(LIVE),
    })  # fmt: skip


def _dropouts(lane: Lane) -> dict[int, float]:
    """The rate behind each layer with weights, by its place."""
    layers = lane.line.job.stack.layers
    return {
        at - 1: layer.rate for at, layer in enumerate(layers) if isinstance(layer, Dropout) and at
    }


def data(subject: Subject, plane: Plane | None, own: Setting) -> Frame:
    """The data: what they are called, a few of them, and what the doctor says of them."""
    train, held_out = subject.train, subject.held_out
    words: dict[str, Any] = {
        "name": own.data.name, "title": train.name, "samples": len(train),
        "features": _features(subject), "held_out": 0 if held_out is None else len(held_out),
        "task": train.task, "classes": labels_of(subject) or None, "target": train.target_name,
        "inputs": list(subject.feature_names),
        "counts": None if train.classes is None else _counts(train).tolist(),
        "image_shape": train.image_shape,
        "findings": [plain(finding) for finding in examined(train, own.scaling)],
    }  # fmt: skip
    arrays: dict[str, Array] = {}
    if plane is not None:
        words |= {"low": plane.low.tolist(), "high": plane.high.tolist()}
        arrays |= {"points": _points(train), "targets": codes(train)}
        if held_out is not None:
            arrays |= {"held_out_points": _points(held_out), "held_out_targets": codes(held_out)}
    elif train.image_shape is not None:
        rows = _of_each_class(train)
        arrays["pictures"] = pictures(train, rows)
        arrays["picture_samples"] = (rows + 1).astype(np.int32)
        arrays["picture_targets"] = codes(train)[rows]
    else:
        arrays["histograms"], arrays["edges"] = _histograms(train)
    return Frame("data", words, arrays)


def _features(subject: Subject) -> list[str]:
    names = subject.train.feature_names
    return list(PLAIN if subject.has_plane and names == ("x0", "x1") else names)


def examined(train: Dataset, scaling: str = "auto") -> list[Finding]:
    """What the doctor says of the samples before any training. scaling: what the lab does to them
    first, of which nothing has to be said then."""
    X, y = train.X, train.y
    if not len(y):
        return []
    if len(y) > MOST_EXAMINED:
        rows = np.linspace(0, len(y) - 1, MOST_EXAMINED).astype(np.int64)
        X, y = X.rows(rows) if isinstance(X, Table) else X[rows], y[rows]
    names = train.feature_names
    if isinstance(X, Table):
        names = tuple(name for name in X.names if X.is_numeric(name))
        if not names:
            return []
        X = X.select(names).matrix()
    found = examine(_filled(X) if X.dtype.kind == "f" else X, y, feature_names=names)
    return found if scaling == "none" else [_if_scaled(each) for each in found
                                            if each.rule not in DONE_BY_SCALING]  # fmt: skip


def _if_scaled(finding: Finding) -> Finding:
    """Columns of very different size are worth knowing of, but they are scaled."""
    if finding.rule != "unscaled-columns":
        return finding
    return replace(finding, level=NOTE, advice="scaled before training (Scaling: auto)")


def _filled(X: Array) -> Array:
    """What is missing, as the middle of what is there: the doctor looks at numbers alone."""
    gaps = ~np.isfinite(X)
    if not gaps.any():
        return X
    known = np.where(gaps, np.nan, X)
    middles = [np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0
               for column in known.T]  # fmt: skip
    return np.where(gaps, np.array(middles), X)


def _points(part: Dataset) -> Array:
    return np.asarray(part.X, dtype=np.float32)


def codes(part: Dataset) -> Array:
    """Labels as their places, numbers as they are; float32."""
    if part.classes is None:
        return part.y.astype(np.float32)
    return np.searchsorted(part.classes, part.y).astype(np.float32)


def _counts(part: Dataset) -> Array:
    assert part.classes is not None
    return np.bincount(codes(part).astype(np.intp), minlength=len(part.classes))


def _of_each_class(part: Dataset) -> Array:
    """Some samples, of each class as many, by their places."""
    if part.classes is None:
        return np.arange(min(MOST_THUMBNAILS, len(part)))
    places = codes(part)
    each = max(1, MOST_THUMBNAILS // len(part.classes))
    rows = [np.flatnonzero(places == k)[:each] for k in range(len(part.classes))]
    turn = [row[i] for i in range(each) for row in rows if i < len(row)]
    return np.array(turn[:MOST_THUMBNAILS], dtype=np.int64)


def _histograms(part: Dataset) -> tuple[Array, Array]:
    """Of each feature the counts by class, (d, classes or 1, bins), and its edges (d, 2)."""
    names = part.X.names if isinstance(part.X, Table) else part.feature_names
    k = 1 if part.classes is None else min(len(part.classes), 6)
    group = np.zeros(len(part), dtype=np.int64) if part.classes is None else (
        np.minimum(codes(part).astype(np.int64), k - 1)
    )  # fmt: skip
    counts = np.zeros((len(names), k, BINS), dtype=np.float32)
    edges = np.zeros((len(names), 2), dtype=np.float32)
    for at, name in enumerate(names):
        column = _column(part.X, at, name)
        known = np.isfinite(column)
        if not known.any():
            continue
        low, high = float(column[known].min()), float(column[known].max())
        edges[at] = low, high if high > low else low + 1
        share = (column[known] - low) / (high - low if high > low else 1.0)
        bins = np.minimum((BINS * share).astype(np.int64), BINS - 1)
        both = np.bincount(group[known] * BINS + bins, minlength=k * BINS)
        counts[at] = both.reshape(k, BINS)
    return counts, edges


def _column(X: Any, at: int, name: str) -> Array:
    """A column as numbers; words by their place in order."""
    if not isinstance(X, Table):
        return np.asarray(X[:, at], dtype=np.float64)
    values = X[name]
    if X.is_numeric(name):
        return values
    known = sorted({value for value in values if value is not None})
    places = {value: float(place) for place, value in enumerate(known)}
    return np.array([places.get(value, np.nan) for value in values])


def status(place: int, lane: Lane, playing: bool) -> Frame:
    """Where a lane stands."""
    line, at = lane.line, lane.step
    batches = max(1, line.job.batches)
    if playing:
        last, loss = next(reversed(line.course.epochs), None), line.course.losses.at(at)
    else:
        last, loss = epoch_at(line, at), loss_at(line, at)
    return Frame("status", {
        "line": place, "playing": playing, "step": at, "steps": line.step,
        "epoch": at // batches, "batches": batches, "loss": loss,
        "accuracy": None if last is None else last.accuracy,
        "held_out_loss": None if last is None else last.held_out_loss,
        "held_out_accuracy": None if last is None else last.held_out_accuracy,
        "speed": lane.speed() if playing else None, "ended": line.ended,
        "kept": _ticks(line.kept_steps), "engine": line.engine, **forked(place, lane),
    })  # fmt: skip


def forked(place: int, lane: Lane) -> dict[str, Any]:
    """A lane's title, and where it came from."""
    fork = lane.fork
    return {
        "title": TITLES[place], "forked_from": None if fork is None else fork.lane,
        "forked_at": None if fork is None else fork.step,
        "changed": None if fork is None else fork.changed,
    }  # fmt: skip


def lines(lanes: Lanes) -> Frame:
    """Which lines there are."""
    told = [forked(place, lane) for place, lane in enumerate(lanes.all)]
    return Frame("lines", {"lines": told, "line": lanes.shown, "compared": lanes.compared})


def _ticks(steps: list[int]) -> list[int]:
    """Some of the kept steps, denser toward now."""
    if len(steps) <= MOST_TICKS:
        return steps
    back = np.unique(np.geomspace(1, len(steps), MOST_TICKS).astype(np.int64))
    return [steps[-int(b)] for b in back[::-1]]


def findings(place: int, lane: Lane) -> Frame:
    """What the doctor has found in a lane, newest last."""
    return Frame("findings", {"line": place, "findings": [plain(f) for f in lane.line.findings]})


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as plain data, with what of it can be set at once."""
    return asdict(finding) | {
        "is_alarm": finding.is_alarm, "where": finding.where, "remedy": _remedy(finding),
    }  # fmt: skip


def _remedy(finding: Finding) -> dict[str, float] | None:
    told = re.search(r"\b(learning_rate|l2)=([\d.]+(?:e-?\d+)?)(?![\d.e])", finding.advice)
    return None if told is None else {told[1]: float(told[2])}


def sentence(error: GlassnetError, about: object) -> Frame:
    """What can't be done."""
    return Frame("error", {"message": str(error), "about": about if about else None})

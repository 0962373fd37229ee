"""The end screen of a training: scores with intervals and baselines, the confusion matrix, the
loss curve, the files, and what to type next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glassnet.cli.render import (
    ACCENT,
    bar,
    beside,
    bold,
    columns,
    faint,
    listing,
    packed,
    painted,
    percent,
    seconds,
    shortened,
    width_of,
)
from glassnet.cli.screen import Screen

if TYPE_CHECKING:
    from glassnet.data import Dataset
    from glassnet.models.run import Result
    from glassnet.models.scoring import Score

LEAST_CURVE, CURVE_HEIGHT, TALLEST_CURVE = 30, 8, 11
BAR_WIDTH = 28


@dataclass(frozen=True)
class Files:
    """What was written: the model, its pictures, and the words to use it with."""

    model: str
    pictures: Sequence[str] = ()
    next_steps: Sequence[str] = ()


def end_screen(result: "Result", files: Files, screen: Screen) -> str:
    """The whole screen, no line wider than the screen."""
    parts = [
        _title(result, screen),
        scores(result, screen),
        _baselines(result, screen),
        _pictures(result, screen),
        _files(files, screen),
    ]
    return "\n\n".join(part for part in parts if part)


def scores(result: "Result", screen: Screen) -> str:
    """The scores, the most telling one first."""
    rows: list[tuple[str, Score | tuple[float, str], bool]] = []
    folds = result.cross_validation
    if result.test is not None:
        rows.append(("held out", result.test, True))
    if folds is not None:
        interval = f"95 % interval {_span(result, *folds.interval, screen)}, {folds.folds} folds"
        rows.append(("cross-validated", (folds.mean, interval), result.test is None))
    rows.append(("training data", result.train, not rows))
    lines = columns([_score_row(result, *row, screen) for row in rows], right=(1,), gap=3)
    lines += [faint(line, screen) for line in _remarks(result)]
    return "\n".join(lines)


def score_text(metric: str, value: float) -> str:
    """A score as it is read: an accuracy in percent, r² as a number."""
    return percent(value) if metric == "accuracy" else f"r2 {value:.3f}"


def labels_of(data: "Dataset", classes: Any) -> list[str]:
    """A word for each class: its name where the labels are only numbers."""
    names = data.class_names
    known = data.classes
    if names is None or known is None or len(names) != len(known):
        return [str(label) for label in classes]
    words = {str(label): name for label, name in zip(known.tolist(), names, strict=True)}
    return [words.get(str(label), str(label)) for label in classes]


def score_details(
    score: "Score", metric: str, screen: Screen, *, with_interval: bool = True
) -> str:
    """The interval of a score, and how many were right or how far off the numbers were.

    Samples that were trained on get no interval: it would tell of new ones, which they are not.
    """
    told = []
    if with_interval and score.interval is not None:
        told.append(f"95 % interval {_range(metric, *score.interval, screen)}")
    if score.right is not None:
        told.append(f"{score.right:,} of {score.samples:,} right")
    if score.rmse is not None and score.mae is not None:
        told.append(f"rmse {score.rmse:.4g}, mae {score.mae:.4g}")
    return ", ".join(told)


def confusion_block(counts: Any, labels: list[str], title: str, screen: Screen) -> str:
    """The confusion matrix under its title."""
    from glassnet.plots import terminal

    matrix = terminal.confusion(
        counts,
        labels,
        width=screen.width,
        colour=screen.colour,
        ascii_only=screen.ascii_only,
    )
    return f"{faint(title, screen)}\n{matrix}"


def _title(result: "Result", screen: Screen) -> str:
    train, test = result.train_data, result.test_data
    name = result.run.title or train.name
    held_out = f", {len(test):,} held out" if test is not None else ""
    epochs = result.history.epochs
    stopped = {"early": ", stopped early", "interrupted": ", interrupted"}
    how = stopped.get(result.history.stopped, "")
    target = [] if result.run.data.path is None else [f"target {train.target_name!r}"]
    facts = [
        f"{len(train):,} samples{held_out}",
        *target,
        network_shape(result.estimator),
        f"{epochs:,} epoch{'s' * (epochs != 1)} in {seconds(result.seconds)}{how}",
        f"seed {result.run.seed}",
    ]
    lines = packed(facts, f" {screen.dot} ", screen.width)
    title = bold(shortened(name, screen.width, screen), screen)
    return "\n".join([title, *(faint(line, screen) for line in lines)])


def network_shape(estimator: Any) -> str:
    """Widths from the inputs to the outputs: 64-128-64-10."""
    network = estimator.network_
    stack = network.stack
    widths = [str(_size(stack.input_shape))]
    for layer, shape in zip(network.layers, stack.shapes, strict=True):
        if type(layer).__name__ == "Dense":
            widths.append(str(_size(shape)))
    return "-".join(widths)


def _size(shape: Sequence[int]) -> int:
    from math import prod

    return prod(shape)


def _score_row(
    result: "Result", name: str, score: Any, main: bool, screen: Screen
) -> tuple[str, str, str]:
    if isinstance(score, tuple):
        value, told = score
    else:
        value = score.value
        told = score_details(score, result.metric, screen, with_interval=score is result.test)
    text = score_text(result.metric, value)
    return (
        bold(name, screen) if main else name,
        painted(text, f"1;{ACCENT}", screen) if main else text,
        faint(told, screen),
    )


def _span(result: "Result", low: float, high: float, screen: Screen) -> str:
    return _range(result.metric, low, high, screen)


def _range(metric: str, low: float, high: float, screen: Screen) -> str:
    if metric == "accuracy":
        return f"{percent(low).removesuffix(' %')}{screen.dash}{percent(high)}"
    return f"{low:.3f} to {high:.3f}"


def _remarks(result: "Result") -> list[str]:
    """What a score does not say by itself."""
    remarks = []
    threshold, how = getattr(result.estimator, "threshold_", None), result.run.model.threshold
    if threshold is not None and how != 0.5:
        told = f"threshold {threshold:.4f}" + (f", {how}" if isinstance(how, str) else "")
        gap = getattr(result.estimator, "threshold_gap_", None)
        if gap is not None:
            told += f"; any from {gap[0]:.4f} to {gap[1]:.4f} decides these samples alike"
        remarks.append(told)
    if result.test is None and result.cross_validation is None:
        remarks.append("nothing was held out: the score says how well the samples were learned,")
        remarks.append("not how well new ones will be predicted")
    return remarks


def _baselines(result: "Result", screen: Screen) -> str:
    """The network's score between those of the simple models, as bars."""
    others, own, interval, place = comparison(result)
    if not others or own is None:
        return ""
    rows = [("this network", own), *sorted(others.items(), key=lambda pair: -pair[1])]
    lines = []
    for number, (name, value) in enumerate(rows):
        drawn = painted(bar(value, BAR_WIDTH, screen), ACCENT, screen)
        if number:
            drawn = faint(bar(value, BAR_WIDTH, screen), screen)
        lines.append((name, score_text(result.metric, value), drawn))
    text = [faint(f"compared on {place}", screen), *columns(lines, right=(1,), gap=3)]
    best = max(others, key=lambda name: others[name])
    if others[best] >= own:
        does = "does better" if others[best] > own else "does as well"
        sure = interval is None or others[best] > interval[1] or others[best] == own
        doubt = "" if sure else " (within the interval)"
        text.append(faint(f"{best} {does} here{doubt}, and is the simpler model", screen))
    elif interval is not None and others[best] >= interval[0]:
        text.append(faint(f"{best} lies within the interval: not proven to be worse", screen))
    return "\n".join(text)


def comparison(
    result: "Result",
) -> tuple[dict[str, float], float | None, tuple[float, float] | None, str]:
    """The simple models' scores, the network's, its interval, and on what they were compared."""
    if result.test is not None and result.baselines:
        others = {name: baseline.score for name, baseline in result.baselines.items()}
        place = f"the same {result.test.samples:,} held-out samples"
        return others, result.test.value, result.test.interval, place
    folds = result.cross_validation
    if folds is not None:
        others = {name: cv.mean for name, cv in result.baseline_cross_validation.items()}
        return others, folds.mean, folds.interval, f"the same {folds.folds} folds"
    return {}, None, None, ""


def _pictures(result: "Result", screen: Screen) -> str:
    """The confusion matrix and the loss curve, side by side where there is room."""
    score = result.test if result.test is not None else result.train
    if score.confusion is None:
        return _curve(result, screen.width, screen)
    part = "held-out samples" if result.test is not None else "training data"
    labels = labels_of(result.train_data, result.estimator.classes_)
    matrix = confusion_block(score.confusion, labels, f"confusion matrix, {part}", screen)
    room = screen.width - width_of(matrix) - 4
    if room >= LEAST_CURVE:
        # As tall as the matrix, less the title and the axis with its numbers.
        height = min(max(matrix.count("\n") - 3, CURVE_HEIGHT), TALLEST_CURVE)
        return beside(matrix, _curve(result, min(room, 48), screen, height))
    return "\n\n".join(filter(None, [matrix, _curve(result, min(screen.width, 72), screen)]))


def _curve(result: "Result", width: int, screen: Screen, height: int = CURVE_HEIGHT) -> str:
    from glassnet.plots import terminal

    history = result.history
    if not history.loss:
        return ""
    lines = {"training": history.loss, "validation": history.validation_loss}
    series = {name: values for name, values in lines.items() if values}
    drawn = terminal.curve(
        series if len(series) > 1 else history.loss,
        width=width,
        height=height,
        colour=screen.colour,
        ascii_only=screen.ascii_only,
        best=history.best_epoch,
    )
    return f"{faint('loss', screen)}\n{drawn}"


def _files(files: Files, screen: Screen) -> str:
    rows = [(faint("model", screen), bold(files.model, screen))]
    if files.pictures:
        first, *others = files.pictures
        endings = "".join(f", .{other.rpartition('.')[2]}" for other in others)
        rows.append((faint("loss curve", screen), first + endings))
    for number, step in enumerate(files.next_steps):
        rows.append((faint("" if number else "next", screen), step))
    return "\n".join(listing(rows, 10_000))

"""Faults planted for `doctor.py`. Each is drawn with its strength from the range that its line of
documentation states; base settings are those of `_doctor_healthy` (no dropout unless it is the
fault). `accepts` says which first alarm counts as the right cause named first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from _doctor_data import ALL, CLASSES, NUMBERS
from _doctor_healthy import RATES, draw_settings, log_uniform
from _doctor_runs import Outcome, Parts, Settings, network, parts, replace, train

import glassnet as gn
from glassnet.engines.samples import Samples
from glassnet.insight import curvature
from glassnet.insight.doctor import Finding
from glassnet.nn.optimizers import optimizer as find_optimizer
from glassnet.nn.schedules import Constant
from glassnet.nn.update import UpdateRule

Accepts = Callable[[Outcome], bool]


@dataclass(frozen=True)
class Fault:
    """A fault: its name, how it is planted, and what the doctor must say."""

    name: str
    plant: Callable[[np.random.Generator, int], Outcome]
    accepts: Accepts


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    rules: tuple[str, ...] = (),
    whys: tuple[str, ...] = (),
    also: str | None = None,
    note: bool = False,
) -> Callable[[Callable[[np.random.Generator, int], Outcome]], Any]:
    """Register a way to plant a fault. The first alarm must be one of `rules` (any, where none is
    given) with one of `whys` (any …); also: a rule that must be among the alarms as well; note:
    the rule must be found as a note, for what is no fault but is to be explained."""

    def accepts(outcome: Outcome) -> bool:
        if note:
            return any(f.rule in rules and f.why in whys for f in outcome.findings)
        if not outcome.alarms:
            return False
        first = outcome.alarms[0]
        if rules and first.rule not in rules or whys and first.why not in whys:
            return False
        if also is not None and not any(f.rule == also for f in outcome.alarms):
            return False
        row = outcome.strength.get("row")
        return row is None or first.row == row

    def register(plant: Callable[[np.random.Generator, int], Outcome]) -> Any:
        FAULTS[name] = Fault(name, plant, accepts)
        return plant

    return register


def base(
    draw: np.random.Generator, series: int, names: dict[str, Any] = ALL, **changes: Any
) -> tuple[str, Parts, Settings]:
    """A data set with sane settings."""
    name = str(draw.choice(list(names)))
    data = parts(name, series)
    settings = replace(draw_settings(draw, len(data.X)), dropout=0.0, normalised=False)
    return name, data, replace(settings, **changes)


def run(name: str, data: Parts, settings: Settings, **strength: Any) -> Outcome:
    """Train, and keep what was planted."""
    outcome = train(name, data, settings)
    outcome.strength = strength
    return outcome


# Before training


@fault("mixed units", ("unscaled-columns",))
def mixed_units(draw: np.random.Generator, series: int) -> Outcome:
    """One to three columns × 300 to 1,000,000."""
    tables = {n: f for n, f in ALL.items() if n not in ("digits", "waves")}
    name, data, s = base(draw, series, tables)
    factor = log_uniform(draw, 300, 1e6)
    columns = draw.choice(
        data.X.shape[1], min(int(draw.integers(1, 4)), data.X.shape[1] - 1), False
    )
    if name == "table":
        columns = columns[columns < 4] if (columns < 4).any() else np.array([0])
    X, X_validation, X_test = (a.copy() for a in (data.X, data.X_validation, data.X_test))
    for part in (X, X_validation, X_test):
        part[:, columns] *= factor
    data = replace(data, X=X, X_validation=X_validation, X_test=X_test)
    return run(name, data, s, factor=factor, columns=columns.tolist())


@fault("unscaled inputs", ("unscaled-columns",))
def unscaled(draw: np.random.Generator, series: int) -> Outcome:
    """All columns × 30 to 10,000."""
    name, data, s = base(draw, series)
    factor = log_uniform(draw, 30, 1e4) * (5 if name in ("digits", "table") else 1)
    data = replace(
        data, X=data.X * factor, X_validation=data.X_validation * factor,
        X_test=data.X_test * factor,
    )  # fmt: skip
    return run(name, data, s, factor=factor)


@fault("uint8 arithmetic", ("uint8-arithmetic",))
def whole(draw: np.random.Generator, series: int) -> Outcome:
    """Digits as uint8 from 0 to 255, less an offset of 1 to 200 (which wraps around)."""
    name, data, s = base(draw, series, {"digits": CLASSES["digits"]})
    offset = int(draw.integers(1, 201))
    pixels = [
        (a * 255).astype(np.uint8) - np.uint8(offset)
        for a in (data.X, data.X_validation, data.X_test)
    ]
    data = replace(data, X=pixels[0], X_validation=pixels[1], X_test=pixels[2])
    return run(name, data, s, offset=offset)


@fault("labels from 1", ("labels",), ("not-from-zero",))
def from_one(draw: np.random.Generator, series: int) -> Outcome:
    """Labels 1 to K with K + 1 outputs (with K outputs, `fit` itself refuses them)."""
    sets = {
        n: f
        for n, f in CLASSES.items()
        if n in ("digits", "iris", "wine", "blobs", "letters", "wide")
    }
    name, data, s = base(draw, series, sets)
    data = replace(data, y=data.y + 1, y_validation=data.y_validation + 1, y_test=data.y_test + 1)
    return run(name, data, replace(s, units=data.classes + 1))


@fault("labels as numbers", ("labels",), ("not-one-hot",))
def as_numbers(draw: np.random.Generator, series: int) -> Outcome:
    """The class numbers 0 to K − 1 as the target of one output under a squared loss."""
    sets = {
        n: f
        for n, f in CLASSES.items()
        if n in ("digits", "iris", "wine", "blobs", "letters", "wide")
    }
    name, data, s = base(draw, series, sets)
    y = [a[:, None].astype(np.float64) for a in (data.y, data.y_validation, data.y_test)]
    data = replace(data, y=y[0], y_validation=y[1], y_test=y[2], classes=0)
    return run(name, data, replace(s, units=1))


@fault("target out of reach", ("target-range",))
def out_of_reach(draw: np.random.Generator, series: int) -> Outcome:
    """Standardised numbers under a sigmoid, tanh or ReLU output."""
    name, data, s = base(draw, series, NUMBERS)
    output = str(draw.choice(["sigmoid", "tanh", "relu"]))
    return run(name, data, replace(s, output=output), output=output)


@fault("unscaled target", ("unscaled-target",))
def unscaled_target(draw: np.random.Generator, series: int) -> Outcome:
    """Numbers × 200 to 1,000,000."""
    name, data, s = base(draw, series, NUMBERS)
    factor = log_uniform(draw, 200, 1e6)
    data = replace(
        data, y=data.y * factor, y_validation=data.y_validation * factor,
        y_test=data.y_test * factor,
    )  # fmt: skip
    return run(name, data, s, factor=factor)


@fault("duplicates", ("duplicates",))
def copied_rows(draw: np.random.Generator, series: int) -> Outcome:
    """5 to 100 % of the validation samples copied among the training samples."""
    name, data, s = base(draw, series, validated=True)
    share = log_uniform(draw, 0.05, 1.0)
    count = max(4, round(share * len(data.X_validation)))
    chosen = draw.choice(len(data.X_validation), count, replace=False)
    order = draw.permutation(len(data.X) + count)
    X = np.concatenate([data.X, data.X_validation[chosen]])[order]
    y = np.concatenate([data.y, data.y_validation[chosen]])[order]
    return run(name, replace(data, X=X, y=y), s, share=share)


@fault("answer column", ("answer-column",))
def answer(draw: np.random.Generator, series: int) -> Outcome:
    """A column more: the label's number, shuffled, plus noise of 0 to 4 % of the step between two;
    or the target, plus noise of 0 to 5 % of its standard deviation."""
    hard = {n: f for n, f in ALL.items() if n not in ("waves",)}
    name, data, s = base(draw, series, hard)
    noise = float(draw.uniform(0, 0.04 if data.classes else 0.05))
    code = draw.permutation(max(data.classes, 1)).astype(np.float64)

    def column(y: np.ndarray) -> np.ndarray:
        truth = code[y] if data.classes else y[:, 0]
        return truth + noise * draw.normal(size=len(truth))

    made = [column(a) for a in (data.y, data.y_validation, data.y_test)]
    mean, spread = made[0].mean(), made[0].std()
    place = int(draw.integers(data.X.shape[1] + 1))
    X = [
        np.insert(a, place, (c - mean) / spread, axis=1)
        for a, c in zip((data.X, data.X_validation, data.X_test), made, strict=True)
    ]
    if data.classes == 0 and data.y.shape[1] > 1:  # a column can be one answer only
        y = [a[:, :1] for a in (data.y, data.y_validation, data.y_test)]
        data = replace(data, y=y[0], y_validation=y[1], y_test=y[2])
    data = replace(data, X=X[0], X_validation=X[1], X_test=X[2])
    return run(name, data, s, noise=noise, column=place)


@fault("class imbalance", ("class-imbalance",))
def rare_class(draw: np.random.Generator, series: int) -> Outcome:
    """Two classes, the rare one with 0.5 to 4 % of the samples."""
    sets = {
        n: CLASSES[n]
        for n in ("breast-cancer", "moons", "circles", "xor", "imbalanced", "noisy", "table")
    }
    name, data, s = base(draw, series, sets)
    share = log_uniform(draw, 0.005, 0.04)
    rare = int(data.y.mean() < 0.5)

    def thinned(y: np.ndarray) -> np.ndarray:
        few, many = np.flatnonzero(y == rare), np.flatnonzero(y != rare)
        count = max(2, round(share * len(many)))
        return np.sort(np.concatenate([many, few[:count]]))

    kept, held = thinned(data.y), thinned(data.y_validation)
    data = replace(
        data, X=data.X[kept], y=data.y[kept], X_validation=data.X_validation[held],
        y_validation=data.y_validation[held],
    )  # fmt: skip
    s = replace(s, batch_size=min(s.batch_size, len(kept)))
    return run(name, data, s, share=share)


@fault("large first loss", (), ("initial-weights",))
def large_first_loss(draw: np.random.Generator, series: int) -> Outcome:
    """Initial weights so large (Normal, 3 to 100 × Glorot's) that the first loss is more than six
    times what can be learned."""
    for _ in range(50):
        name, data, s = base(draw, series, CLASSES)
        factor = log_uniform(draw, 3, 100)
        s = replace(s, weight_init=normal(factor, data, s), output_init=normal(factor, data, s))
        net = network(data, s)
        net.build(data.X.shape[1])
        if net.evaluate(data.X, data.y)["loss"] > 6 * np.log(data.classes):
            break
    return run(name, data, s, factor=factor)


# During training


def stable_rate(data: Parts, s: Settings) -> float:
    """The largest stable rate for all training samples: at the start, or for optimizers that divide
    by their memory of gradients after 100 steps with a rate of 0.003."""
    net = network(data, replace(s, dtype="float64"))
    net.build(data.X.shape[1])
    stack, state = net.stack, net.state
    rule = UpdateRule(find_optimizer(s.optimizer), Constant(0.1), l2=s.l2)
    if s.optimizer in ("adam", "adamw", "rmsprop"):
        net.fit(
            data.X, data.y, optimizer=s.optimizer, learning_rate=0.003, batch_size=s.batch_size,
            epochs=-(-100 // -(-len(data.X) // s.batch_size)), l2=s.l2, verbose=False,
        )  # fmt: skip
    else:
        state.restart_optimizer(rule.optimizer.slots)
    y = stack.loss.targets(data.y, stack.outputs, np.dtype(np.float64))
    found = curvature.measure(stack, state, Samples(data.X, y), rule, batch=s.batch_size)
    return min(found.stable_rate, 1e3)


@fault("rate too large", (), ("learning-rate",))
def rate_too_large(draw: np.random.Generator, series: int) -> Outcome:
    """2 to 100 × the largest stable rate at the start (gradient descent, momentum, Nesterov)."""

    def once() -> tuple[Outcome, Outcome]:
        choice = str(draw.choice(["sgd", "momentum", "nesterov"]))
        name, data, s = base(draw, series, optimizer=choice)
        times = log_uniform(draw, 2, 100)
        rate = times * stable_rate(data, s)
        spoiled = run(name, data, replace(s, learning_rate=rate), times=times, rate=rate)
        sane = log_uniform(draw, *RATES[choice])
        return spoiled, train(name, data, replace(s, learning_rate=sane))

    return harmful(once, or_seen=True)


@fault("rate far too large", (), ("learning-rate",))
def adaptive_rate_too_large(draw: np.random.Generator, series: int) -> Outcome:
    """Adam, AdamW or RMSProp with 2 to 100 × the largest stable rate after 100 usual steps."""

    def once() -> tuple[Outcome, Outcome]:
        name, data, s = base(draw, series, optimizer=str(draw.choice(["adam", "adamw", "rmsprop"])))
        times = log_uniform(draw, 2, 100)
        rate = times * stable_rate(data, s)
        spoiled = run(name, data, replace(s, learning_rate=rate), times=times, rate=rate)
        return spoiled, train(name, data, replace(s, learning_rate=0.003))

    return harmful(once)


@fault("rate jumps", (), ("learning-rate",))
def rate_jumps(draw: np.random.Generator, series: int) -> Outcome:
    """A sane rate that a third of the way becomes 5 to 100 × the largest stable one."""

    def once() -> tuple[Outcome, Outcome]:
        choice = str(draw.choice(["sgd", "momentum", "nesterov"]))
        name, data, s = base(draw, series, optimizer=choice)
        times = log_uniform(draw, 5, 100)
        low = log_uniform(draw, *RATES[s.optimizer])
        jump = Jump(low, times * stable_rate(data, s))
        spoiled = run(name, data, replace(s, learning_rate=jump), times=times)
        return spoiled, train(name, data, replace(s, learning_rate=low))

    return harmful(once, or_seen=True)


def harmful(once: Callable[[], tuple[Outcome, Outcome]], or_seen: bool = False) -> Outcome:
    """Draw a spoiled run and the same run without the fault until the fault costs 2 points of the
    test score, or (or_seen) its loss has doubled from one epoch to another; how many draws did
    neither is kept in its strength."""
    for harmless in range(40):  # noqa: B007
        spoiled, sound = once()
        if not spoiled.score >= sound.score - 0.02 or or_seen and has_doubled(spoiled.curve):
            break
    spoiled.strength["harmless"] = harmless
    return spoiled


def has_doubled(curve: list[float]) -> bool:
    """Whether an epoch's loss is twice an earlier one's, and above a tenth of the first."""
    values = np.array(curve)
    if len(values) < 2 or not np.isfinite(values).all():
        return False
    lowest = np.minimum.accumulate(values)[:-1]
    return bool(((values[1:] > 2 * lowest) & (values[1:] > 0.1 * values[0])).any())


@dataclass(frozen=True)
class Jump:
    """One rate for a third of the run, another from then on."""

    low: float
    high: float
    name: str = "jump"
    epochs: float | None = None

    def rate(self, epoch: float, epochs: float) -> float:
        """The learning rate after `epoch` of `epochs` passes."""
        return self.low if epoch < epochs / 3 else self.high


@fault("odd sample", (), ("odd-sample",))
def odd_sample(draw: np.random.Generator, series: int) -> Outcome:
    """One training sample's features × 100 to 10,000; batches of 8 to 64."""
    sets = {n: f for n, f in CLASSES.items() if n not in ("digits",)}
    name, data, s = base(draw, series, sets, batch_size=int(draw.choice([8, 16, 32, 64])))
    row, factor = int(draw.integers(len(data.X))), log_uniform(draw, 100, 1e4)
    X = data.X.copy()
    X[row] *= factor
    return run(name, replace(data, X=X), s, row=row, factor=factor)


@fault("odd target", (), ("odd-sample",))
def odd_target(draw: np.random.Generator, series: int) -> Outcome:
    """One training sample's target 50 to 5,000 standard deviations away; batches of 8 to 64."""
    name, data, s = base(draw, series, NUMBERS, batch_size=int(draw.choice([8, 16, 32, 64])))
    row, size = int(draw.integers(len(data.X))), log_uniform(draw, 50, 5e3)
    y = data.y.copy()
    y[row] = size
    return run(name, replace(data, y=y), s, row=row, size=size)


@fault("not finite", (), ("learning-rate",))
def not_finite(draw: np.random.Generator, series: int) -> Outcome:
    """A squared loss with 20 to 1,000 × the largest stable rate, until it is infinite."""
    name, data, s = base(
        draw, series, NUMBERS, optimizer=str(draw.choice(["sgd", "momentum"])),
        activation=str(draw.choice(["relu", "leaky_relu", "elu"])),
    )  # fmt: skip
    times = log_uniform(draw, 20, 1000)
    return run(name, data, replace(s, learning_rate=times * stable_rate(data, s)), times=times)


@fault("crawling", ("crawling",))
def crawling(draw: np.random.Generator, series: int) -> Outcome:
    """A rate of 1/100,000 to 1/300 of a sane one."""

    def once() -> tuple[Outcome, Outcome]:
        name, data, s = base(draw, series, keep_best=False)
        part = log_uniform(draw, 1e-5, 1 / 300)
        rate = float(np.sqrt(np.prod(RATES[s.optimizer])))
        slow = run(name, data, replace(s, learning_rate=part * rate), part=part)
        return slow, train(name, data, replace(s, learning_rate=rate))

    return harmful(once)


@fault("plateau", ("plateau", "vanishing-gradient"), ("initial-weights",))
def plateau(draw: np.random.Generator, series: int) -> Outcome:
    """Three to six hidden layers whose weights start as Normal, 1/1,000 to 1/30 of Glorot's."""

    def once() -> tuple[Outcome, Outcome]:
        depth = int(draw.integers(3, 7))
        activation = str(draw.choice(["relu", "tanh", "leaky_relu"]))
        name, data, s = base(
            draw, series, activation=activation, optimizer="sgd",
            learning_rate=log_uniform(draw, 0.02, 0.2),
        )  # fmt: skip
        s = replace(s, widths=tuple(int(w) for w in draw.choice([16, 32, 64], depth)))
        part = log_uniform(draw, 1e-3, 1 / 30)
        stuck = run(name, data, replace(s, weight_init=Relative(part)), part=part, depth=depth)
        return stuck, train(name, data, s)

    return harmful(once)


@fault(
    "vanishing gradient", ("vanishing-gradient", "plateau"), ("sigmoid-depth", "initial-weights")
)
def vanishing(draw: np.random.Generator, series: int) -> Outcome:
    """6 to 12 hidden layers of sigmoids."""
    depth = int(draw.integers(6, 13))
    name, data, s = base(draw, series, activation="sigmoid")
    s = replace(s, widths=(int(draw.choice([16, 32, 64])),) * depth)
    return run(name, data, s, depth=depth)


@fault("exploding gradient", (), ("initial-weights",))
def exploding(draw: np.random.Generator, series: int) -> Outcome:
    """6 to 10 hidden layers of ReLU or its kin whose weights start at 3 to 6 × Glorot's."""
    depth = int(draw.integers(6, 11))
    name, data, s = base(draw, series, activation=str(draw.choice(["relu", "leaky_relu", "elu"])))
    s = replace(s, widths=(int(draw.choice([32, 64])),) * depth)
    factor = float(draw.uniform(3, 6))
    return run(
        name, data, replace(s, weight_init=normal(factor, data, s)), depth=depth, factor=factor
    )


@fault("dead ReLUs", ("dead-units",), ("bias",))
def dead(draw: np.random.Generator, series: int) -> Outcome:
    """ReLU units whose biases start at −100 to −5."""
    name, data, s = base(draw, series, activation="relu")
    bias = -log_uniform(draw, 5, 100)
    return run(name, data, replace(s, bias_init=gn.nn.initializers.Constant(bias)), bias=bias)


@fault("saturated units", (), ("initial-weights",))
def saturated(draw: np.random.Generator, series: int) -> Outcome:
    """Sigmoid or tanh units whose weights start as Normal, 10 to 100 × 1/√inputs; the last layer as
    it should."""
    name, data, s = base(draw, series, activation=str(draw.choice(["sigmoid", "tanh"])))
    factor = log_uniform(draw, 10, 100)
    return run(
        name, data, replace(s, weight_init=Relative(factor, gn.LeCun("normal"))), factor=factor
    )


@fault("copied units", ("copied-units",))
def copied(draw: np.random.Generator, series: int) -> Outcome:
    """All weights start at one number: 0, or 0.01 to 1."""
    name, data, s = base(draw, series)
    value = float(draw.choice([0.0, log_uniform(draw, 0.01, 1.0)]))
    start = gn.nn.initializers.Constant(value)
    return run(name, data, replace(s, weight_init=start, output_init=start), value=value)


# After training


@fault("overfitting", ("overfitting",))
def overfitting(draw: np.random.Generator, series: int) -> Outcome:
    """A quarter to a half of 40 to 100 training labels wrong, wide layers, many epochs."""
    sets = {
        n: f
        for n, f in CLASSES.items()
        if n in ("moons", "circles", "blobs", "noisy", "table", "imbalanced")
    }
    name, data, s = base(draw, series, sets)
    rows, share = int(draw.integers(40, 101)), float(draw.uniform(0.25, 0.5))
    wrong = draw.random(rows) < share
    y = np.where(
        wrong, (data.y[:rows] + draw.integers(1, data.classes, rows)) % data.classes, data.y[:rows]
    )
    data = replace(data, X=data.X[:rows], y=y)
    s = Settings(
        (128, 128), "relu", "adam", 0.002, 16, int(draw.integers(300, 700)), seed=s.seed,
    )  # fmt: skip
    return run(name, data, s, rows=rows, share=share)


@fault("too few units", ("underfitting", "cannot-memorise", "plateau"), ("capacity",))
def too_few_units(draw: np.random.Generator, series: int) -> Outcome:
    """One or two units in a hidden layer, where many classes or a bent border need more."""
    sets = {n: CLASSES[n] for n in ("digits", "letters", "circles", "xor", "wide")}
    name, data, s = base(draw, series, sets, optimizer="adam", learning_rate=0.01, l2=0.0)
    units = 1 if name in ("circles", "xor", "wide") else int(draw.integers(1, 3))
    s = replace(
        s,
        widths=(units,),
        activation=str(draw.choice(["tanh", "sigmoid"])),
        epochs=200,
        batch_size=32,
    )
    return run(name, data, s, units=units)


@fault("penalty too large", (), ("penalty",))
def penalty(draw: np.random.Generator, series: int) -> Outcome:
    """An L2 penalty of 0.3 to 10."""
    sets = {n: f for n, f in ALL.items() if n != "xor"}  # which takes long without a penalty, too

    def once() -> tuple[Outcome, Outcome]:
        name, data, s = base(draw, series, sets, optimizer=str(draw.choice(["sgd", "adam"])))
        low, high = RATES[s.optimizer]
        rate = log_uniform(draw, low, min(high, 0.05))
        size = log_uniform(draw, 0.3, min(10.0, 0.5 / rate))
        s = replace(s, l2=0.0, learning_rate=rate, keep_best=False)
        return run(name, data, replace(s, l2=size), l2=size), train(name, data, s)

    return harmful(once)


@fault("worse than baseline", (), (), also="worse-than-baseline")
def worse(draw: np.random.Generator, series: int) -> Outcome:
    """One or two units for the digits or letters, or a learning rate of a thousandth."""
    name, data, s = base(
        draw, series, {n: CLASSES[n] for n in ("digits", "letters", "wide")}, validated=True
    )
    if draw.random() < 0.5:
        s = replace(s, widths=(1,), activation="tanh", optimizer="adam", learning_rate=0.01)
    else:
        s = replace(s, learning_rate=1e-3 * RATES[s.optimizer][0])
    return run(name, data, s)


@fault("one class", ("class-imbalance", "one-class", "plateau"), (), also="one-class")
def one_class(draw: np.random.Generator, series: int) -> Outcome:
    """3 to 8 % of the samples in the rare class, and columns that tell little."""
    name, data, s = base(draw, series, {n: CLASSES[n] for n in ("noisy",)})
    share = float(draw.uniform(0.03, 0.08))

    def thinned(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        few, many = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
        kept = np.sort(np.concatenate([many, few[: max(3, round(share * len(many)))]]))
        return draw.normal(size=X[kept].shape) + 0.1 * X[kept], y[kept]

    X, y = thinned(data.X, data.y)
    X_validation, y_validation = thinned(data.X_validation, data.y_validation)
    data = replace(data, X=X, y=y, X_validation=X_validation, y_validation=y_validation)
    s = Settings((16,), s.activation, "adam", 0.003, 32, 30, l2=0.01, seed=s.seed)
    return run(name, data, s, share=share)


@fault("validation better", ("validation-better",), ("measured-differently",), note=True)
def validation_better(draw: np.random.Generator, series: int) -> Outcome:
    """Dropout of 0.5 to 0.7: no fault, but to be explained."""
    name, data, s = base(
        draw,
        series,
        {n: CLASSES[n] for n in ("digits", "letters")},
        validated=True,
    )
    rate = float(draw.uniform(0.5, 0.7))
    s = replace(
        s,
        widths=(64, 64),
        activation="relu",
        optimizer="adam",
        learning_rate=0.003,
        batch_size=32,
        epochs=30,
        dropout=rate,
        l2=0.0,
        keep_best=False,
    )
    return run(name, data, s, dropout=rate)


@fault("miscalibration", ("overfitting", "miscalibration"), (), also="miscalibration")
def miscalibration(draw: np.random.Generator, series: int) -> Outcome:
    """80 to 200 training samples of the noisy line, wide layers, 200 to 500 epochs."""
    name, data, s = base(draw, series, {"noisy": CLASSES["noisy"]}, validated=True)
    rows = int(draw.integers(80, 201))
    data = replace(data, X=data.X[:rows], y=data.y[:rows])
    s = Settings((128, 64), "relu", "adam", 0.002, 16, int(draw.integers(200, 500)), seed=s.seed)
    return run(name, data, s, rows=rows)


def normal(factor: float, data: Parts, s: Settings) -> Any:
    """Normal weights, `factor` × what Glorot gives the middle of the network."""
    return Relative(factor)


@dataclass(frozen=True)
class Relative:
    """Normal weights times a factor."""

    factor: float
    of: Any = gn.Glorot("normal")
    name: str = "relative"

    def sample(self, shape: tuple[int, ...], seed: int, position: int) -> np.ndarray:
        """The other initializer's weights, times the factor."""
        return self.factor * self.of.sample(shape, seed, position)


def wrong_first(outcome: Outcome) -> str:
    """The first alarm in a few words, for the table of misses."""
    if not outcome.alarms:
        return "no alarm"
    first: Finding = outcome.alarms[0]
    return f"{first.rule} ({first.why}{'' if first.row is None else f', row {first.row}'})"

"""Steps by the kernel: the same seam as the NumPy engine's `run`, over many passes at once."""

from typing import Any, NamedTuple

import numpy as np

from glassnet.engines import native, numpy_engine
from glassnet.engines.native.translate import describe, rule_reasons, sample_reasons, update_of
from glassnet.engines.numpy_engine import Part, Plan
from glassnet.engines.pages import Pages
from glassnet.engines.report import LayerReport, Report
from glassnet.engines.samples import Samples
from glassnet.nn.arrays import Array
from glassnet.nn.schedules import Constant
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule

MOST_STEPS = 16384  # of one call: room for their figures


def reasons(stack: Stack, rule: UpdateRule | None = None, X: Any = None) -> list[str]:
    """Why the kernel does not run this: nothing where it does."""
    missing = native.why_not()
    if missing:
        return [missing]
    found = describe(stack).reasons
    if rule is not None:
        found += rule_reasons(rule)
    if X is not None:
        found += sample_reasons(X)
    return found


class Figures(NamedTuple):
    """Every step's figures, as arrays; see ``Report``."""

    losses: Array
    data_losses: Array
    norms: Array
    right: Array | None


class Native:
    """A network's kernel, with its scratch memory, for one dtype and one update rule."""

    def __init__(self, stack: Stack, rule: UpdateRule, dtype: np.dtype[Any]) -> None:
        self.stack, self.rule = stack, rule
        self.description = describe(stack)
        self._kernels: dict[bool, Any] = {}
        self._scaled = self.description.shift is not None
        self._dtype = dtype
        self.counts_right = self.description.loss[0] in (3, 4)
        self._room = 0

    def _kernel(self, X: Array) -> Any:
        """The kernel for samples of this dtype: Scale works wide where X is (see nn.layers)."""
        kind, size = X.dtype.kind, X.dtype.itemsize
        wide = bool(self._scaled and ((kind != "f" and size > 1) or size > 4))
        if wide not in self._kernels:
            module: Any = native.kernel()
            stack, found = self.stack, self.description
            self._kernels[wide] = module.Kernel(
                native.instruction_set(), self._dtype == np.float64, found.layers, found.loss,
                update_of(self.rule), int(np.prod(stack.input_shape)), stack.outputs,
                stack.layout.size, found.shift, found.factor, wide,
            )  # fmt: skip
        return self._kernels[wide]

    def run(
        self,
        state: State,
        samples: Samples,
        plan: Plan,
        steps: int,
        seconds: float,
        *,
        rows: Array | None = None,
        order: Array | Part | None = None,
        shuffled: bool = False,
    ) -> tuple[Report, Figures]:
        """Make up to `steps` steps, changing `state`; after `seconds` the step under way is the
        last. Passes follow one another.

        rows: those that take part, None for all; shuffled: each pass in the order of its seed and
        epoch; order: the pass's rows in turn, or a part of them, where they are not drawn here;
        the run then ends with them.
        """
        if isinstance(order, np.ndarray):
            order = Part(order, 0, len(order))
        taking_part = rows if order is None else order.rows
        count = len(samples) if rows is None else len(rows)
        first_step, first_batch, before = state.step, state.batch, 0
        steps = min(steps, MOST_STEPS)
        if order is not None:
            count, before = order.pass_rows, order.first
            steps = min(steps, before + order.batches(plan.batch_size) - first_batch)
        batches = -(-count // plan.batch_size)
        rates = self._rates(state, plan, steps, batches)
        figures = self._figures(steps)
        layer_figures = np.zeros(6 * len(self.description.layers))
        Y = np.ascontiguousarray(samples.Y)
        classes = Y if Y.ndim == 1 and Y.dtype == np.int64 else None
        made, finite, last_rows, counters = self._kernel(samples.X).run(
            samples.X, classes, Y if classes is None else None, samples.weights, plan.seed,
            plan.batch_size, plan.shard_rows, taking_part, order is None and shuffled,
            steps, rates, seconds, native.threads(), state.parameters,
            [state.slots[name] for name in self.rule.optimizer.slots],
            (state.updates, state.step, state.epoch, first_batch - before),
            figures.losses, figures.data_losses, figures.norms, figures.right, layer_figures,
        )  # fmt: skip
        state.updates, state.step, *_ = counters  # whose epoch and batch may be the part's
        place = first_batch + state.step - first_step
        state.epoch, state.batch = state.epoch + place // batches, place % batches
        right = figures.right[:made] if self.counts_right and figures.right is not None else None
        made_figures = Figures(
            figures.losses[:made].copy(), figures.data_losses[:made].copy(),
            figures.norms[:made].copy(), None if right is None else right.copy(),
        )  # fmt: skip
        report = self._report(made_figures, first_step, first_batch, batches, count, plan)
        report.learning_rate = float(rates[made - 1 if len(rates) > 1 else 0])
        if finite:
            report.layers = self._layer_reports(layer_figures.reshape(-1, 6), report)
        else:
            begin = state.batch * plan.batch_size
            part: Array | slice = slice(begin, begin + last_rows)
            if order is not None:
                part = order.rows[begin - before * plan.batch_size :][:last_rows]
            elif shuffled or rows is not None:
                part = numpy_engine.pass_order(plan.seed, state.epoch, count, rows, shuffled)[part]
            report.nonfinite = numpy_engine.locate_nonfinite(
                self.stack, state, samples, plan, part, last_rows, report.losses[-1]
            )
        return report, made_figures

    def forward(self, state: State, X: Array, logits: bool = False) -> Array:
        """The outputs in prediction mode, (n, k); or the last activation's logits."""
        result = np.empty((len(X), self.stack.outputs), dtype=self._dtype)
        kernel, threads, pages = self._kernel(X), native.threads(), Pages(X)
        rows = pages.rows or max(1, len(X))
        for first in range(0, len(X), rows):
            part = slice(first, first + rows)
            kernel.forward(X[part], state.parameters, result[part], threads, logits)
            pages.read(rows)
        return result

    def _rates(self, state: State, plan: Plan, steps: int, batches: int) -> Array:
        schedule = self.rule.schedule
        if type(schedule) is Constant:
            return np.array([schedule.learning_rate])
        first = state.epoch * batches + state.batch
        places = range(first, first + max(1, steps))
        epochs = [step // batches + step % batches / batches for step in places]
        return np.array([schedule.rate(e - plan.first_epoch, plan.epochs) for e in epochs])

    def _figures(self, steps: int) -> Figures:
        """Room for the figures of so many steps, kept from call to call."""
        if self._room < steps or not steps:
            self._room = max(1, steps)
            self._kept = Figures(
                np.empty(self._room), np.empty(self._room), np.empty(self._room),
                np.empty(self._room, dtype=np.int64),
            )  # fmt: skip
        return self._kept

    def _report(
        self, figures: Figures, first_step: int, first_batch: int, batches: int, count: int,
        plan: Plan,
    ) -> Report:  # fmt: skip
        made = len(figures.losses)
        rows = [plan.batch_size] * made
        last = count - (batches - 1) * plan.batch_size  # rows of a pass's last batch
        for step in range(batches - 1 - first_batch, made, batches):
            rows[step] = last
        return Report(
            first_step=first_step,
            losses=figures.losses.tolist(),
            data_losses=figures.data_losses.tolist(),
            right=[None] * made if figures.right is None else figures.right.tolist(),
            rows=rows,
            gradient_norms=figures.norms.tolist(),
        )

    def _layer_reports(self, figures: Array, report: Report) -> tuple[LayerReport, ...]:
        reports = []
        parts = zip(self.stack.names, self.stack.layers, self.description.places, strict=True)
        for name, layer, (own, outputs) in parts:
            norms: tuple[float | None, float | None, float | None] = (None, None, None)
            if own >= 0:
                gradient, update, weight = np.sqrt(figures[own, :3]).tolist()
                norms = (gradient, update, weight)
            zeros = saturated = None
            activation = getattr(layer, "activation", None)
            if activation is not None:
                low, high = activation.range
                shares = figures[outputs, 3:5] / max(1.0, figures[outputs, 5])
                if np.isfinite(high - low):
                    saturated = float(shares[1])
                else:
                    zeros = float(shares[0])
            reports.append(LayerReport(name, *norms, zeros, saturated))
        return tuple(reports)

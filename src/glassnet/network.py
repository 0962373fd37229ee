"""Network: arrays in, arrays out. A stack of layers with its state, its training and its file."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from math import prod
from os import PathLike
from typing import Any, Self

import numpy as np

from glassnet.engines import numpy_engine
from glassnet.engines.native.steps import Native, reasons
from glassnet.engines.native.translate import sample_reasons
from glassnet.engines.samples import Samples, dense_rows
from glassnet.errors import InputError
from glassnet.nn.arrays import Array
from glassnet.nn.contract import Context, Layer, Shape
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.update import UpdateRule
from glassnet.nn.user_loss import loss as find_loss
from glassnet.training.arguments import (
    check_callbacks,
    check_dtype,
    check_engine,
    check_layers,
    check_seed,
    check_shuffle,
    check_validation,
    update_rule,
)
from glassnet.training.blas import one_blas_thread
from glassnet.training.callbacks import progress_bar
from glassnet.training.evaluation import evaluate
from glassnet.training.events import Listener
from glassnet.training.history import History
from glassnet.training.inputs import (
    batch_rows,
    check_epochs,
    check_inputs,
    check_targets,
    check_weights,
)
from glassnet.training.job import Job
from glassnet.training.loop import Training, nonfinite_error, train
from glassnet.training.watchers import settling, watchers_of


@dataclass(frozen=True)
class LayerTrace:
    """One layer of a forward pass: its name, description, input, output and cache."""

    name: str
    layer: Layer
    input: Array
    output: Array
    cache: Any


class Network:
    """A neural network: y = layers(x), trained to make a loss small.

    Parameters
    ----------
    layers : descriptions, in order, such as ``[Dense(32, "relu"), Dense(10, "softmax")]``.
    loss : a name, an object of ``glassnet.nn.losses``, or the user's own with its derivative.
    seed : with the step number, the whole random state of everything the network does.
    dtype : "float32" or "float64".
    inputs : features of a sample, a number or a shape; None: those of the first data seen.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: object,
        *,
        seed: int = 0,
        dtype: str = "float32",
        inputs: int | Shape | None = None,
    ) -> None:
        self.layers = check_layers(layers)
        self.loss = find_loss(loss)
        self.seed = check_seed(seed)
        self.dtype = check_dtype(dtype)
        self.history = History()
        self._stack: Stack | None = None
        self._state: State | None = None
        self._optimizer: object = None
        self._pass: tuple[int, int, str | bool] | None = None
        self._engine_reasons: tuple[str, ...] | None = None
        self._native: tuple[Stack, np.dtype, Native | None] | None = None
        if inputs is not None:
            self.build(inputs)

    def build(self, inputs: int | Shape) -> Self:
        """Fix the shape of a sample and draw the parameters, before any data are seen."""
        shape = (int(inputs),) if isinstance(inputs, (int, np.integer)) else tuple(inputs)
        stack = Stack(self.layers, self.loss, shape)
        stack.outputs  # noqa: B018 - raises now where the output has no usable shape
        self._stack, self._state = stack, stack.initial_state(self.seed, self.dtype)
        return self

    def reset(self) -> Self:
        """Start anew: the parameters of the seed, no history, no optimizer state."""
        self._optimizer, self.history = None, History()
        if self._stack is not None:
            self._state = self._stack.initial_state(self.seed, self.dtype)
        return self

    @property
    def stack(self) -> Stack:
        """Layers, loss and the layout of the parameters; raises before the network is built."""
        if self._stack is None:
            raise InputError(
                "the network doesn't know its inputs yet: fit it, or call build(features)"
            )
        return self._stack

    @property
    def state(self) -> State:
        """Parameters, buffers, optimizer state and counters; raises before it's built."""
        if self._state is None:
            raise InputError("the network has no parameters yet: fit it, or call build(features)")
        return self._state

    @property
    def parameters(self) -> Array:
        """The flat vector of all parameters; writing into it changes the network."""
        return self.state.parameters

    def parameter_views(self) -> dict[str, Array]:
        """Each parameter by its full name, such as 'hidden.W', as a view of the vector."""
        layout, vector = self.stack.layout, self.state.parameters
        return {segment.name: segment.view(vector) for segment in layout.segments}

    def fit(
        self,
        X: Any,
        Y: Any,
        *,
        optimizer: object = "adam",
        learning_rate: object = None,
        batch_size: int | float = 32,
        epochs: int = 10,
        validation: tuple[Any, Any] | None = None,
        sample_weight: Any = None,
        callbacks: Sequence[Listener] = (),
        shuffle: str | bool = "rows",
        engine: str = "auto",
        verbose: bool = True,
        l1: float = 0.0,
        l2: float = 0.0,
        weight_decay: float | None = None,
        clip_norm: float | None = None,
        max_norm: float | None = None,
        keep_best: bool = False,
        deterministic: bool = True,
    ) -> History:
        """Train for `epochs` passes over the samples, going on from where the network stands.

        X (n, …) samples in rows; Y targets in a form that the loss takes. batch_size: an int is
        rows, a float in (0, 1] a share of the samples; a batch of all rows is not shuffled.
        shuffle: "rows" draws each pass's order from all samples; "blocks", for a memory-mapped X
        that is larger than memory, puts blocks of rows in random order, then the rows of each 32
        blocks (see docs/large-data.md); False takes the rows as they lie.
        learning_rate: a number, a schedule, or None for the optimizer's own. The loss minimised
        is the batch's plus l1 · Σ|W| + l2/2 · ΣW² over the weights. sample_weight (n,) is scaled
        to mean 1; a batch's loss is Σ wᵢ lᵢ / rows.

        Returns the network's history, grown by these epochs. On Ctrl-C it returns early, with the
        best state so far (the lowest validation loss; without validation, the latest) and
        ``history.stopped == "interrupted"``. Raises ``InputError`` for unusable arguments and
        ``NonFiniteLossError`` where the loss becomes infinite or NaN; the network then keeps the
        parameters from before that step.
        """
        job = self._job(
            X, Y, optimizer=optimizer, learning_rate=learning_rate, batch_size=batch_size,
            epochs=epochs, validation=validation, sample_weight=sample_weight, callbacks=callbacks,
            shuffle=shuffle, engine=engine, l1=l1, l2=l2, weight_decay=weight_decay,
            clip_norm=clip_norm, max_norm=max_norm, keep_best=keep_best,
        )  # fmt: skip
        listeners: list[Listener] = [self.history, *callbacks, *watchers_of(self)]
        with (
            settling(tuple(listeners)),
            progress_bar(listeners) if verbose else nullcontext(),
            one_blas_thread() if deterministic else nullcontext(),
        ):
            if optimizer == "lbfgs":
                from glassnet.training.lbfgs import train_lbfgs

                outcome = train_lbfgs(job, self.state, listeners)
            else:
                outcome = train(job, self.state, listeners)
        self.history.stopped = outcome.reason
        self._engine_reasons = outcome.engine_reasons
        if outcome.nonfinite is not None:
            raise nonfinite_error(outcome.nonfinite, self.history)
        return self.history

    def start(
        self, X: Any, Y: Any, *, callbacks: Sequence[Listener] = (), watched: bool = False,
        **settings: Any,
    ) -> Training:  # fmt: skip
        """The training that ``fit`` would make with these settings, to be made piece by piece.

        Call ``begin()``, then ``advance(most=steps)`` until ``is_over``, then ``end()``; in
        between, everything can be looked at. Ctrl-C, a progress bar and the number of BLAS threads
        are left to the caller. watched: see ``Training``; ``network.history`` is then left alone.
        """
        if settings.get("optimizer") == "lbfgs":
            raise InputError("lbfgs chooses its own steps: it can't be made piece by piece")
        job = self._job(X, Y, callbacks=callbacks, **settings)
        listeners: list[Listener] = [] if watched else [self.history]
        listeners += [*callbacks, *watchers_of(self)]
        training = Training(job, self.state, listeners, watched=watched)
        self._engine_reasons = tuple(training.stepper.reasons)
        return training

    def forward(self, X: Any) -> Array:
        """The outputs in prediction mode, (n, k): dropout off, running averages in use."""
        X = check_inputs(X, None if self._stack is None else self._stack.input_shape)
        if self._stack is None:
            self.build(X.shape[1:])
        native = self._forward_kernel() if not sample_reasons(X) else None
        if native is not None:
            return native.forward(self.state, X)
        return numpy_engine.forward(self.stack, self.state, X)

    def engine_report(self) -> str:
        """Which engine made the latest fit's steps (before any: would make them), and, where it
        isn't the native one, which layer or setting is the reason and why."""
        found = self._engine_reasons
        if found is None:
            found = tuple(reasons(self.stack))
        return "native" if not found else "numpy: " + "; ".join(found)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the kernel's scratch memory, which a copy makes anew."""
        return self.__dict__ | {"_native": None}

    def _forward_kernel(self) -> Native | None:
        """The kernel for predictions; None where it does not take the network."""
        stack, dtype = self.stack, self.state.parameters.dtype
        if self._native is None or self._native[0] is not stack or self._native[1] != dtype:
            kernel = None if reasons(stack) else Native(stack, UpdateRule(), dtype)
            self._native = (stack, dtype, kernel)
        return self._native[2]

    def trace(self, X: Any) -> list[LayerTrace]:
        """Every layer's input, output and cache for these samples, in prediction mode."""
        X = check_inputs(X, None if self._stack is None else self._stack.input_shape)
        if self._stack is None:
            self.build(X.shape[1:])
        stack, state = self.stack, self.state
        p, buffers = stack.layout.views(state.parameters), stack.buffer_layout.views(state.buffers)
        with np.errstate(all="ignore"):
            rows = dense_rows(X, slice(None))
            record = stack.forward(p, buffers, rows, Context(dtype=self.dtype))
        parts = zip(stack.names, self.layers, *record, strict=True)
        return [LayerTrace(*part) for part in parts]

    def evaluate(self, X: Any, Y: Any, sample_weight: Any = None) -> dict[str, float]:
        """The exact loss, without penalties, and accuracy (classes) or r2 (numbers)."""
        samples = self._samples(X, Y, "", sample_weight)
        return evaluate(self.stack, self.state, samples, self._forward_kernel())

    def summary(self) -> str:
        """A table of the layers with their output shapes and parameters; printed and returned."""
        lines = [("layer", "what", "output", "parameters")]
        for place, layer in enumerate(self.layers):
            name, shape, count = f"{place}", "?", "?"
            if self._stack is not None:
                segments = [s for s in self._stack.layout.segments if s.layer == place]
                name = self._stack.names[place]
                shape = f"(n, {', '.join(map(str, self._stack.shapes[place]))})"
                sizes = [f"{s.spec.name} {'×'.join(map(str, s.shape))}" for s in segments]
                numbers = sum(prod(s.shape) for s in segments)
                count = f"{numbers:,}" + (f"  ({', '.join(sizes)})" if sizes else "")
            lines.append((name, _describe(layer), shape, count))
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        rows = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)) for r in lines]
        total = "not built" if self._stack is None else f"{self.stack.layout.size:,} parameters"
        rows.append(f"loss {self.loss.name}, {self.dtype}, seed {self.seed}: {total}")
        text = "\n".join(row.rstrip() for row in rows)
        print(text)
        return text

    def astype(self, dtype: str) -> "Network":
        """A copy in another dtype; optimizer state and counters go along."""
        copy = Network(self.layers, self.loss, seed=self.seed, dtype=dtype)
        if self._stack is not None:
            copy.build(self._stack.input_shape)
            old, new = self.state, copy.state
            new.slots = {name: np.zeros_like(new.parameters) for name in old.slots}
            new.become(old)
            copy._optimizer = self._optimizer
        return copy

    def save(self, path: str | PathLike[str], readable: bool = False) -> None:
        """Write the network to one JSON file; ``readable`` writes weights as decimals.

        ``glassnet.load(path)`` brings it back with bit-equal predictions; the optimizer's state
        stays behind. Raises ``FileError`` where the file cannot be written; nothing is then lost.
        """
        from glassnet.files.model import make_document, write_model

        write_model(path, make_document(self.stack, self.state, seed=self.seed), readable)

    @classmethod
    def of(cls, stack: Stack, state: State, seed: int = 0) -> "Network":
        """The network of a stack and a state, as a model file holds them."""
        network = cls(stack.layers, stack.loss, seed=seed, dtype=state.parameters.dtype.name)
        network._stack, network._state = stack, state
        return network

    def _job(
        self,
        X: Any,
        Y: Any,
        *,
        optimizer: object = "adam",
        learning_rate: object = None,
        batch_size: int | float = 32,
        epochs: int = 10,
        validation: tuple[Any, Any] | None = None,
        sample_weight: Any = None,
        callbacks: Sequence[Listener] = (),
        shuffle: str | bool = "rows",
        engine: str = "auto",
        l1: float = 0.0,
        l2: float = 0.0,
        weight_decay: float | None = None,
        clip_norm: float | None = None,
        max_norm: float | None = None,
        keep_best: bool = False,
    ) -> Job:
        """What ``fit`` trains, its arguments checked; the network is built and ready for it."""
        check_engine(engine)
        check_validation(validation)
        check_callbacks(callbacks)
        shuffle = check_shuffle(shuffle)
        X = check_inputs(X, None if self._stack is None else self._stack.input_shape)
        if X.shape[0] == 0:
            raise InputError("X has no samples: at least one is needed to learn from")
        if self._stack is None:
            self.build(X.shape[1:])
        weights, rows = check_weights(sample_weight, X.shape[0])
        Y = check_targets(self.stack, Y, X.shape[0], self.dtype)
        job = Job(
            stack=self.stack,
            rule=update_rule(optimizer, learning_rate, l1, l2, weight_decay, clip_norm, max_norm),
            samples=Samples(X, Y, weights),
            seed=self.seed,
            batch_size=batch_rows(batch_size, X.shape[0] if rows is None else len(rows)),
            epochs=check_epochs(epochs),
            rows=rows,
            validation=None if validation is None else self._samples(*validation, "validation "),
            shuffle=shuffle,
            engine=engine,
            keep_best=keep_best or any(getattr(f, "restores_best", False) for f in callbacks),
        )
        self._prepare(job, optimizer)
        return job

    def _samples(self, X: Any, Y: Any, name: str, sample_weight: Any = None) -> Samples:
        X = check_inputs(X, self.stack.input_shape, f"{name}X")
        if X.shape[0] == 0:
            raise InputError(f"{name}X has no samples: there is nothing to evaluate")
        weights, _ = check_weights(sample_weight, X.shape[0])
        return Samples(X, check_targets(self.stack, Y, X.shape[0], self.dtype, f"{name}Y"), weights)

    def _prepare(self, job: Job, optimizer: object) -> None:
        """Go on with the optimizer's state where the settings are the same, else start it anew."""
        state = self.state
        slots = () if optimizer == "lbfgs" else job.rule.optimizer.slots
        # A class is compared itself: each fit makes an object of its own from it.
        by_itself = optimizer == "lbfgs" or isinstance(optimizer, type)
        chosen = optimizer if by_itself else job.rule.optimizer
        if self._optimizer != chosen:
            state.restart_optimizer(slots)
            self._optimizer = chosen
        # The rest of an interrupted pass is only made over the same rows in the same batches.
        shape = (job.count, job.batch_size, job.shuffled)
        if self._pass not in (None, shape) or state.batch >= job.batches:
            state.batch = 0
        self._pass = shape


def _describe(layer: Layer) -> str:
    """A layer in a few words, its long numbers left out."""
    words = []
    values: Mapping[str, Any] = getattr(layer, "__dict__", {})
    for name, value in values.items():
        if name.startswith("_") or name in ("weight_init", "bias_init"):
            continue
        if isinstance(value, tuple) and len(value) > 4:
            value = f"{len(value)} numbers"
        words.append(str(getattr(value, "name", value)))
    return f"{type(layer).__name__}({', '.join(words)})"

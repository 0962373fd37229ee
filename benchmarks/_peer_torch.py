"""PyTorch as a peer: tensors indexed by a permutation, no DataLoader, all cores or one, whichever
is faster.

Eager is the loop that a user writes, with the fused optimizer. Compiled is one graph for a whole
step: gathering, forward, backward and update; in networks where the call costs more than the
arithmetic, a graph makes eight steps.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from _peers import MissingError, cores
from _rows import Row, initial_weights
from torch import nn
from torch.func import functional_call, grad_and_value

SMALL = 2e6  # operations of a step: below, calling costs more than computing
FAST_CALLS = {"cpp_wrapper": True}


def make(option: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool) -> "EagerPeer":
    """A model for this row; ``MissingError`` where torch.compile fails."""
    torch.set_num_threads(cores())
    torch._dynamo.reset()  # the last row's graphs
    peer = (CompiledPeer if option == "compiled" else EagerPeer)(row, X, y)
    if warm:
        try:
            choose_threads(peer)
        except Exception as error:
            if option == "eager":
                raise
            lines = str(error).strip().splitlines() or [""]
            raise MissingError(f"torch.compile: {type(error).__name__}: {lines[0]}") from None
        peer.reset(0)
    return peer


def choose_threads(peer: "EagerPeer") -> None:
    """All cores or one: whichever had the fastest of three epochs, after one for compiling."""
    seconds = {}
    for threads in sorted({1, cores()}):
        torch.set_num_threads(threads)
        peer.fit(1)
        seconds[threads] = min(timed(peer.fit, 1) for _ in range(3))
    best = min(seconds, key=lambda threads: seconds[threads])
    torch.set_num_threads(best)
    peer.setting = f"{best} thread" + ("s" if best > 1 else "")


def timed(function: Callable[..., Any], *arguments: Any) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


class EagerPeer:
    """A Sequential, its optimizer, and the loop."""

    def __init__(self, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        self.row, self.setting = row, ""
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        layers: list[nn.Module] = []
        for before, after in zip(row.widths, row.widths[1:], strict=False):
            layers += [nn.Linear(before, after), nn.ReLU()]
            layers += [nn.Dropout(row.dropout)] if row.dropout else []
        self.model = nn.Sequential(*layers[: -2 if row.dropout else -1])
        self.criterion = nn.CrossEntropyLoss()
        self.reset(0)

    @torch.no_grad()
    def reset(self, seed: int) -> None:
        """New parameters in the same tensors, so that compiled graphs stay."""
        torch.manual_seed(seed)
        linear = [layer for layer in self.model if isinstance(layer, nn.Linear)]
        for layer, W in zip(linear, initial_weights(self.row, seed), strict=True):
            layer.weight.copy_(torch.from_numpy(W.T))
            layer.bias.zero_()
        chosen = torch.optim.SGD if self.row.optimizer == "sgd" else torch.optim.Adam
        self.optimizer = chosen(self.model.parameters(), lr=self.row.rate, fused=True)
        self.losses: list[float] = []

    def fit(self, epochs: int) -> int:
        """Train and keep the mean loss of each epoch."""
        steps = 0
        self.model.train()
        for _ in range(epochs):
            total = torch.zeros(())
            for rows in self.batches():
                if rows is None:
                    x, t = self.X, self.y
                else:
                    x, t = self.X.index_select(0, rows), self.y.index_select(0, rows)
                loss = self.criterion(self.model(x), t)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                self.optimizer.step()
                total += loss.detach()
                steps += 1
            self.losses.append(total.item() / self.row.steps)
        return steps

    def batches(self) -> Any:
        """The rows of each batch of an epoch, in a new order; None for all."""
        if self.row.batch >= self.row.samples:
            return [None]
        return torch.randperm(self.row.samples).split(self.row.batch)

    @torch.inference_mode()
    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class."""
        self.model.eval()
        return self.model(torch.from_numpy(X)).argmax(dim=1).numpy()

    def row_loop(self, x: np.ndarray) -> Callable[[int], None]:
        """Calls with a tensor, and a tensor of probabilities back; one thread, for one row."""
        torch.set_num_threads(1)
        self.model.eval()
        given, call = torch.from_numpy(x), self.probabilities()

        @torch.inference_mode()
        def loop(count: int) -> None:
            for _ in range(count):
                call(given)

        return loop

    def probabilities(self) -> Callable[[Any], Any]:
        """The model with its softmax, as functions: calling modules takes twice as long."""
        linear = [layer for layer in self.model if isinstance(layer, nn.Linear)]
        *hidden, (W_out, b_out) = [
            (layer.weight.detach().T, layer.bias.detach()) for layer in linear
        ]

        def call(x: Any) -> Any:
            for W, b in hidden:
                x = torch.addmm(b, x, W).relu_()
            return torch.softmax(torch.addmm(b_out, x, W_out), 1)

        return call


class CompiledPeer(EagerPeer):
    """The same network; its parameters and the optimizer's memory are changed inside the graph."""

    def __init__(self, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        super().__init__(row, X, y)
        self.steps = torch.compile(
            steps_of(self.model, self.criterion, row),
            dynamic=False, fullgraph=True, options=FAST_CALLS,
        )  # fmt: skip

    @torch.no_grad()
    def reset(self, seed: int) -> None:
        """New parameters and zeros in the same tensors."""
        super().reset(seed)
        if not hasattr(self, "p"):
            self.p = {name: value.detach() for name, value in self.model.named_parameters()}
            self.m = {name: torch.zeros_like(value) for name, value in self.p.items()}
            self.v = {name: torch.zeros_like(value) for name, value in self.p.items()}
            self.t = torch.zeros(())
        for value in (*self.m.values(), *self.v.values(), self.t):
            value.zero_()

    @torch.no_grad()
    def fit(self, epochs: int) -> int:
        """Train and keep the mean loss of each epoch."""
        steps = 0
        self.model.train()
        for _ in range(epochs):
            total = torch.zeros(())
            for rows in self.graphs():
                self.steps(self.p, self.m, self.v, self.t, self.X, self.y, rows, total)
                steps += 1 if rows is None else len(rows)
            self.losses.append(total.item() / self.row.steps)
        return steps

    def graphs(self) -> Iterator[Any]:
        """The rows of each call: (steps, batch)."""
        row = self.row
        if row.batch >= row.samples:
            yield None
            return
        order = torch.randperm(row.samples)
        whole = row.samples // row.batch
        batches = order[: whole * row.batch].view(whole, row.batch)
        many = 8 if row.flops < SMALL else 1
        yield from batches[: whole // many * many].split(many)
        yield from batches[whole // many * many :].split(1)
        if whole < row.steps:  # the shorter last batch
            yield order[whole * row.batch :].view(1, -1)

    def probabilities(self) -> Callable[[Any], Any]:
        """The model with its softmax as one graph."""
        return torch.compile(super().probabilities(), dynamic=False, options=FAST_CALLS)


def steps_of(model: nn.Module, criterion: nn.Module, row: Row) -> Callable[..., None]:
    """The function that is compiled: steps of SGD or Adam, one for each row of `order`."""

    def loss_of(params: dict[str, Any], x: Any, y: Any) -> Any:
        return criterion(functional_call(model, params, (x,)), y)

    def steps(
        p: dict[str, Any], m: dict[str, Any], v: dict[str, Any], t: Any,
        X: Any, y: Any, order: Any, total: Any,
    ) -> None:  # fmt: skip
        for rows in [None] if order is None else order.unbind():
            x, target = (X, y) if rows is None else (X[rows], y[rows])
            g, loss = grad_and_value(loss_of)(p, x, target)
            if row.optimizer == "sgd":
                for name in p:
                    p[name].sub_(row.rate * g[name])
            else:
                t.add_(1)
                first, second = 1 - 0.9**t, 1 - 0.999**t
                for name in p:
                    m[name].mul_(0.9).add_(0.1 * g[name])
                    v[name].mul_(0.999).add_(0.001 * g[name] * g[name])
                    p[name].sub_(row.rate * (m[name] / first) / ((v[name] / second).sqrt() + 1e-8))
            total.add_(loss)

    return steps

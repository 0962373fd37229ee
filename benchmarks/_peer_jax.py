"""JAX as a peer, twice: batches are gathered in a compiled scan, memory is given back (donated).

As its guides have it: an epoch is one compiled call, its order drawn inside, all settings as
they come. Tuned: all epochs of a fit are one call, a scan of scans; the orders are drawn by NumPy,
which is faster; a call computes in the calling thread, as handing over costs more than a small
network.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from _rows import Row, initial_weights


def make(option: str, row: Row, X: np.ndarray, y: np.ndarray, warm: bool) -> "JaxPeer":
    """A network for this row; option: "tuned" or nothing."""
    jax.config.update("jax_cpu_enable_async_dispatch", option != "tuned")
    return (TunedJaxPeer if option == "tuned" else JaxPeer)(row, X, y)


def forward(params: Any, x: Any, dropout: float = 0.0, key: Any = None) -> Any:
    """Logits; with dropout where a key is given."""
    for place, (W, b) in enumerate(params):
        x = x @ W + b
        if place < len(params) - 1:
            x = jax.nn.relu(x)
            if dropout and key is not None:
                keep = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - dropout, x.shape)
                x = jnp.where(keep, x / (1 - dropout), 0.0)
    return x


def loss_of(params: Any, x: Any, y: Any, dropout: float, key: Any) -> Any:
    """The batch's mean cross-entropy."""
    logs = jax.nn.log_softmax(forward(params, x, dropout, key))
    return -jnp.take_along_axis(logs, y[:, None], axis=1).mean()


def updated(row: Row, state: Any, grads: Any) -> Any:
    """The state after a step of SGD or Adam."""
    params, m, v, t, key = state
    t = t + 1
    if row.optimizer == "sgd":
        return jax.tree.map(lambda p, g: p - row.rate * g, params, grads), m, v, t, key
    m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
    v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, grads)
    time = t.astype(jnp.float32)
    first, second = 1 - 0.9**time, 1 - 0.999**time
    params = jax.tree.map(
        lambda p, a, b: p - row.rate * (a / first) / (jnp.sqrt(b / second) + 1e-8), params, m, v
    )
    return params, m, v, t, key


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def trained(row: Row, state: Any, X: Any, y: Any, orders: Any) -> Any:
    """The state after so many epochs, and the mean loss of each.

    orders: (epochs, samples), the rows of each epoch; (epochs, 0) for batches of all rows.
    """

    def step(state: Any, rows: Any) -> Any:
        params, _, _, t, key = state
        x, target = (X, y) if rows is None else (X[rows], y[rows])
        mask = jax.random.fold_in(key, t) if row.dropout else None
        loss, grads = jax.value_and_grad(loss_of)(params, x, target, row.dropout, mask)
        return updated(row, state, grads), loss

    def epoch(state: Any, order: Any) -> Any:
        if row.batch >= row.samples:
            return step(state, None)
        whole = row.samples // row.batch
        batches = order[: whole * row.batch].reshape(whole, row.batch)
        state, losses = jax.lax.scan(step, state, batches)
        total = losses.sum()
        if whole < row.steps:  # the shorter last batch
            state, last = step(state, order[whole * row.batch :])
            total = total + last
        return state, total / row.steps

    return jax.lax.scan(epoch, state, orders)


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def epoch(row: Row, state: Any, X: Any, y: Any, key: Any) -> Any:
    """The state after an epoch, its mean loss, and the key of the next."""
    key, own = jax.random.split(key)
    whole_batch = row.batch >= row.samples
    order = jnp.zeros(0, jnp.int32) if whole_batch else jax.random.permutation(own, row.samples)
    state, losses = trained(row, state, X, y, order[None])
    return state, losses[0], key


predicted = jax.jit(lambda params, X: forward(params, X).argmax(axis=1))


class JaxPeer:
    """Parameters, optimizer state and key, moved on by `epoch`."""

    def __init__(self, row: Row, X: np.ndarray, y: np.ndarray) -> None:
        self.row, self.X, self.y = row, jnp.asarray(X), jnp.asarray(y.astype(np.int32))
        self.reset(0)

    def reset(self, seed: int) -> None:
        """New parameters, on the host: nothing is compiled for them."""
        weights = initial_weights(self.row, seed)
        params = [(W, np.zeros(W.shape[1], np.float32)) for W in weights]
        adam = self.row.optimizer == "adam"
        # Two sets of zeros: a donated buffer may be given only once.
        m, v = (jax.tree.map(np.zeros_like, params) if adam else None for _ in range(2))
        self.state = jax.device_put((params, m, v, np.int32(0), jax.random.key(seed)))
        self.key = jax.random.key(seed)
        self.orders = np.random.default_rng(seed)
        self.losses: list[float] = []

    def fit(self, epochs: int) -> int:
        """Train and keep the mean loss of each epoch."""
        losses = []
        for _ in range(epochs):
            self.state, loss, self.key = epoch(self.row, self.state, self.X, self.y, self.key)
            losses.append(loss)
        self.losses += [float(loss) for loss in losses]
        jax.block_until_ready(self.state)
        return epochs * self.row.steps

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most likely class."""
        return np.asarray(predicted(self.state[0], X))

    def row_loop(self, x: np.ndarray) -> Callable[[int], None]:
        """Calls of a compiled function that holds the parameters, with an array of JAX's own, until
        the answer is there."""
        params, given = self.state[0], jnp.asarray(x)
        probabilities = jax.jit(lambda X: jax.nn.softmax(forward(params, X)))

        def loop(count: int) -> None:
            for _ in range(count):
                probabilities(given).block_until_ready()

        return loop


class TunedJaxPeer(JaxPeer):
    """The same, moved on by `trained`."""

    def fit(self, epochs: int) -> int:
        """Train and keep the mean loss of each epoch."""
        row = self.row
        rows = 0 if row.batch >= row.samples else row.samples
        orders = np.tile(np.arange(rows, dtype=np.int32), (epochs, 1))
        self.orders.permuted(orders, axis=1, out=orders)
        self.state, losses = trained(row, self.state, self.X, self.y, orders)
        self.losses += losses.tolist()
        jax.block_until_ready(self.state)
        return epochs * row.steps

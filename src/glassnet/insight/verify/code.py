"""Lines of NumPy in the user's own convention: rows or columns, either way round, their names."""

from dataclasses import dataclass

from glassnet.insight.verify.evidence.tree import Name, Point
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.model import Model
from glassnet.insight.verify.inferred.outputs import SQUARED

_SLOPES = {
    "sigmoid": "{a} * (1 - {a})",
    "tanh": "(1 - {a} ** 2)",
    "relu": "({z} > 0)",
    "softplus": "1 / (1 + np.exp(-{z}))",
    "elu": "np.where({z} > 0, 1, {a} + 1)",
}


@dataclass(frozen=True)
class Code:
    """Writes the lines of a right backward pass for this chain; layers are counted from 1.

    columns: whether a sample is a column. model: what is known about activations and the loss.
    """

    chain: Chain
    home: Point
    columns: bool
    model: Model | None = None

    @property
    def count(self) -> str:
        """The number of samples, as the field calls it: n for rows, m for columns."""
        return "m" if self.columns else "n"

    def weight_line(self, i: int) -> str:
        """dW = ... of layer i."""
        a, dz = self.inputs(i), f"dZ{i + 1}"
        layer = self.chain.layers[i]
        if self.columns:
            product = f"{dz} @ {a}.T" if layer.flipped else f"{a} @ {dz}.T"
        else:
            product = f"{dz}.T @ {a}" if layer.flipped else f"{a}.T @ {dz}"
        return f"{gradient_of(layer.weight)} = {product} / {self.count}"

    def bias_line(self, i: int) -> str:
        """db = ... of layer i, in the bias's shape."""
        layer, dz = self.chain.layers[i], f"dZ{i + 1}"
        if layer.bias is None:
            return ""
        shape = self.home[layer.bias].shape
        keep = ", keepdims=True" if len(shape) == 2 else ""
        axis = 1 if self.columns else 0
        return f"{gradient_of(layer.bias)} = np.sum({dz}, axis={axis}{keep}) / {self.count}"

    def line(self, i: int, line: str) -> str:
        """The line of dW, db or dZ."""
        if line == "W":
            return self.weight_line(i)
        return self.bias_line(i) if line == "b" else self.delta_line(i)

    def delta_line(self, i: int) -> str:
        """dZ = ... of layer i."""
        if i == len(self.chain.layers) - 1:
            return f"dZ{i + 1} = {self.output()}"
        return f"dZ{i + 1} = ({self.back(i)}) * {self.slope(i)}"

    def back(self, i: int) -> str:
        """What comes back from the layer above, to the outputs of layer i."""
        above = self.chain.layers[i + 1]
        W, dz = self._name(above.weight), f"dZ{i + 2}"
        if self.columns:
            return f"{W}.T @ {dz}" if above.flipped else f"{W} @ {dz}"
        return f"{dz} @ {W}" if above.flipped else f"{dz} @ {W}.T"

    def slope(self, i: int) -> str:
        """f′ of layer i."""
        curve = None if self.model is None else self.model.curve(i)
        if curve is None or curve.name == "?":
            return f"f'(Z{i + 1})"
        if curve.name.startswith("leaky relu"):
            alpha = curve.name.split("(")[1].rstrip(")")
            return f"np.where(Z{i + 1} > 0, 1, {alpha})"
        form = _SLOPES.get(curve.name, f"{curve.name}_derivative({{z}})")
        return form.format(a=f"A{i + 1}", z=f"Z{i + 1}")

    def output(self) -> str:
        """∂L/∂z of the output layer, for a mean over the samples taken in dW and db."""
        last = len(self.chain.layers) - 1
        p = f"A{last + 1}"
        model = self.model
        if model is None:
            return f"{p} - Y"
        out = model.output
        if out.is_shortcut:
            return f"{p} - Y"
        if out.is_softmax:
            axis = 0 if self.columns else 1
            d = f"2 * ({p} - Y)" if out.loss == SQUARED else "dA"
            return f"{p} * (dA - np.sum(dA * {p}, axis={axis}, keepdims=True))  # dA = {d}"
        two = "2 * " if self._has_two(model) else ""
        if out.loss == SQUARED and out.activation == "linear":
            return f"{two}({p} - Y)"
        d = f"{two}({p} - Y)" if out.loss == SQUARED else f"(-Y / {p} + (1 - Y) / (1 - {p}))"
        return f"{d} * {self.slope(last)}"

    def inputs(self, i: int) -> str:
        """What layer i multiplies: X or the outputs of the layer below."""
        return f"A{i}" if i else "X"

    def _has_two(self, model: Model) -> bool:
        """Whether the squared error is taken without a half."""
        n = model.samples
        return n is None or abs(model.scale * n - 0.5) > 1e-6

    def _name(self, name: Name) -> str:
        return name if isinstance(name, str) and name.isidentifier() else f"parameters[{name!r}]"


def gradient_of(name: Name) -> str:
    """The user's gradient of a parameter: dW1, or gradients['hidden.W']."""
    if isinstance(name, str) and name.isidentifier():
        return f"d{name}"
    return f"gradients[{name!r}]"

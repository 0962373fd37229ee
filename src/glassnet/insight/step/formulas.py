"""The formulas of layers, activations and losses in the symbols of ``nn/``'s docstrings."""

from glassnet.nn.activations import ELU, ActivationFunction, LeakyReLU
from glassnet.nn.contract import Layer, Loss
from glassnet.nn.layers import Dense, Dropout, Flatten, Scale
from glassnet.nn.losses import BinaryCrossEntropy, CrossEntropy, Huber
from glassnet.nn.normalization import BatchNorm, LayerNorm
from glassnet.nn.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp
from glassnet.nn.soft_step import SoftStep

_VALUE: dict[str, str] = {
    "identity": "z",
    "relu": "max(0, z)",
    "leaky_relu": "z for z > 0, else s z",
    "elu": "z for z > 0, else α(eᶻ − 1)",
    "gelu": "z Φ(z)",
    "silu": "z σ(z)",
    "softplus": "log(1 + eᶻ)",
    "tanh": "tanh(z)",
    "sigmoid": "1 / (1 + e⁻ᶻ)",
    "exponential": "eᶻ",
    "softmax": "e^(zⱼ) / Σₖ e^(zₖ)",
}
_SLOPE: dict[str, str] = {
    "identity": "1",
    "relu": "1 for z > 0, else 0",
    "leaky_relu": "1 for z > 0, else s",
    "elu": "1 for z > 0, else α eᶻ",
    "gelu": "Φ(z) + z φ(z)",
    "silu": "σ(z) + z σ(z) σ(−z)",
    "softplus": "σ(z)",
    "tanh": "1 − y²",
    "sigmoid": "y (1 − y)",
    "exponential": "y",
    "softmax": "∂yᵢ/∂zⱼ = yᵢ (δᵢⱼ − yⱼ)",
}
_NORMAL = "y = g (x − μ) / √(σ² + ε) + s"
_FORWARD: dict[type, str] = {
    Flatten: "y = x",
    Scale: "y = (x − shift) · factor",
    BatchNorm: _NORMAL,
    LayerNorm: _NORMAL,
    SoftStep: "ŷ = σ(k (p − t))",
}
_FORWARD_NOTE: dict[type, str] = {
    Flatten: "each sample in one row",
    Scale: "fixed, not trained",
    LayerNorm: "μ, σ² of each sample over its features",
}
_LOSS: dict[str, tuple[str, str]] = {
    "mean_squared_error": ("(ŷ − y)²", "2 (ŷ − y)"),
    "mean_absolute_error": ("|ŷ − y|", "sign(ŷ − y)"),
    "huber": ("r²/2 for |r| ≤ δ, else δ (|r| − δ/2), r = ŷ − y", "clip(ŷ − y, −δ, δ)"),
    "binary_cross_entropy": (
        "−y log(ŷ) − (1 − y) log(1 − ŷ)", "(1 − y) / (1 − ŷ) − y/ŷ",
    ),
    "poisson": ("ŷ − y log(ŷ)", "1 − y/ŷ"),
    "cross_entropy": ("−Σⱼ yⱼ log(ŷⱼ)", "−yⱼ/ŷⱼ"),
}  # fmt: skip
JOINT_PROOFS: dict[str, str] = {
    "softmax": "Σᵢ −yᵢ/ŷᵢ · ŷᵢ (δᵢⱼ − ŷⱼ) = ŷⱼ Σᵢ yᵢ − yⱼ = ŷⱼ − yⱼ",
    "sigmoid": "(ŷ − y) / (ŷ (1 − ŷ)) · ŷ (1 − ŷ) = ŷ − y",
    "exponential": "(1 − y/ŷ) · ŷ = ŷ − y",
}
CHANGES: dict[type, tuple[tuple[str, str], ...]] = {
    GradientDescent: (("Δ", "−η g"),),
    Momentum: (("v", "β v + g"), ("Δ", "−η v")),
    Nesterov: (("v", "β v + g"), ("Δ", "−η (g + β v)")),
    RMSProp: (("s", "ρ s + (1 − ρ) g²"), ("Δ", "−η g / (√s + ε)")),
    Adam: (
        ("m", "β₁ m + (1 − β₁) g"), ("s", "β₂ s + (1 − β₂) g²"),
        ("m̂", "m / (1 − β₁ᵗ)"), ("ŝ", "s / (1 − β₂ᵗ)"), ("Δ", "−η m̂ / (√ŝ + ε)"),
    ),
}  # fmt: skip
CHANGES[AdamW] = CHANGES[Adam]


def activation_formula(f: ActivationFunction, y: str = "y") -> str:
    """y = f(z); the constants of the activation with their values."""
    value = _VALUE.get(f.name, f"{f.name}(z)")
    return f"{y} = {value}{_constants(f)}"


def of_inputs(formula: str) -> str:
    """The formula of an activation that is a layer of its own: of x, not of z."""
    return formula.replace("z", "x").replace("ᶻ", "ˣ")


def slope_formula(f: ActivationFunction, y: str = "y") -> str:
    """f′(z), or for softmax its Jacobian, with the output's symbol for y."""
    slope = _SLOPE.get(f.name)
    if slope is None:
        return "f′(z)"
    return slope.replace("y", y) + _constants(f)


def layer_formula(layer: Layer, training: bool) -> tuple[str, str]:
    """A layer's formula, up to its activation, and what is to be said of it."""
    if isinstance(layer, Dense):
        return "z = x W + b", ""
    if isinstance(layer, Dropout):
        if training and layer.rate:
            return "y = x · m / (1 − rate)", f"rate {layer.rate:g}: the others are left out"
        return "y = x", "dropout is off"
    note = _FORWARD_NOTE.get(type(layer), "")
    if isinstance(layer, BatchNorm):
        note = "μ, σ² of the batch" if training else "μ, σ²: the running averages"
    if isinstance(layer, SoftStep):
        note = f"k = {layer.k:g}"
    return _FORWARD.get(type(layer), "y"), note or ("" if type(layer) in _FORWARD else "your own")


def loss_formula(loss: Loss, outputs: int) -> str:
    """lᵢ; elementwise losses take the mean over a sample's outputs (their sum under "sum")."""
    own = _LOSS.get(loss.name)
    if own is None:
        return "l"
    if isinstance(loss, CrossEntropy):
        return "l = log(Σₖ e^(zₖ)) − Σⱼ yⱼ zⱼ" if loss.from_logits else f"l = {own[0]}"
    value = own[0]
    if isinstance(loss, BinaryCrossEntropy) and loss.from_logits:
        value = "log(1 + eᶻ) − y z"
    if outputs == 1:
        return f"l = {value}{_delta(loss)}"
    return f"l = {_over(loss, outputs)}Σⱼ {value}{_delta(loss)}"


def loss_slope_formula(loss: Loss, outputs: int) -> str:
    """∂l/∂ŷ."""
    own = _LOSS.get(loss.name)
    if own is None:
        return "∂l/∂ŷ"
    if isinstance(loss, CrossEntropy):
        return "softmax(z) − y" if loss.from_logits else own[1]
    slope = own[1]
    if isinstance(loss, BinaryCrossEntropy) and loss.from_logits:
        slope = "σ(z) − y"
    over = _over(loss, outputs)
    return slope + _delta(loss) if not over else f"{over}({slope}){_delta(loss)}"


def joint_formula(loss: Loss, outputs: int) -> str:
    """∂l/∂z where the loss meets its activation."""
    over = "" if isinstance(loss, CrossEntropy) else _over(loss, outputs)
    return f"{over}(ŷ − y)" if over else "ŷ − y"


def _over(loss: Loss, outputs: int) -> str:
    return f"1/{outputs} · " if loss.reduction == "mean" and outputs > 1 else ""


def _delta(loss: Loss) -> str:
    return f", δ = {loss.delta:g}" if isinstance(loss, Huber) else ""


def _constants(f: ActivationFunction) -> str:
    if isinstance(f, LeakyReLU):
        return f", s = {f.slope:g}"
    return f", α = {f.alpha:g}" if isinstance(f, ELU) else ""

"""What can be chosen for each part of a setting, and what can't, with the reason."""

from typing import Any

from glassnet.data.dataset import Dataset
from glassnet.lab.subject.setting import Setting

Choice = dict[str, Any]


def choices(setting: Setting, data: Dataset) -> dict[str, list[Choice]]:
    """For each field with names as values: value, label, why (not, or None), note (or None)."""
    return {
        "loss": _losses(data),
        "optimizer": _optimizers(),
        "activation": _activations(setting),
        "initializer": _initializers(setting),
        "scaling": _scalings(data),
    }


def refusal(setting: Setting, data: Dataset) -> str | None:
    """Why a setting can't be trained, in a sentence; None where it can."""
    offered = choices(setting, data)
    chosen = [(name, getattr(setting, name)) for name in offered if name != "activation"]
    chosen += [("activation", hidden.activation) for hidden in setting.hidden]
    for name, value in chosen:
        found = next((c for c in offered[name] if c["value"] == value), None)
        if found is None:
            known = ", ".join(c["value"] for c in offered[name])
            return f"{name}: there is no {value!r}; choose one of {known}"
        if found["why"] is not None:
            return f"{name}: {found['label']} can't be chosen here: it {found['why']}"
    return None


def _choice(value: str, label: str, why: str | None = None, note: str | None = None) -> Choice:
    return {"value": value, "label": label, "why": why, "note": note}


def _losses(data: Dataset) -> list[Choice]:
    k = None if data.classes is None else len(data.classes)
    if k is None:
        numbers = "needs classes; the targets here are numbers"
        return [
            _choice("mean_squared_error", "squared error"),
            _choice("mean_absolute_error", "absolute error", note="outliers count less"),
            _choice("huber", "Huber", note="squared near 0, absolute far away"),
            _choice("cross_entropy", "cross-entropy", numbers),
            _choice("binary_cross_entropy", "binary cross-entropy", numbers),
            _choice("poisson", "Poisson", "needs counts; the targets here are scaled"),
        ]
    classes = "needs numbers as targets; here they are classes"
    one = "one sigmoid output" if k == 2 else "a yes or no for each class"
    return [
        _choice("cross_entropy", "cross-entropy", note="softmax outputs"),
        _choice("binary_cross_entropy", "binary cross-entropy", note=one),
        _choice("mean_squared_error", "squared error", note="slower for classes"),
        _choice("mean_absolute_error", "absolute error", note="often stuck for classes"),
        _choice("huber", "Huber", classes),
        _choice("poisson", "Poisson", classes),
    ]


def _optimizers() -> list[Choice]:
    return [
        _choice("sgd", "SGD", note="the gradient alone"),
        _choice("momentum", "momentum"),
        _choice("nesterov", "Nesterov"),
        _choice("rmsprop", "RMSProp", note="rates near 0.001"),
        _choice("adam", "Adam", note="rates near 0.003"),
        _choice("adamw", "AdamW", note="Adam with weight decay"),
        _choice("lbfgs", "L-BFGS", "is no rule for steps of a batch; use glassnet train"),
    ]


def _activations(setting: Setting) -> list[Choice]:
    return [
        _choice("tanh", "tanh"),
        _choice("relu", "ReLU"),
        _choice("sigmoid", "sigmoid"),
        _choice("leaky_relu", "leaky ReLU"),
        _choice("elu", "ELU"),
        _choice("gelu", "GELU"),
        _choice("silu", "SiLU"),
        _choice("softplus", "softplus"),
        _choice("identity", "identity", note="a linear layer"),
        _choice("softmax", "softmax", "belongs to the output, where the classes compete"),
        _choice("exponential", "exponential", "belongs to the output of counts"),
    ]


def _initializers(setting: Setting) -> list[Choice]:
    alike = "all units of a layer stay alike: watch what that does"
    return [
        _choice("auto", "auto", note="He for ReLU and its kin, else Glorot"),
        _choice("glorot", "Glorot"),
        _choice("he", "He"),
        _choice("lecun", "LeCun"),
        _choice("orthogonal", "orthogonal"),
        _choice("normal", "normal, small", note="standard deviation 0.01"),
        _choice("uniform", "uniform", note="−0.5 to 0.5"),
        _choice("zeros", "zeros", note=alike),
    ]


def _scalings(data: Dataset) -> list[Choice]:
    pictures = None if data.image_shape is None else "would scale each pixel by itself"
    return [
        _choice("auto", "auto"),
        _choice("none", "none", note="as they came"),
        _choice("standard", "standard", pictures, "mean 0, standard deviation 1"),
        _choice("robust", "robust", pictures, "median 0, by quartiles"),
        _choice("minmax", "0 to 1", None, "lowest 0, highest 1"),
    ]

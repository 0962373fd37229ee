"""What is handed to the doctor and to the checks of a network, checked before it is used."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from glassnet.errors import InputError
from glassnet.network import Network
from glassnet.nn.contract import Shape
from glassnet.training.inputs import check_inputs


def check_network(network: object) -> Network:
    """A ``Network``; an estimator that has one says so itself."""
    if isinstance(network, Network):
        return network
    inside = " or its network_ after fit" if hasattr(network, "fit") else ""
    raise InputError(
        f"network is a glassnet.Network, {_told(network)} was given; give "
        f"Network([Dense(16, 'relu'), …], loss){inside}"
    )


def check_names(feature_names: object) -> tuple[str, ...]:
    """Names of columns; numbers become words."""
    if isinstance(feature_names, str) or not isinstance(feature_names, Iterable):
        raise InputError(
            "feature_names is a list of the columns' names, such as ['age', 'height'], "
            f"{_told(feature_names)} was given; leave it out where they have none"
        )
    return tuple(str(name) for name in feature_names)


def check_some(X: Any, name: str = "X") -> None:
    """At least one sample, of at least one number."""
    if X.shape[0] == 0 or 0 in X.shape[1:]:
        raise InputError(
            f"{name} has no samples, or samples of no features (its shape is {X.shape}); give at "
            "least one sample of at least one feature"
        )


def check_validation(validation: object, samples: Shape) -> tuple[Any, Any] | None:
    """A pair X, y of samples of that shape, or None."""
    if validation is None:
        return None
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        given = _told(validation)
        if isinstance(validation, (tuple, list)):
            given = f"a {type(validation).__name__} of {len(validation)}"
        raise InputError(
            f"validation is a pair (X, y) of held-out samples and their targets, {given} was "
            "given; write validation=(X_new, y_new)"
        )
    X = check_inputs(validation[0], None, "validation[0]")
    if X.shape[1:] != samples:
        raise InputError(
            f"validation[0] has samples of shape {X.shape[1:]}, X has {samples}: give the same "
            "columns in both"
        )
    y = np.asarray(validation[1])
    if y.ndim == 0 or len(y) != X.shape[0]:
        raise InputError(
            f"validation[0] has {X.shape[0]} samples and validation[1] has shape {y.shape}; give "
            "one target for each"
        )
    return X, y


def _told(value: object) -> str:
    """A value for a sentence: small ones as they are, others by their kind."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value) if len(repr(value)) <= 40 else f"a {type(value).__name__}"
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return f"a {kind}" if shape is None else f"a {kind} of shape {shape}"

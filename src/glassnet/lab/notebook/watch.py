"""`watch`: a model in a notebook, seen while `fit` trains it."""

from typing import TYPE_CHECKING, Any

from glassnet.errors import InputError, MissingExtraError
from glassnet.network import Network

if TYPE_CHECKING:
    from glassnet.data.dataset import Dataset
    from glassnet.lab.notebook.widget import Lab

LOWEST, HIGHEST = 320, 4000  # pixels


def watch(model: Any, X: "Any | Dataset" = None, y: Any = None, *, height: int = 600) -> "Lab":
    """Show a model in a notebook, live while ``model.fit(...)`` runs, and to be asked afterwards.

    From the call on the widget shows every fit of this model: network, output, loss, gradients,
    histograms, what the doctor finds. It listens only: the model comes out bit for bit as without
    it. A second call for the same model gives the same widget.

    Parameters
    ----------
    model : a `Network`, `Classifier` or `Regressor`, fitted or not.
    X, y : samples to be shown at once, where the model has parameters already. X may be a
        `Dataset`, whose names of features and classes and shape of pictures are then used also
        for later fits.
    height : of the widget, in pixels.

    Raises
    ------
    MissingExtraError : where anywidget is not installed (``pip install 'glassnet[notebook]'``).
    InputError : for another kind of model, or samples that do not fit it.
    FileError : where the lab's page was not built.
    """
    if not isinstance(model, Network) and not hasattr(model, "make_preprocessor"):
        raise InputError(
            f"watch shows a Network, a Classifier or a Regressor; {type(model).__name__} was given"
        )
    whole = isinstance(height, int) and not isinstance(height, bool)
    if not whole or not LOWEST <= height <= HIGHEST:
        raise InputError(f"height is {LOWEST} to {HIGHEST} pixels, {height!r} was given")
    try:
        from glassnet.lab.notebook.widget import widget_of
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise MissingExtraError.of("watching a model in a notebook", "notebook") from None
    return widget_of(model, _given(X, y), height)


def _given(X: Any, y: Any) -> Any:
    from glassnet.data.dataset import Dataset

    if isinstance(X, Dataset):
        return X
    if (X is None) != (y is None):
        raise InputError("give X and y together, or a Dataset as X")
    return None if X is None else (X, y)

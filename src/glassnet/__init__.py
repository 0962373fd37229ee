"""glassnet: a neural network from scratch that you can see through.

Every public name is had as `glassnet.NAME` and loaded when it is first asked for (PEP 562), so
that `import glassnet` costs no more than a look at the table below.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_NAMES_OF = {
    "data.catalog": "dataset_names load_dataset",
    "data.dataset": "Dataset",
    "data.encoding": "OneHotEncoder",
    "data.readers": "read_data read_table",
    "data.splits": "k_fold train_test_split",
    "data.table": "Table",
    "errors": "FileError GlassnetError InputError MissingExtraError NonFiniteLossError",
    "insight.check": "check_gradients",
    "insight.doctor.doctor": "Doctor",
    "insight.doctor.examine": "examine",
    "insight.explain": "explain",
    "insight.learning_rate": "find_learning_rate",
    "insight.verify.entry": "verify",
    "lab.notebook.watch": "watch",
    "models.classifier": "Classifier",
    "models.load": "load",
    "models.regressor": "Regressor",
    "network": "Network",
    "nn.activations": "ELU LeakyReLU",
    "nn.initializers": "Glorot He LeCun Normal Orthogonal Uniform Zeros",
    "nn.layers": "Activation Dense Dropout Flatten Scale",
    "nn.losses": "BinaryCrossEntropy CrossEntropy Huber MeanAbsoluteError MeanSquaredError Poisson",
    "nn.normalization": "BatchNorm LayerNorm",
    "nn.optimizers": "Adam AdamW GradientDescent Momentum Nesterov RMSProp",
    "nn.schedules": "Constant Cosine Exponential OneCycle StepDecay",
    "nn.soft_step": "SoftStep",
    "training.callbacks": "EarlyStopping ProgressBar",
    "training.events": "EpochEnded ImprovedBest NonFinite RunEnded RunStarted StepsDone",
    "training.history": "History",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}

# Folders that are had without an import of their own: glassnet.scores.accuracy.
_FOLDERS = ("data", "insight", "nn", "plots", "scores", "training")

__all__ = sorted(_MODULE_OF)

# The same table once more, for type checkers and editors; a test compares the two.
if TYPE_CHECKING:
    from glassnet.data.catalog import dataset_names as dataset_names, load_dataset as load_dataset
    from glassnet.data.dataset import Dataset as Dataset
    from glassnet.data.encoding import OneHotEncoder as OneHotEncoder
    from glassnet.data.readers import read_data as read_data, read_table as read_table
    from glassnet.data.splits import k_fold as k_fold, train_test_split as train_test_split
    from glassnet.data.table import Table as Table
    from glassnet.errors import (
        FileError as FileError,
        GlassnetError as GlassnetError,
        InputError as InputError,
        MissingExtraError as MissingExtraError,
        NonFiniteLossError as NonFiniteLossError,
    )
    from glassnet.insight.check import check_gradients as check_gradients
    from glassnet.insight.doctor.doctor import Doctor as Doctor
    from glassnet.insight.doctor.examine import examine as examine
    from glassnet.insight.explain import explain as explain
    from glassnet.insight.learning_rate import find_learning_rate as find_learning_rate
    from glassnet.insight.verify.entry import verify as verify
    from glassnet.lab.notebook.watch import watch as watch
    from glassnet.models.classifier import Classifier as Classifier
    from glassnet.models.load import load as load
    from glassnet.models.regressor import Regressor as Regressor
    from glassnet.network import Network as Network
    from glassnet.nn.activations import ELU as ELU, LeakyReLU as LeakyReLU
    from glassnet.nn.initializers import (
        Glorot as Glorot,
        He as He,
        LeCun as LeCun,
        Normal as Normal,
        Orthogonal as Orthogonal,
        Uniform as Uniform,
        Zeros as Zeros,
    )
    from glassnet.nn.layers import (
        Activation as Activation,
        Dense as Dense,
        Dropout as Dropout,
        Flatten as Flatten,
        Scale as Scale,
    )
    from glassnet.nn.losses import (
        BinaryCrossEntropy as BinaryCrossEntropy,
        CrossEntropy as CrossEntropy,
        Huber as Huber,
        MeanAbsoluteError as MeanAbsoluteError,
        MeanSquaredError as MeanSquaredError,
        Poisson as Poisson,
    )
    from glassnet.nn.normalization import BatchNorm as BatchNorm, LayerNorm as LayerNorm
    from glassnet.nn.optimizers import (
        Adam as Adam,
        AdamW as AdamW,
        GradientDescent as GradientDescent,
        Momentum as Momentum,
        Nesterov as Nesterov,
        RMSProp as RMSProp,
    )
    from glassnet.nn.schedules import (
        Constant as Constant,
        Cosine as Cosine,
        Exponential as Exponential,
        OneCycle as OneCycle,
        StepDecay as StepDecay,
    )
    from glassnet.nn.soft_step import SoftStep as SoftStep
    from glassnet.training.callbacks import (
        EarlyStopping as EarlyStopping,
        ProgressBar as ProgressBar,
    )
    from glassnet.training.events import (
        EpochEnded as EpochEnded,
        ImprovedBest as ImprovedBest,
        NonFinite as NonFinite,
        RunEnded as RunEnded,
        RunStarted as RunStarted,
        StepsDone as StepsDone,
    )
    from glassnet.training.history import History as History


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use and keep the name."""
    if name in _FOLDERS:
        return import_module(f"glassnet.{name}")
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'glassnet' has no attribute {name!r}")
    value = getattr(import_module(f"glassnet.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, loaded or not."""
    return sorted({*globals(), *__all__, *_FOLDERS})

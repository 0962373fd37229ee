"""Where each formula of an explanation is derived: the module of ``nn/``, and the paper it follows.

The modules' docstrings hold the derivations themselves, each beside its code.
"""

from glassnet.insight.step.moment import Moment
from glassnet.insight.step.parts import Source
from glassnet.nn.layers import Activation, Dense
from glassnet.nn.soft_step import SoftStep

BACKWARD = Source(
    "backward",
    "glassnet.nn.stack",
    "Rumelhart, Hinton & Williams, Learning Representations by Back-Propagating Errors, 1986",
)
# By the class's name, as a user's own class may be called anything but is none of these.
PAPERS: dict[str, str] = {
    "Dropout": "Srivastava et al., Dropout, 2014",
    "BatchNorm": "Ioffe & Szegedy, Batch Normalization, 2015",
    "LayerNorm": "Ba, Kiros & Hinton, Layer Normalization, 2016",
    "ReLU": "Nair & Hinton, Rectified Linear Units, 2010",
    "LeakyReLU": "Maas, Hannun & Ng, Rectifier Nonlinearities, 2013",
    "ELU": "Clevert, Unterthiner & Hochreiter, Exponential Linear Units, 2015",
    "SiLU": "Elfwing, Uchibe & Doya, Sigmoid-Weighted Linear Units, 2017",
    "GELU": "Hendrycks & Gimpel, Gaussian Error Linear Units, 2016",
    "Huber": "Huber, Robust Estimation of a Location Parameter, 1964",
    "CrossEntropy": "label smoothing: Szegedy et al. 2016",
    "Momentum": "Polyak 1964",
    "Nesterov": "Nesterov 1983; Sutskever et al. 2013",
    "RMSProp": "Tieleman & Hinton, lecture 6.5, 2012",
    "Adam": "Kingma & Ba, Adam, 2015, algorithm 1",
    "AdamW": "Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2",
}
_JOINT = "canonical links: McCullagh & Nelder, Generalized Linear Models, 1989, chapter 2"


def sources(moment: Moment) -> tuple[Source, ...]:
    """One for each kind of layer, activation, loss and optimizer of the step."""
    found: dict[str, Source] = {}

    def add(part: object, called: str) -> None:
        kind = type(part)
        paper = PAPERS.get(kind.__name__, "") if kind.__module__.startswith("glassnet.nn.") else ""
        module = kind.__module__ if kind.__module__.startswith("glassnet.") else "your own"
        found.setdefault(called, Source(called, module, paper))

    for layer in moment.stack.layers:
        add(layer, type(layer).__name__)
        if isinstance(layer, (Dense, Activation, SoftStep)):
            add(layer.activation, layer.activation.name)
    add(moment.stack.loss, moment.stack.loss.name)
    if moment.stack.loss.meets is not None:
        found["ŷ − y"] = Source("ŷ − y", "glassnet.nn.losses", _JOINT)
    found["backward"] = BACKWARD
    add(moment.rule.optimizer, moment.rule.optimizer.name)
    return tuple(found.values())

"""What the page shows of a network in training, each view a function from a scene to a frame."""

from collections.abc import Callable

from glassnet.lab.frames import Frame
from glassnet.lab.views.confusion import confusion
from glassnet.lab.views.curves import gradients, loss
from glassnet.lab.views.fit import fit
from glassnet.lab.views.histograms import histograms
from glassnet.lab.views.parameters import network
from glassnet.lab.views.plane import output, units
from glassnet.lab.views.sample import sample
from glassnet.lab.views.scene import Scene
from glassnet.lab.views.scores import scores

# None where a view has nothing to show of a scene, such as a plane where there is none.
VIEWS: dict[str, Callable[[Scene], Frame | None]] = {
    "network": network,
    "units": units,
    "output": output,
    "loss": loss,
    "gradients": gradients,
    "histograms": histograms,
    "confusion": confusion,
    "scores": scores,
    "fit": fit,
    "sample": sample,
}

"""The network's weights and biases as they stand."""

from glassnet.lab.frames import Frame
from glassnet.lab.views.scene import Scene


def network(scene: Scene) -> Frame:
    """Each array by its name, such as "hidden.W" (inputs, units) and "hidden.b" (units,)."""
    segments = scene.stack.layout.segments
    arrays = {s.name: s.view(scene.state.parameters).astype("f4") for s in segments}
    return scene.frame("network", arrays)

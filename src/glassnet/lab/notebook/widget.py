"""The lab as a widget of a notebook: JupyterLab, VS Code, Colab and marimo show it."""

from typing import Any
from weakref import WeakKeyDictionary

import anywidget
import traitlets

from glassnet.errors import FileError
from glassnet.lab.notebook.watching import Watching
from glassnet.lab.page_files import page_files
from glassnet.lab.subject.fitted import Given

SCRIPT = "widget.js"


class Lab(anywidget.AnyWidget):
    """What `glassnet.watch` gives back: display it, and train the model.

    height: in pixels; it can be set at any time.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(600).tag(sync=True)

    def __init__(self, model: object, data: Given | None = None, height: int = 600) -> None:
        self.watching = Watching(model, self._hand_out, data)
        super().__init__(_esm=_script(), height=height)
        self.on_msg(self._take_in)

    def __repr__(self) -> str:
        return "<glassnet lab>"

    def _hand_out(self, bundle: bytes) -> None:
        self.send({"kind": "bundle"}, [bundle])

    def _take_in(self, _: Any, content: Any, buffers: list[Any]) -> None:
        self.watching.receive(content, buffers)


_widgets: WeakKeyDictionary[object, Lab] = WeakKeyDictionary()


def widget_of(model: object, data: Given | None, height: int) -> Lab:
    """The widget of a model: there is one for each."""
    widget = _widgets.get(model)
    if widget is None or widget.comm is None:
        widget = _widgets[model] = Lab(model, data, height)
        return widget
    widget.height = height
    if data is not None:
        widget.watching.know(data)
        widget.watching.tell()
    return widget


def _script() -> str:
    found = page_files().get(SCRIPT)
    if found is None:
        raise FileError(
            "the lab's widget is not built; in a checkout type 'make lab' (it needs Node 20.19 or "
            "newer), or install glassnet from a wheel, which brings it along"
        )
    return found.read_text("utf-8")

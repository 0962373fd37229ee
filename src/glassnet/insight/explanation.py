"""An explanation as a plain object, and its views: text, HTML, LaTeX, plain data, and pixels."""

from dataclasses import dataclass
from typing import Any

from glassnet.errors import InputError
from glassnet.insight.step.attribution import Attribution
from glassnet.insight.step.parts import (
    Chain as Chain,
    Joint as Joint,
    Link as Link,
    Parts,
    Quantity as Quantity,
    Stage as Stage,
    Sum as Sum,
    UnitSum as UnitSum,
)
from glassnet.insight.views.document import blocks
from glassnet.insight.views.html import html_fragment, html_page
from glassnet.insight.views.latex import latex_document
from glassnet.insight.views.plain import plain
from glassnet.insight.views.text import text_of
from glassnet.nn.arrays import Array


@dataclass(frozen=True)
class Explanation(Parts):
    """A step in five stages, the sums behind units, and the chain behind one weight's change.

    Arrays are those of the engine: `stages` holds every one; `chain` the factors of one weight's
    derivative with its numeric one and the optimizer's arithmetic; `units` the sums of some units;
    `loss` before the update, `loss_after` after it, same samples, penalties included.
    """

    def text(self, largest: int = 8, width: int = 80) -> str:
        """The explanation for a terminal of `width` characters.

        Arrays above `largest` rows or columns, or wider than the terminal, show a corner and "…".
        """
        return text_of(blocks(self), largest, width)

    def html(self, fragment: bool = False, largest: int = 10) -> str:
        """A page of its own, or a fragment to put into one: MathML, tables, no script.

        It is well-formed XML, too. Arrays above `largest` rows or columns show a corner.
        """
        made = html_fragment if fragment else html_page
        return made(blocks(self), largest, self._pictures)

    def latex(self, largest: int = 8) -> str:
        """A document for pdflatex, xelatex or lualatex with amsmath."""
        return latex_document(blocks(self), largest)

    def plain(self, largest: int | None = 32) -> dict[str, Any]:
        """Dictionaries, lists, texts and numbers alone, for JSON; what is not finite is a text.

        An array above `largest` rows or columns is cut, which its own shape tells; None cuts none.
        """
        return plain(self, largest)

    @property
    def attributions(self) -> Array:
        """Gradient × input of every sample and class, (n, classes, …): above 0 pushes toward the
        class. Pictures have their own shape. See ``insight.step.attribution`` for the formula."""
        return self._attribution.values

    def pixels(self, label: Any, sample: int | None = None) -> Array:
        """Gradient × input for one class of one sample, in the picture's shape.

        label: the class, or for a bare network its number as in Y. sample: its place among those
        explained, counted from 1; None for the one whose numbers are shown. Raises ``InputError``
        for a class or sample that there is none of.
        """
        return self._attribution.of(label, self.shown + 1 if sample is None else sample)

    def _repr_html_(self) -> str:
        return self.html(fragment=True)

    @property
    def _attribution(self) -> Attribution:
        if self.attribution is None:
            raise InputError("this explanation was made without its network: explain it again")
        return self.attribution

    @property
    def _pictures(self) -> list[tuple[str, Array]]:
        """What is drawn beside the numbers: the shown sample's gradient × input, for the predicted
        class."""
        found = self.attribution
        if found is None or found.shape is None or len(found.shape) != 2:
            return []
        scores = found.scores(self.shown + 1)
        place = int(scores.argmax())
        label = place if found.classes is None else found.classes[place]
        told = f"gradient × input for class {label}: blue pushes toward it, orange against it"
        return [(told, self.pixels(label))]

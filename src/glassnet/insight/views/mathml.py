"""Formulas as MathML Core: what browsers show without a script."""

from html import escape

from glassnet.insight.views.formula import Leaf, Node, parse
from glassnet.insight.views.words import printable

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_TAGS = {"number": "mn", "letter": "mi", "function": "mi", "sign": "mo"}


def mathml(formula: str, block: bool = False) -> str:
    """One `math` element."""
    display = ' display="block"' if block else ""
    return f'<math xmlns="{NAMESPACE}"{display}>{_element(parse(formula))}</math>'


def _element(node: Node) -> str:
    if isinstance(node, Leaf):
        text = escape(printable(node.text))
        if node.kind == "word":
            return f"<mtext>\u00a0{text}\u00a0</mtext>"
        return f"<{_TAGS[node.kind]}>{text}</{_TAGS[node.kind]}>"
    parts = [_element(part) for part in node.parts]
    if node.kind == "upper" and node.parts[1] == Leaf("sign", "′"):
        # As a superscript it would be raised twice: the sign itself stands high.
        return f'<mrow>{parts[0]}<mo lspace="0" rspace="0">′</mo></mrow>'
    if node.kind == "row":
        return f"<mrow>{''.join(parts)}</mrow>"
    if node.kind == "bracket":
        left, right = (f'<mo stretchy="false">{escape(sign)}</mo>' for sign in node.signs)
        return f"<mrow>{left}{parts[0]}{right}</mrow>"
    if node.kind == "hat":
        return f'<mover accent="true">{parts[0]}<mo stretchy="false">^</mo></mover>'
    tag = {"fraction": "mfrac", "lower": "msub", "upper": "msup", "root": "msqrt"}[node.kind]
    return f"<{tag}>{''.join(parts)}</{tag}>"

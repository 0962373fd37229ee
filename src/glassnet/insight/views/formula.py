"""Formulas as they are written in plain text, read into a tree: z = x W + b, ∂L/∂z, Σₖ e^(zₖ).

What is read: letters with sub- and superscripts (xᵢ, eᶻ, W[3,7], e^(z)), hats (ŷ), primes (f′),
fractions by / between neighbours, roots (√), brackets, and words. Nothing is refused: what is not
known stands as it is.
"""

import re
import unicodedata
from typing import NamedTuple, TypeAlias

LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ₊₋", "0123456789aeoxhklmnpstij+−", strict=True))
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ᶻˣᵀᵗⁿ⁺⁻", "0123456789zxTtn+−", strict=True))
_HAT = "\u0302"
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_FUNCTIONS = {"max", "log", "exp", "tanh", "sign", "clip", "mean", "softmax"}
_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
    r"|(?P<word>[^\W\d_](?:[^\W\d]|_)+)"
    r"|(?P<space>\s+)"
    r"|(?P<one>.)",
    re.DOTALL,
)


class Leaf(NamedTuple):
    """A piece without parts. kind: number, letter, function, sign or word."""

    kind: str
    text: str


class Group(NamedTuple):
    """Pieces with parts. kind: row, fraction, lower, upper, root, hat, or bracket, whose `signs`
    are the two brackets."""

    kind: str
    parts: tuple["Node", ...]
    signs: tuple[str, str] = ("", "")


Node: TypeAlias = Leaf | Group


def parse(formula: str) -> Node:
    """The tree of a formula."""
    reader = _Reader(_tokens(unicodedata.normalize("NFC", formula)))
    row = reader.row("")
    # A bracket that closes nothing stands as it is, and reading goes on behind it.
    while reader.rest:
        row += [Leaf("sign", reader.take().text), *reader.row("")]
    return _row(row)


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        piece = match[0]
        kind = next(name for name in ("number", "word", "space", "one") if match[name] is not None)
        if kind == "word" and any(sign in LOWERED or sign in RAISED for sign in piece):
            found += [_Token("one", sign) for sign in piece]  # xᵢ is no word
        elif kind != "space":
            found.append(_Token(kind, piece))
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.rest = tokens[::-1]

    def take(self) -> _Token:
        return self.rest.pop()

    def next_is(self, *texts: str) -> bool:
        return bool(self.rest) and self.rest[-1].text in texts

    def row(self, end: str) -> list[Node]:
        """Everything up to the bracket `end`, which stays."""
        found: list[Node] = []
        while self.rest and self.rest[-1].text not in _CLOSE:
            if self.next_is("|") and end == "|":
                break
            if self.next_is("/") and found and _may_divide(found[-1]):
                self.take()
                found[-1] = Group("fraction", (_bare(found[-1]), _bare(self.below())))
            else:
                found.append(self.item())
        return found

    def below(self) -> Node:
        """What stands under a fraction's line: an item, a sum with what it sums."""
        if not self.rest:
            return _row([])
        is_sum = self.next_is("Σ")
        node = self.item()
        return _row([node, self.item()]) if is_sum and self.rest else node

    def item(self) -> Node:
        """A piece with what is written at its corners."""
        node = self.piece()
        while self.rest:
            text = self.rest[-1].text
            if text in LOWERED or text in RAISED:
                table, kind = (LOWERED, "lower") if text in LOWERED else (RAISED, "upper")
                node = Group(kind, (node, self.corner(table)))
            elif text == "′":
                self.take()
                node = Group("upper", (node, Leaf("sign", "′")))
            elif text == "^":
                self.take()
                node = Group("upper", (node, _bare(self.piece()) if self.rest else _row([])))
            elif text == "[" and isinstance(node, Leaf) and node.kind == "letter":
                node = Group("lower", (node, _bare(self.piece())))
            elif text == _HAT:
                self.take()
                node = Group("hat", (node,))
            else:
                break
        return node

    def corner(self, table: dict[str, str]) -> Node:
        """Neighbouring signs of one height: ⁻ᶻ."""
        found: list[Node] = []
        while self.rest and self.rest[-1].text in table:
            sign = table[self.take().text]
            last = found[-1] if found else None
            if _kind_of(sign) == "number" and isinstance(last, Leaf) and last.kind == "number":
                found[-1] = Leaf("number", last.text + sign)
            else:
                found.append(Leaf(_kind_of(sign), sign))
        return _row(found)

    def piece(self) -> Node:
        """A number, letter, word, root, derivative, sum, or something in brackets."""
        token = self.take()
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "word":
            return Leaf("function" if token.text in _FUNCTIONS else "word", token.text)
        if token.text in _OPEN or (token.text == "|" and self._closes_later()):
            return self.bracket(token.text)
        if token.text == "√" and self.rest:
            return Group("root", (_bare(self.piece_with_hat()),))
        if token.text in "∂Δ" and self.rest and self.rest[-1].kind == "one":
            if self.rest[-1].text.isalpha():
                return Group("row", (Leaf("letter", token.text), self.item()))
        letter = unicodedata.normalize("NFD", token.text)
        if len(letter) == 2 and letter[1] == _HAT:
            return Group("hat", (Leaf("letter", letter[0]),))
        if token.text in LOWERED:
            return Leaf("letter", LOWERED[token.text])
        if token.text in RAISED:
            return Leaf("letter", RAISED[token.text])
        return Leaf(_kind_of(token.text), token.text)

    def piece_with_hat(self) -> Node:
        """What a root stands over: a piece, with its hat."""
        node = self.piece()
        if self.next_is(_HAT):
            self.take()
            node = Group("hat", (node,))
        return node

    def bracket(self, sign: str) -> Node:
        """What stands in brackets; one that is never closed is closed at the end."""
        end = "|" if sign == "|" else _CLOSE[_OPEN.index(sign)]
        inside = self.row(end)
        if self.rest and (self.rest[-1].text in _CLOSE or self.next_is(end)):
            end = self.take().text
        return Group("bracket", (_row(inside),), (sign, end))

    def _closes_later(self) -> bool:
        return any(token.text == "|" for token in self.rest)


def _number(text: str) -> Node:
    """A number; 1.5·10⁻⁸ is one, too, so that all of it is divided."""
    mantissa, ten, exponent = text.partition("·10")
    if not ten:
        return Leaf("number", text)
    raised = "".join(RAISED[sign] for sign in exponent)
    digits: Node = Leaf("number", raised.lstrip("−"))
    if raised.startswith("−"):
        digits = Group("row", (Leaf("sign", "−"), digits))
    ten_to = Group("upper", (Leaf("number", "10"), digits))
    return Group("row", (Leaf("number", mantissa), Leaf("sign", "·"), ten_to))


def _row(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Group("row", tuple(nodes))


def _bare(node: Node) -> Node:
    """Without round or square brackets, where a fraction, a root or a corner shows the same."""
    if isinstance(node, Group) and node.kind == "bracket" and node.signs[0] in "([":
        return node.parts[0]
    return node


def _may_divide(node: Node) -> bool:
    return not (isinstance(node, Leaf) and node.kind in ("sign", "word"))


def _kind_of(sign: str) -> str:
    if sign.isascii() and sign.isdigit():
        return "number"
    return "letter" if (sign.isalpha() and sign != "Σ") or sign in "∂∞" else "sign"

"""Blocks as a LaTeX document that needs amsmath alone; everything from outside is escaped."""

import unicodedata
from collections.abc import Sequence

from glassnet.insight.step.numbers import in_formula
from glassnet.insight.views.blocks import Block, Formula, Grid, Heading, Numbers, Rest, Sentence
from glassnet.insight.views.formula import LOWERED, RAISED, Leaf, Node, parse
from glassnet.insight.views.words import counted, is_formula, printable

_HEAD = r"""\documentclass{article}
\usepackage{amsmath}
\setcounter{secnumdepth}{0}
\setlength{\textwidth}{17cm}
\setlength{\oddsidemargin}{-0.5cm}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\begin{document}
"""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "…": r"\ldots{}", "–": "--", "—": "---", "’": "'", "“": "``", "”": "''", "\u00a0": "~",
}  # fmt: skip
_SIGNS = {
    "∂": r"\partial ", "Δ": r"\Delta ", "∇": r"\nabla ", "∞": r"\infty ", "Σ": r"\sum ",
    "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "ε": r"\varepsilon ",
    "η": r"\eta ", "θ": r"\theta ", "κ": r"\kappa ", "λ": r"\lambda ", "μ": r"\mu ", "π": r"\pi ",
    "ρ": r"\rho ", "σ": r"\sigma ", "τ": r"\tau ", "φ": r"\varphi ", "Φ": r"\Phi ", "ω": r"\omega ",
    "·": r"\cdot ", "×": r"\times ", "−": "-", "←": r"\leftarrow ", "→": r"\rightarrow ",
    "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "≈": r"\approx ", "±": r"\pm ", "‖": r"\Vert ",
    "…": r"\ldots ", "√": r"\surd ", "′": r"\prime ", "⊙": r"\odot ", "∘": r"\circ ",
    "|": r"\vert ", "<": "<", ">": ">",
}  # fmt: skip
# Grave, acute, circumflex, tilde, macron, breve, dot, diaeresis, ring, ˝, caron, cedilla.
_ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
_FUNCTIONS = {"max": r"\max", "log": r"\log", "exp": r"\exp", "tanh": r"\tanh"}
_BRACKETS = {"{": r"\{", "}": r"\}", "|": r"\vert "}


def latex_document(blocks: Sequence[Block], largest: int) -> str:
    """A document that can be compiled."""
    body = "\n\n".join(_block(block, largest) for block in blocks)
    return f"{_HEAD}\n{body}\n\n\\end{{document}}\n"


def latex_formula(formula: str) -> str:
    """A formula, to stand in mathematics."""
    return _element(parse(formula)).strip()


def latex_text(text: str) -> str:
    """Words to stand in a text; a sign that many fonts lack is named by its number."""
    return "".join(_sign(sign) for sign in printable(text))


def _block(block: Block, largest: int) -> str:
    if isinstance(block, Heading):
        command = "section" if block.level == 1 else "subsection"
        return f"\\{command}{{{latex_text(block.text)}}}"
    if isinstance(block, Formula):
        words = f"\\quad\\text{{{latex_text(block.words)}}}" if block.words else ""
        return f"\\[ {latex_formula(block.formula)}{words} \\]"
    if isinstance(block, Numbers):
        return _quantity(block, largest)
    if isinstance(block, Grid):
        return _grid(block)
    assert isinstance(block, (Sentence, Rest))
    return latex_text(block.text)


def _quantity(block: Numbers, largest: int) -> str:
    values = block.values
    if values.ndim == 0:
        note = f" {latex_text(block.note)}" if block.note else ""
        number = latex_formula(in_formula(values))
        return f"{latex_text(block.layer)}: ${latex_formula(block.formula)} = {number}$.{note}"
    sizes = zip(values.shape, (*block.axes, "", "", "")[: values.ndim], strict=False)
    shape = latex_text(" × ".join(counted(size, axis) for size, axis in sizes))
    told = [f"${latex_formula(block.formula)}$"] if block.formula else []
    told += [latex_text(block.note)] if block.note else []
    head = f"{latex_text(block.layer)} ${latex_formula(block.symbol)}$ ({shape}) {'; '.join(told)}"
    return f"{head.strip()}\n\\[ {_matrix(block, largest)} \\]"


def _matrix(block: Numbers, largest: int) -> str:
    values = block.values
    table = values.reshape(1, -1) if values.ndim == 1 else values.reshape(len(values), -1)
    rows, columns = (min(size, largest) for size in table.shape)
    lines = []
    for row in table[:rows]:
        cells = [latex_formula(in_formula(value)) for value in row[:columns]]
        lines.append(" & ".join(cells + ([r"\cdots"] if columns < table.shape[1] else [])))
    if rows < len(table):
        dots = columns + (columns < table.shape[1])
        lines.append(" & ".join([r"\vdots"] * dots))
    body = " \\\\\n".join(lines)
    kind = "pmatrix" if columns < 10 else "matrix"
    return f"\\begin{{{kind}}}\n{body}\n\\end{{{kind}}}"


def _grid(grid: Grid) -> str:
    kinds = "".join("r" if at in grid.right else "l" for at in range(len(grid.heads)))
    if grid.rows and max(len(row[-1]) for row in grid.rows) > 40:
        kinds = kinds[:-1] + "p{8cm}"
    heads = " & ".join(
        f"${latex_formula(head)}$" if is_formula(head) else latex_text(head) for head in grid.heads
    )
    lines = [heads + r" \\ \hline"]
    for row in grid.rows:
        cells = [
            f"${latex_formula(cell)}$" if at in grid.formulas and cell else latex_text(cell)
            for at, cell in enumerate(row)
        ]
        # The empty group: a row that begins with a bracket or star would speak to the \\ before it.
        lines.append("{}" + " & ".join(cells) + r" \\")
    body = "\n".join(lines)
    return f"{{\\small\n\\begin{{tabular}}{{{kinds}}}\n{body}\n\\end{{tabular}}}}"


def _element(node: Node) -> str:
    if isinstance(node, Leaf):
        return _leaf(node)
    parts = [_element(part) for part in node.parts]
    if node.kind == "row":
        return "".join(parts)
    if node.kind == "bracket":
        left, right = (_BRACKETS.get(sign, sign) for sign in node.signs)
        return f"{left}{parts[0]}{right}"
    if node.kind == "fraction":
        return f"\\frac{{{parts[0].strip()}}}{{{parts[1].strip()}}}"
    if node.kind == "root":
        return f"\\sqrt{{{parts[0].strip()}}}"
    if node.kind == "hat":
        return f"\\hat{{{parts[0].strip()}}}"
    sign = "_" if node.kind == "lower" else "^"
    return f"{{{parts[0].strip()}}}{sign}{{{parts[1].strip()}}}"


def _leaf(leaf: Leaf) -> str:
    if leaf.kind == "function":
        return _FUNCTIONS.get(leaf.text, f"\\operatorname{{{leaf.text}}}") + " "
    if leaf.kind == "word":
        return f"\\text{{ {latex_text(leaf.text)} }}"
    if leaf.kind == "number":
        return leaf.text
    known = _SIGNS.get(leaf.text)
    if known is not None:
        return known
    if leaf.text.isascii() and leaf.text.isalpha():
        return leaf.text
    return leaf.text if leaf.text in "=+-*/.,;:!()[]'" else f"\\text{{{latex_text(leaf.text)}}}"


def _sign(sign: str) -> str:
    """A sign of a text; mathematical ones as mathematics, letters of Europe as they are."""
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if sign.isascii():
        return sign
    for table, corner in ((RAISED, "^"), (LOWERED, "_")):
        if sign in table:
            return f"${corner}{{{_leaf(Leaf('number', table[sign])).replace('−', '-')}}}$"
    tree = parse(sign)
    if sign in _SIGNS or tree != Leaf("letter", sign) and tree != Leaf("sign", sign):
        return f"${_element(tree).strip()}$"
    return sign if _is_known_letter(sign) else f"[U+{ord(sign):04X}]"


def _is_known_letter(sign: str) -> bool:
    """Whether LaTeX's own fonts can set it: a Latin letter with an accent, and a few others."""
    parts = unicodedata.normalize("NFD", sign)
    is_accented = len(parts) == 2 and parts[0].isascii() and parts[0].isalpha()
    # Letters of Vietnamese and the like decompose, too, but LaTeX declares them up to U+017F.
    return sign in "ßæÆøØœŒłŁ" or (is_accented and parts[1] in _ACCENTS and sign <= "\u017f")

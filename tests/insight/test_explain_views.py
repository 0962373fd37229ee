"""The views of an explanation: text that fits, HTML that is XML without scripts, LaTeX that is
balanced, plain data that is JSON; hostile names change nothing."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, strategies as st

import glassnet as gn
from glassnet.insight.explanation import Explanation
from glassnet.insight.step import formulas
from glassnet.insight.views.blocks import Grid
from glassnet.insight.views.latex import latex_document, latex_formula, latex_text
from glassnet.insight.views.mathml import NAMESPACE, mathml
from glassnet.insight.views.text import text_of

RNG = np.random.default_rng(0)
HOSTILE = [
    "<script>alert(1)</script>", "a & b < c", 'quo"te', "\\input{x}", "50 % $x_1$ {", "bell\x07",
    "größe", "名前", "x̂ ~ ^", "]]>", "colour = red", "z" * 60,
]  # fmt: skip


def explanation_of(kind: str) -> Explanation:
    if kind == "picture":
        net = gn.Network(
            [gn.Scale(8, 0.1), gn.Flatten(), gn.Dense(12, "relu"), gn.Dense(4, "softmax")],
            "cross_entropy", inputs=(6, 5),
        )  # fmt: skip
        return gn.explain(net, RNG.integers(0, 16, (3, 6, 5)), [0, 1, 3], l2=0.1)
    if kind == "deep":
        layers = [gn.Dense(9, "gelu"), gn.BatchNorm(), gn.Dense(7, "elu"), gn.Dropout(0.2)]
        layers += [gn.Dense(5, "silu"), gn.LayerNorm(), gn.Dense(2, "softmax")]
        net = gn.Network(layers, "mean_squared_error", inputs=12)
        rate = gn.Cosine(0.1, warmup=0.1)
        inputs, targets = RNG.normal(size=(20, 12)), RNG.normal(size=(20, 2))
        return gn.explain(
            net, inputs, targets, optimizer="adamw", learning_rate=rate, feature_names=HOSTILE,
            sample_numbers=range(100_000, 100_020), weight="hidden:12,3",
        )  # fmt: skip
    net = gn.Network([gn.Dense(1, "sigmoid")], "binary_cross_entropy", inputs=12)
    return gn.explain(
        net, RNG.normal(size=(1, 12)) * 1e6, [1.0], feature_names=HOSTILE, unit="output:1",
        classes=["<no>", "&yes"], optimizer="nesterov", l1=0.1, max_norm=0.01, clip_norm=0.1,
    )  # fmt: skip


KINDS = ("picture", "deep", "hostile")


def balanced(latex: str) -> None:
    """Braces, environments and dollars are closed in the order in which they were opened."""
    plain = re.sub(r"\\[\\{}$%&#_]", "", latex)
    depth = 0
    for sign in plain:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert plain.count("$") % 2 == 0
    open_ones: list[str] = []
    for end, name in re.findall(r"\\(begin|end)\{(\w+)\}", latex):
        if end == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert open_ones == []
    assert latex.count(r"\[") - latex.count(r"\\[") == latex.count(r"\]")


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_xml_without_scripts_or_addresses(kind: str) -> None:
    explanation = explanation_of(kind)
    for text in (explanation.html(), explanation.html(fragment=True), explanation._repr_html_()):
        root = ElementTree.fromstring(text)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "img", "link", "iframe", "object", "a"}
        for element in root.iter():
            assert not any(
                name.startswith("on") or name in ("src", "href") for name in element.attrib
            )
        addresses = set(re.findall(r"https?://[^\"' ]+", text))
        assert addresses <= {
            NAMESPACE,
            "http://www.w3.org/1999/xhtml",
            "http://www.w3.org/2000/svg",
        }
        assert "math" in tags
        assert text.count("url(") == 0
    assert "prefers-color-scheme: dark" in text
    if kind == "picture":
        assert "svg" in tags


@pytest.mark.parametrize("kind", KINDS)
def test_latex_is_balanced(kind: str) -> None:
    latex = explanation_of(kind).latex()
    balanced(latex)
    assert latex.startswith(r"\documentclass") and latex.endswith("\\end{document}\n")
    assert re.findall(r"\\usepackage(?:\[\w+\])?\{(\w+)\}", latex) == ["amsmath"]
    # What pdflatex has no letter for is named by its number.
    assert all(ord(sign) < 0x180 for sign in latex)
    assert r"\input{x}" not in latex


@pytest.mark.parametrize("kind", KINDS)
def test_plain_is_json(kind: str) -> None:
    plain = explanation_of(kind).plain()
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert again == plain
    assert [stage["name"] for stage in plain["stages"]][1:3] == ["forward", "loss"]
    assert plain["chain"]["links"][-1]["product"]["shape"] == []
    assert "attribution" not in plain


def test_plain_cuts_large_arrays_and_says_so() -> None:
    net = gn.Network([gn.Dense(100), gn.Dense(1)], "mean_squared_error", inputs=3)
    explanation = gn.explain(net, np.ones((2, 3)), [1.0, 2.0])
    W = explanation.plain(largest=10)["stages"][0]["quantities"][0]["values"]
    assert (W["shape"], W["whole"], np.shape(W["values"])) == ([3, 100], False, (3, 10))
    W = explanation.plain(largest=None)["stages"][0]["quantities"][0]["values"]
    assert W["whole"] and np.shape(W["values"]) == (3, 100)
    assert np.array_equal(np.array(W["values"], np.float32), net.parameter_views()["hidden.W"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_fits_and_holds_nothing_that_moves_the_cursor(kind: str, width: int) -> None:
    text = explanation_of(kind).text(width=width)
    assert max(map(len, text.splitlines())) <= width
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert text.splitlines()[-1].startswith("The loss was ")


def test_nothing_is_lost_where_a_table_is_too_wide() -> None:
    rows = tuple((name, "-1.5") for name in HOSTILE)
    lines = text_of([Grid(("name", "value"), rows, right=(1,))], 8, 24).splitlines()
    assert max(map(len, lines)) <= 24
    assert sum(line.endswith(" −1.5") for line in lines) == len(HOSTILE)
    shown = re.sub(r"\s", "", "".join(line.removesuffix("−1.5") for line in lines[1:]))
    assert shown == re.sub(r"\s", "", "".join(HOSTILE)).replace("\x07", "\ufffd")


def every_formula() -> list[str]:
    tables: list[Any] = [formulas._VALUE, formulas._SLOPE, formulas._FORWARD, formulas.JOINT_PROOFS]
    found = [formula for table in tables for formula in table.values()]
    found += [formula for pair in formulas._LOSS.values() for formula in pair]
    found += [formula for lines in formulas.CHANGES.values() for line in lines for formula in line]
    for kind in KINDS:
        for stage in explanation_of(kind).stages:
            found += [
                each
                for quantity in stage.quantities
                for each in (quantity.formula, quantity.symbol)
            ]
    return [formula for formula in found if formula]


def test_every_formula_is_mathml_and_latex() -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for formula in every_formula():
        ElementTree.fromstring(mathml(formula))
        latex = latex_formula(formula)
        balanced(latex)
        parser.parse(f"${latex}$")  # refuses what is no mathematics


def test_formulas_are_read_as_they_are_meant() -> None:
    assert latex_formula("∂L/∂W") == r"\frac{\partial L}{\partial W}"
    assert latex_formula("y = 1 / (1 + e⁻ᶻ)") == r"y=\frac{1}{1+{e}^{-z}}"
    soft = latex_formula("e^(zⱼ) / Σₖ e^(zₖ)")
    assert soft == r"\frac{{e}^{{z}_{j}}}{{\sum}_{k}{e}^{{z}_{k}}}"
    assert latex_formula("m̂ / (√ŝ + ε)") == r"\frac{\hat{m}}{\sqrt{\hat{s}}+\varepsilon}"
    assert latex_formula("β₁ᵗ") == r"{{\beta}_{1}}^{t}"
    assert latex_formula("W[3,7]") == r"{W}_{3,7}"
    assert latex_formula("1.5·10⁻⁵ / 2") == r"\frac{1.5\cdot {10}^{-5}}{2}"
    assert latex_formula("f′(z)") == r"{f}^{\prime}(z)"
    assert latex_formula("|ŷ − y|") == r"\vert \hat{y}-y\vert"
    assert latex_formula("λ₂/2 · Σ W²").startswith(r"\frac{{\lambda}_{2}}{2}\cdot \sum {W}^{2}")
    assert "<mfrac><mi>x</mi><msqrt>" in mathml("x / √(2)")
    assert mathml("z for z > 0").count("<mtext>") == 1


@given(st.text(max_size=40))
def test_any_text_at_all_is_mathml_and_latex(text: str) -> None:
    ElementTree.fromstring(mathml(text))
    balanced(latex_formula(text))
    balanced(latex_text(text))


@given(st.text(alphabet="()[]{}|/^√Σ∂_′̂ᵢ²xy12 ,−", max_size=30))
def test_any_mathematics_at_all_is_mathml_and_latex(text: str) -> None:
    ElementTree.fromstring(mathml(text))
    balanced(latex_formula(text))


def test_latex_is_safe_for_any_sign() -> None:
    # Compiled with pdflatex once: every sign up to U+3000, in texts and in formulas.
    assert latex_text("größe 50 % [a] 名") == "größe 50 \\% [a] [U+540D]"
    assert latex_text("ðþŋ§") == "[U+00F0][U+00FE][U+014B][U+00A7]"
    assert latex_text("λ₂ · 10⁻⁵") == r"$\lambda$$_{2}$ $\cdot$ 10$^{-}$$^{5}$"
    grid = latex_document([Grid(("name", "value"), (("[x]", "1"), ("*y", "2")))], 8)
    assert "{}[x] & 1 \\\\\n{}*y & 2" in grid

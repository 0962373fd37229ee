// What gets into the page of the engine's fragment, and the fragment as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dropsElement, keepsAttribute, keepsElement } from "../src/panels/inspector/fragment.ts";
import { textOf, type TextNode } from "../src/panels/inspector/text.ts";

test("scripts, styles and whatever loads or runs something stays out", () => {
  for (const name of ["script", "style", "iframe", "img", "a", "object", "use", "foreignObject", "svg:script"])
    assert.equal(keepsElement(name), false, name);
  for (const name of ["script", "style", "iframe", "foreignObject"]) assert.equal(dropsElement(name), true, name);
  for (const name of ["table", "math", "mfrac", "TD", "section"]) assert.equal(keepsElement(name), true, name);
});

test("of attributes: no handlers, styles, addresses", () => {
  for (const name of ["onclick", "onload", "style", "href", "src", "xlink:href", "id", "srcdoc", "data-1"])
    assert.equal(keepsAttribute(name, "1"), false, name);
  assert.equal(keepsAttribute("class", "forward"), true);
  assert.equal(keepsAttribute("colspan", "2"), true);
  assert.equal(keepsAttribute("data-sign", "-"), true);
  assert.equal(keepsAttribute("fill", "url(https://example.org/x)"), false);
});

const node = (nodeName: string, ...children: (TextNode | string)[]): TextNode => ({
  nodeName, nodeValue: null,
  childNodes: children.map((each) =>
    typeof each === "string" ? { nodeName: "#text", nodeValue: each, childNodes: [] } : each),
});

test("tables become lines with tabs, formulas a line", () => {
  const fraction = node("mfrac", node("mrow", node("mi", "∂"), node("mi", "L")),
    node("msub", node("mi", "w"), node("mrow", node("mn", "3"), node("mo", ","), node("mn", "7"))));
  const table = node("table", node("tr", node("th", "factor"), node("td", node("math", fraction))),
    node("tr", node("th", "value"), node("td", "0.5")));
  assert.equal(textOf(node("section", node("h3", "Backward"), table)), "Backward\n\nfactor\t(∂L)/(w_(3,7))\nvalue\t0.5");
});

test("spaces and empty lines are drawn together", () => {
  assert.equal(textOf(node("div", node("p", "a  \n b"), node("p", "c"))), "a b\n\nc");
});

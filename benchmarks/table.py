"""Results as Markdown tables, made from the JSON files and from nothing else.

python benchmarks/table.py speed.json one-row.json    # print their tables
python benchmarks/table.py                            # those of benchmarks/results
python benchmarks/table.py --write                    # put these into docs/benchmarks.md
"""

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results, made by benchmarks/table.py -->", "<!-- end of the results -->"
NOTHING = "*Nothing is kept in `benchmarks/results` yet: this place waits for it.*"
BASE = "glassnet native"


def train_speed(document: dict[str, Any]) -> str:
    """µs a step and share of the peak of the native engine, the others' times beside it."""
    tools = list(document["rows"][0]["tools"])
    others = [tool for tool in tools if tool != BASE]
    rows = []
    for row in document["rows"]:
        entry, peak = row["tools"].get(BASE, {}), max(row["peak_gflops"].values())
        there = "median" in entry
        share = f"{row['flops'] / entry['median'] / 1000 / peak:.0%}" if there else ""
        rows.append(
            [row["name"], _number(entry), share, *(_ratio(row["tools"][t], entry) for t in others)]
        )
    peaks = {name: f"{value:.0f}" for name, value in document["rows"][0]["peak_gflops"].items()}
    text = (
        "µs a step of the native engine, its share of the machine's product peak "
        f"({', '.join(f'{name} {value}' for name, value in peaks.items())} GFLOP/s before the "
        "first row; the larger counts), and how many times as long the others take."
    )
    return _section("A training step", text, ["network", BASE, "of the peak", *others], rows)


def time_to_accuracy(document: dict[str, Any]) -> str:
    """Seconds of the native engine, the others' times beside it."""
    others = [tool for tool in document["results"][0]["tools"] if tool != BASE]
    rows = []
    for result in document["results"]:
        entry = result["tools"].get(BASE, {})
        name = f"{100 * result['target']:g} %, {result['way']}"
        ratios = (_ratio(result["tools"].get(tool, {}), entry) for tool in others)
        rows.append([name, _number(entry), *ratios])
    text = "Seconds of the native engine, and how many times as long the others take."
    return _section("MNIST to a test accuracy", text, ["", BASE, *others], rows)


def scaling(document: dict[str, Any]) -> str:
    """The slopes."""
    rows = []
    for dimension, found in document["results"].items():
        for tool, entry in found.items():
            if entry.get("slope") is not None:
                sizes = f"{entry['sizes'][0]:,} … {entry['sizes'][-1]:,}"
                slopes = (entry["slope"], entry["slope_of_larger_half"])
                rows.append([dimension, sizes, tool, *(f"{value:+.2f}" for value in slopes)])
    text = "Slopes of log(time of a step) over log(size): 1 is proportional, 0 no growth."
    names = ["what grows", "from … to", "engine", "slope", "of the larger half"]
    return _section("How a step grows", text, names, rows)


def one_row(document: dict[str, Any]) -> str:
    """µs a row of each."""
    rows = [
        [name, _number(entry), _ratio(entry, document["results"][BASE])]
        for name, entry in document["results"].items()
    ]
    return _section("One row through 64-32-10", "", ["", "µs", f"× {BASE}"], rows)


def command_line(document: dict[str, Any]) -> str:
    """Seconds of each process."""
    *_, base = document["results"].values()
    rows = [
        [f"`{name}`", _number(entry), _ratio(entry, base)]
        for name, entry in document["results"].items()
    ]
    return _section("From the shell", "", ["", "seconds", "ratio"], rows)


KINDS = (train_speed, time_to_accuracy, scaling, one_row, command_line)


def _number(entry: dict[str, Any]) -> str:
    if "missing" in entry:
        return "missing"
    value = entry.get("median")
    if value is None:
        return "not reached"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(entry: dict[str, Any], base: dict[str, Any]) -> str:
    if entry.get("median") is None or base.get("median") is None or "missing" in entry:
        return _number(entry)
    return f"{entry['median'] / base['median']:.2f} ×"


def _section(title: str, text: str, names: list[str], rows: list[list[str]]) -> str:
    lines = [f"### {title}", "", *([text, ""] if text else [])]
    lines += ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def tables(paths: list[Path]) -> str:
    """The tables of these files, in the order of the page, under the machine they were made on."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    out = []
    for kind in KINDS:
        for document in documents:
            if document["benchmark"] == kind.__name__:
                quick = " Quick: these numbers mean nothing." if document["quick"] else ""
                machine = document["machine"]
                there = ", ".join(f"{n} {v}" for n, v in machine["versions"].items() if v)
                cores = f"{machine['cores']} cores ({', '.join(machine['vectors'])})"
                line = f"{machine['cpu']}, {cores}; {there}; medians of {document['rounds']}."
                out.append(f"{kind(document)}\n\n{line}{quick}")
    return "\n\n".join(out) or NOTHING


def kept() -> list[Path]:
    """The files whose tables stand in the page; those of ``verify`` and ``doctor`` have their
    numbers in pages of their own."""
    return sorted(path for path in RESULTS.glob("*.json") if path.stem not in ("verify", "doctor"))


def page(text: str, results: str) -> str:
    """The page with these results between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE} has lost its marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{results}\n\n{END}{after}"


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description="The benchmarks' results as Markdown tables.")
    parser.add_argument("files", type=Path, nargs="*", help="JSON files (benchmarks/results)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args()
    results = tables(options.files or kept())
    if options.write:
        if options.files or "mean nothing" in results:
            parser.error("the page holds what is kept in benchmarks/results, and nothing quick")
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    else:
        print(results)


if __name__ == "__main__":
    main()

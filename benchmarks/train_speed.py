"""Time of a training step of glassnet beside scikit-learn, PyTorch, JAX and Keras, in one run.

    python benchmarks/train_speed.py --out speed.json     # all rows, all tools; also a picture
    python benchmarks/train_speed.py --rows 784-128 --tools glassnet,torch --rounds 9
    python benchmarks/train_speed.py --quick              # does everything work?

Each tool has one process for the whole run, so that its threads and compiled code stay warm and
apart from the others'; they take turns, A B A B, and one alone is busy at any moment. Timed is a
warm fit of some epochs with shuffling, gathering of batches and the tool's default history, divided
by the steps that were made; the number of epochs is chosen so that a fit lasts about a second. The
share of the peak is what the matrix products of a step need, beside the fastest float32 product of
two 2048 × 2048 matrices on all cores: the larger of NumPy's and PyTorch's, measured in the same
workers just before and after the row.
"""

import argparse
from pathlib import Path
from typing import Any

from _figures import dots
from _machine import busy, facts, heading, write_results
from _peers import MissingError, chosen_tools
from _pool import Helper
from _rows import ROWS, Row
from _turns import Found, in_turn

BASE = "glassnet native"


def peaks(helpers: dict[str, Helper], size: int) -> dict[str, float]:
    """GFLOP/s of the large product, through NumPy and through PyTorch where it is."""
    found = {}
    for library, word in (("NumPy", ""), ("PyTorch", "torch")):
        for tool, helper in helpers.items():
            if word in tool.lower():
                try:
                    found[library] = helper.ask("peak", size=size, repeats=4)["gflops"]
                except MissingError:
                    continue
                helper.settle()
                break
    return found


def report(row: Row, found: Found, peak: dict[str, float]) -> str:
    """The row's table."""
    base = found.get(BASE, {}).get("median")
    reference = max(peak, key=lambda library: peak[library])
    measured = ", ".join(f"{name} {value:.0f} GFLOP/s" for name, value in peak.items())
    out = [
        f"\n{row.name}   {row.samples:,} samples, {row.flops / 1e6:.3g} million operations a step",
        f"  product of two matrices: {measured}; the shares are of {reference}'s",
    ]
    for tool, entry in found.items():
        if "missing" in entry:
            out.append(f"  {tool:17}{'missing':>12}   {entry['missing'][:70]}")
            continue
        us = entry["median"]
        spread = f"{min(entry['microseconds']):.1f} … {max(entry['microseconds']):.1f}"
        ratio = f"{us / base:7.2f} ×" if base else "        -"
        gflops = row.flops / us / 1000
        out.append(
            f"  {tool:17}{us:12.2f} µs{ratio}{gflops:9.1f} GFLOP/s{gflops / peak[reference]:7.1%}"
            f"   ({spread}) {entry['setting']}"
        )
    return "\n".join(out)


def main() -> None:
    """Measure row after row, print each, and write the whole at the end."""
    parser = argparse.ArgumentParser(description="Time of a training step beside other tools.")
    parser.add_argument("--rows", help="parts of rows' names, such as 784-128,b32")
    parser.add_argument("--tools", help="parts of tools' names, such as glassnet,torch")
    parser.add_argument("--rounds", type=int, default=7, help="timed fits of each (7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a timed fit (1)")
    parser.add_argument("--quick", action="store_true", help="tiny: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; a PNG and an SVG beside it")
    options = parser.parse_args()
    rows = ROWS
    if options.rows:
        parts = [part.strip() for part in options.rows.split(",")]
        rows = [row for row in ROWS if any(part in row.name for part in parts)]
    rounds, seconds, size = options.rounds, options.seconds, 2048
    if options.quick:
        rows, rounds, seconds, size = [row.smaller() for row in rows], 2, 0.02, 256
    tools = chosen_tools(options.tools)
    if not rows or not tools:
        parser.error("no row or no tool has such a name")

    machine = facts()
    print(heading(machine), flush=True)
    helpers = {tool: Helper(tool) for tool in tools}
    results: list[dict[str, Any]] = []
    try:
        before = peaks(helpers, size)
        for row in rows:
            found = in_turn(helpers, row, rounds, seconds)
            after = peaks(helpers, size)
            peak = {name: max(before[name], after.get(name, 0.0)) for name in before}
            before = after
            print(report(row, found, peak), flush=True)
            entry = {"name": row.name, **row.plain(), "flops": row.flops, "peak_gflops": peak}
            results.append({**entry, "tools": found})
    finally:
        for helper in helpers.values():
            helper.close()
    machine["busy_after"] = busy()
    if options.out:
        document = {"machine": machine, "quick": options.quick, "rounds": rounds, "rows": results}
        write_results(options.out, "train_speed", document)
        table = {
            r["name"]: {tool: entry.get("median") for tool, entry in r["tools"].items()}
            for r in results
        }
        print("\nwritten:", options.out, *dots(options.out, "A training step", "µs a step", table))


if __name__ == "__main__":
    main()

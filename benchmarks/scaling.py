"""How a step of glassnet grows with samples, width, depth, batch and threads.

    python benchmarks/scaling.py --out scaling.json
    python benchmarks/scaling.py --quick                  # does everything work?

One thing changes, the rest is 784-256-10, batches of 128, SGD, float32; for width the network is
w-w-w-10, for depth 256-…-256-10. For each engine the slope of log(time) over log(size) is fitted: 1
is proportional, 0 no growth; beside it that of the larger half of the sizes, where fixed costs no
longer count. Each number of threads has a process of its own, with GLASSNET_THREADS; the NumPy
engine holds BLAS to one thread, and does not change.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _figures import lines
from _machine import busy, facts, heading, write_results
from _peers import chosen_tools, cores
from _pool import Helper
from _rows import Row
from _turns import in_turn

BASIC = Row((784, 256, 10), 128, 8_192)
UNITS = {
    "samples": "samples",
    "width": "units of each layer",
    "depth": "hidden layers",
    "batch": "rows of a batch",
    "threads": "threads",
}
Points = list[tuple[int, Row]]


def powers(first: int, last: int) -> list[int]:
    """first, 2 · first, … up to last."""
    sizes = [first]
    while 2 * sizes[-1] <= last:
        sizes.append(2 * sizes[-1])
    return sizes


def plan(quick: bool) -> dict[str, Points]:
    """For each dimension its sizes and rows."""

    def sizes(first: int, last: int) -> list[int]:
        return powers(first, min(last, 4 * first) if quick else last)

    few = replace(BASIC, samples=512) if quick else BASIC
    return {
        "samples": [(n, replace(few, samples=n)) for n in sizes(512, 131_072)],
        "width": [(w, replace(few, widths=(w, w, w, 10))) for w in sizes(32, 2048)],
        "depth": [(d, replace(few, widths=(256, *[256] * d, 10))) for d in sizes(1, 32)],
        "batch": [
            (b, replace(few, batch=b, samples=max(few.samples, 2 * b))) for b in sizes(1, 8192)
        ],
        "threads": [(t, few) for t in sorted({*powers(1, cores()), cores()})],
    }


def measured(
    dimension: str, tools: list[str], points: Points, rounds: int, seconds: float
) -> dict[str, dict[str, Any]]:
    """µs a step of each tool at each size, with slopes; at a size the tools take turns."""
    found: dict[str, dict[str, Any]] = {tool: {"sizes": [], "microseconds": []} for tool in tools}
    helpers: dict[str, Helper] = {}
    try:
        for size, row in points:
            if dimension == "threads":
                close(helpers)
            extra = {"GLASSNET_THREADS": str(size)} if dimension == "threads" else {}
            for tool in tools:
                if tool not in helpers:
                    helpers[tool] = Helper(tool, **extra)
            for tool, entry in in_turn(helpers, row, rounds, seconds).items():
                if "missing" in entry:
                    found[tool]["missing"] = entry["missing"]
                else:
                    found[tool]["sizes"].append(size)
                    found[tool]["microseconds"].append(entry["median"])
    finally:
        close(helpers)
    for entry in found.values():
        sizes, values = entry["sizes"], entry["microseconds"]
        half = min(len(sizes) // 2, max(0, len(sizes) - 2))
        entry["slope"] = slope(sizes, values)
        entry["slope_of_larger_half"] = slope(sizes[half:], values[half:])
    return found


def close(helpers: dict[str, Helper]) -> None:
    """End all processes."""
    for tool in list(helpers):
        helpers.pop(tool).close()


def slope(sizes: list[int], values: list[float]) -> float | None:
    """Of log(value) over log(size), by least squares; None for fewer than two points."""
    if len(sizes) < 2:
        return None
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def report(dimension: str, found: dict[str, dict[str, Any]]) -> str:
    """Times and slopes of one dimension."""
    out = [f"\n{dimension}: µs a step"]
    for tool, entry in found.items():
        pairs = zip(entry["sizes"], entry["microseconds"], strict=True)
        out.append(f"  {tool:16} " + "  ".join(f"{s:,}: {v:.1f}" for s, v in pairs))
        if entry["slope"] is not None:
            larger = entry["slope_of_larger_half"]
            out.append(f"  {'':16} slope {entry['slope']:+.2f}, larger half {larger:+.2f}")
        if "missing" in entry:
            out.append(f"  {'':16} missing: {entry['missing'][:80]}")
    return "\n".join(out)


def main() -> None:
    """Measure one dimension after the other, print, write."""
    parser = argparse.ArgumentParser(description="How a step of glassnet grows.")
    parser.add_argument("--tools", default="glassnet", help="parts of tools' names (glassnet)")
    parser.add_argument("--rows", help="dimensions: samples,width,depth,batch,threads")
    parser.add_argument("--rounds", type=int, default=5, help="timed fits of each (5)")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a timed fit (0.3)")
    parser.add_argument("--quick", action="store_true", help="tiny: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; a PNG and an SVG beside it")
    options = parser.parse_args()
    rounds, seconds = (1, 0.01) if options.quick else (options.rounds, options.seconds)
    wanted = options.rows.split(",") if options.rows else list(UNITS)
    tools = chosen_tools(options.tools)
    if not tools or not set(wanted) <= set(UNITS):
        parser.error("no tool, or no dimension, has such a name")

    machine = facts()
    print(heading(machine), flush=True)
    results = {}
    for dimension, points in plan(options.quick).items():
        if dimension in wanted:
            results[dimension] = measured(dimension, tools, points, rounds, seconds)
            print(report(dimension, results[dimension]), flush=True)
    machine["busy_after"] = busy()
    if options.out:
        document = {"machine": machine, "quick": options.quick, "rounds": rounds}
        write_results(options.out, "scaling", {**document, "results": results})
        panels = {
            UNITS[dimension]: {
                tool: (entry["sizes"], entry["microseconds"], entry["slope"])
                for tool, entry in found.items()
                if entry["sizes"]
            }
            for dimension, found in results.items()
        }
        pictures = lines(options.out, "A training step of glassnet", "µs a step", panels)
        print("\nwritten:", options.out, *pictures)


if __name__ == "__main__":
    main()

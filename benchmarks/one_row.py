"""Time of one row of 64 numbers through a 64-32-10 network, as a service would ask for it.

    python benchmarks/one_row.py --out one-row.json
    python benchmarks/one_row.py --quick                  # does everything work?

kernel alone: glassnet's native kernel, into an array that is there already (under 5 µs is wanted).
glassnet native: `Network.forward` (under 20 µs). scikit-learn: `predict_proba`. PyTorch and JAX get
and give arrays of their own, so that no conversion counts. All are warm, each in a process of its
own; they take turns, A B A B, with many calls in a row, and the medians are shown.
"""

import argparse
from pathlib import Path
from statistics import median
from typing import Any

from _figures import dots
from _machine import busy, facts, heading, write_results
from _peers import TOOLS, MissingError
from _pool import Helper
from _rows import Row
from _turns import Found

ROW = Row((64, 32, 10), 32, 320)
LEFT_OUT = ("glassnet NumPy", "Keras on JAX")
NAMES = ["kernel alone", *(tool for tool in TOOLS if tool not in LEFT_OUT)]


def measured(names: list[str], rounds: int, seconds: float) -> Found:
    """µs a row of each."""
    found: Found = {}
    helpers = {name: Helper(name) for name in names}
    try:
        for name, helper in helpers.items():
            try:
                helper.ask("build", row=ROW.plain())
                found[name] = {"calls": enough(helper, seconds), "microseconds": []}
                helper.settle()
            except MissingError as reason:
                found[name] = {"missing": str(reason)}
        for _ in range(rounds):
            for name, entry in found.items():
                if "missing" not in entry:
                    took = helpers[name].ask("rows", count=entry["calls"])["seconds"]
                    entry["microseconds"].append(1e6 * took / entry["calls"])
                    helpers[name].settle()
    finally:
        for helper in helpers.values():
            helper.close()
    for entry in found.values():
        if "missing" not in entry:
            entry["median"] = median(entry["microseconds"])
    return found


def enough(helper: Helper, seconds: float) -> int:
    """How many calls last about so long."""
    helper.ask("rows", count=10)
    calls = 10
    while (took := helper.ask("rows", count=calls)["seconds"]) < seconds / 4:
        calls *= 4
    return max(1, round(calls * seconds / took))


def report(found: Found) -> str:
    """The table."""
    base = found.get("glassnet native", {}).get("median")
    out = ["\none row through 64-32-10"]
    for name, entry in found.items():
        if "missing" in entry:
            out.append(f"  {name:17}{'missing':>11}   {entry['missing'][:70]}")
            continue
        spread = f"({min(entry['microseconds']):.2f} … {max(entry['microseconds']):.2f})"
        ratio = f"{entry['median'] / base:8.2f} ×" if base else "         -"
        out.append(f"  {name:17}{entry['median']:11.2f} µs{ratio}   {spread}")
    return "\n".join(out)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Time of one row through a small network.")
    parser.add_argument("--rounds", type=int, default=9, help="timed turns of each (9)")
    parser.add_argument("--quick", action="store_true", help="tiny: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; a PNG and an SVG beside it")
    options = parser.parse_args()
    rounds, seconds = (1, 0.01) if options.quick else (options.rounds, 0.3)

    machine = facts()
    print(heading(machine), flush=True)
    found = measured(NAMES, rounds, seconds)
    machine["busy_after"] = busy()
    print(report(found), flush=True)
    if options.out:
        document: dict[str, Any] = {"machine": machine, "quick": options.quick, "rounds": rounds}
        write_results(options.out, "one_row", {**document, "results": found})
        table = {"64-32-10": {name: entry.get("median") for name, entry in found.items()}}
        print("\nwritten:", options.out, *dots(options.out, "One row", "µs", table))


if __name__ == "__main__":
    main()

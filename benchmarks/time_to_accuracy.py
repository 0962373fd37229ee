"""Seconds until a network knows 97, 98 and 98.5 % of MNIST's test digits, in five libraries.

    python benchmarks/time_to_accuracy.py --rounds 5 --out accuracy-times.json
    python benchmarks/time_to_accuracy.py --quick         # does everything work?

For 97 and 98 % the network is 784-128-64-10 with ReLU, gradient descent at 0.1, batches of 32; for
98.5 % it is 784-256-128-10 with dropout 0.2 after each hidden layer, which scikit-learn has not,
Adam at 0.001, batches of 128; all in float32. All begin with weights of the same
scale (He's, Glorot's for the output), but scikit-learn, which has Glorot's throughout. The test
accuracy is looked at after each epoch.

warm: imports and compilation are done; the training time alone counts, not that of looking at the
test accuracy. process: from the start of a new interpreter to its end at the target, with imports,
reading the data (the same few lines for all), compilation (nothing is left from an earlier
process), training and looking. Both are medians over rounds in which the tools take turns, each
round with another seed; a round that does not reach the target counts as endless.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from _figures import dots
from _machine import busy, facts, heading, write_results
from _peers import MissingError, chosen_tools
from _pool import Helper, clean_environment
from _reach import reach
from _rows import Row

SETTINGS = [
    (Row((784, 128, 64, 10), 32, 60_000, "sgd", 0.1), [0.97, 0.98]),
    (Row((784, 256, 128, 10), 128, 60_000, "adam", 0.001, 0.2), [0.985]),
]
QUICK = [
    (Row((784, 32, 10), 128, 2_000, "adam", 0.003), [0.5]),
    (Row((784, 32, 10), 128, 2_000, "adam", 0.003, 0.2), [0.6]),
]
TOOLS = "native,scikit,torch,jax"
Times = dict[float, dict[str, Any]]  # of a target: each tool's entry


def warm(tools: list[str], row: Row, targets: list[float], rounds: int, epochs: int) -> Times:
    """Training seconds of tools that are imported and compiled."""
    times: Times = {target: {tool: {"seconds": []} for tool in tools} for target in targets}
    helpers = {tool: Helper(tool) for tool in tools}
    try:
        for seed in range(-1, rounds):
            for tool, helper in list(helpers.items()):
                try:
                    if seed < 0:
                        helper.ask("build", row=row.plain(), data="mnist")
                        helper.settle()
                        continue
                    helper.ask("reset", seed=seed)
                    reached = reach(helper.ask, targets, epochs)
                except MissingError as reason:
                    helpers.pop(tool).close()
                    for target in targets:
                        times[target][tool] = {"missing": str(reason)}
                    continue
                for target in targets:
                    entry = times[target][tool]
                    entry["seconds"].append(reached.get(target, {}).get("seconds", inf))
                    entry.setdefault("epochs", []).append(reached.get(target, {}).get("epochs"))
                helper.settle()
    finally:
        for helper in helpers.values():
            helper.close()
    return times


def process(tool: str, row: Row, target: float, epochs: int, seed: int) -> dict[str, Any]:
    """One whole process; seconds from outside, and the epochs it needed."""
    wish = {"row": row.plain(), "target": target, "epochs": epochs, "seed": seed}
    script = str(Path(__file__).with_name("_reach.py"))
    with tempfile.TemporaryDirectory() as folder:  # no compiled code from an earlier process
        environment = clean_environment(TORCHINDUCTOR_CACHE_DIR=folder)
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, script, tool, json.dumps(wish)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - began
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:]
        return {"missing": f"its process ended with {done.returncode}: {' '.join(last)}"}
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    if "missing" in answer:
        return {"missing": answer["missing"]}
    return {"seconds": seconds if "epochs" in answer else inf, "epochs": answer.get("epochs")}


def processes(tools: list[str], row: Row, targets: list[float], rounds: int, epochs: int) -> Times:
    """Seconds of whole processes, in turn."""
    times: Times = {target: {tool: {"seconds": []} for tool in tools} for target in targets}
    for target in targets:
        for seed in range(rounds):
            for tool, entry in times[target].items():
                if "missing" in entry:
                    continue
                answer = process(tool, row, target, epochs, seed)
                if "missing" in answer:
                    entry["missing"] = answer["missing"]
                    continue
                entry["seconds"].append(answer["seconds"])
                entry.setdefault("epochs", []).append(answer["epochs"])
    return times


def report(kind: str, times: Times) -> str:
    """A table for each target."""
    out = []
    for target, entries in times.items():
        out.append(f"\n{100 * target:g} % of the test digits, {kind}")
        base = entries.get("glassnet native", {}).get("median")
        for tool, entry in entries.items():
            if "missing" in entry:
                out.append(f"  {tool:18}{'missing':>12}   {entry['missing'][:70]}")
            elif entry["median"] is None:
                out.append(f"  {tool:18}{'not reached':>12}   epochs {entry['epochs']}")
            else:
                ratio = f"{entry['median'] / base:6.2f} ×" if base else ""
                out.append(
                    f"  {tool:18}{entry['median']:10.2f} s {ratio}   epochs {entry['epochs']}"
                )
    return "\n".join(out)


def with_medians(times: Times) -> Times:
    """Each entry with its median; infinity is no JSON, None stands for 'not reached'."""
    for entries in times.values():
        for entry in entries.values():
            if "missing" not in entry:
                middle = median(entry["seconds"])
                entry["median"] = None if middle == inf else middle
                entry["seconds"] = [None if s == inf else s for s in entry["seconds"]]
    return times


def main() -> None:
    """Measure both ways for both settings, print, write."""
    parser = argparse.ArgumentParser(description="Seconds to an accuracy on MNIST.")
    parser.add_argument("--tools", default=TOOLS, help=f"parts of tools' names ({TOOLS})")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is trained (5)")
    parser.add_argument("--epochs", type=int, default=40, help="give up after so many (40)")
    parser.add_argument("--targets", help="some of them, in %%, such as 97,98")
    parser.add_argument("--ways", default="warm,process", help="warm, process or both")
    parser.add_argument("--quick", action="store_true", help="tiny: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file; a PNG and an SVG beside it")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    tools, ways = chosen_tools(options.tools), options.ways.split(",")
    if not tools or not set(ways) <= {"warm", "process"}:
        parser.error("no tool, or no way, has such a name")

    machine = facts()
    print(heading(machine), flush=True)
    results: list[dict[str, Any]] = []
    wanted = options.targets and [float(target) / 100 for target in options.targets.split(",")]
    for row, targets in QUICK if options.quick else SETTINGS:
        targets = [target for target in targets if not wanted or target in wanted]
        if not targets:
            continue
        for kind, measure in (("warm", warm), ("process", processes)):
            if kind not in ways:
                continue
            times = with_medians(measure(tools, row, targets, rounds, options.epochs))
            print(report(kind, times), flush=True)
            results += [
                {"row": row.name, "target": target, "way": kind, "tools": entries}
                for target, entries in times.items()
            ]
    machine["busy_after"] = busy()
    if options.out:
        document = {"machine": machine, "quick": options.quick, "rounds": rounds}
        write_results(options.out, "time_to_accuracy", {**document, "results": results})
        table = {
            f"{100 * r['target']:g} %, {r['way']}": {
                tool: entry.get("median") for tool, entry in r["tools"].items()
            }
            for r in results
        }
        title = "MNIST to a test accuracy"
        print("\nwritten:", options.out, *dots(options.out, title, "seconds", table))


if __name__ == "__main__":
    main()

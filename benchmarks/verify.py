"""How many planted mistakes `glassnet.verify` names, and how many right gradients it accuses.

    python benchmarks/verify.py --out benchmarks/results/verify.json
    python benchmarks/verify.py --quick                   # does everything work?

Each mistake is planted in random networks of 1 to 3 hidden layers (`_networks.py`: widths,
activations, losses, penalties, names, shapes, samples in rows or columns, data in a closure, handed
over, or nowhere to be found), in the ways in which people make it (`_planted.py`). A mistake that
changes no number is drawn anew. It counts as named where it is found and nothing else is.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _machine import facts, heading, write_results
from _networks import Network
from _planted import FROM_A_FUNCTION, FROM_NUMBERS, WITH_DATA, invisible, right

import glassnet as gn

RIGHT = "right"


@dataclass(frozen=True)
class Case:
    """One network: what is planted (or 'right'), how the gradient is given, and its number."""

    fault: str
    given: str  # function, numbers, update
    number: int
    seed: int


def network(case: Case) -> Network:
    """The network of this case; mistakes that change nothing are drawn anew."""
    plant = {**FROM_A_FUNCTION, **WITH_DATA, RIGHT: right}[case.fault]
    kind = sum(map(ord, case.fault + case.given))
    for attempt in range(50):
        made = plant(np.random.default_rng([case.seed, kind, case.number, attempt]))
        with np.errstate(all="ignore"):
            if not np.isfinite(made.loss(made.parameters, *made.data())):
                continue  # a log(0) at the start: `verify` refuses it
        if case.given == "numbers" and made.fault is not None and made.fault.how == "back":
            continue  # a mistake on the way down: no line shows it by itself
        if case.fault == RIGHT or not invisible(made, case.given == "numbers"):
            return made
    raise RuntimeError(f"no visible {case.fault} in 50 draws")


def arguments(case: Case, made: Network) -> dict[str, Any]:
    """What ``verify`` is called with."""
    given = made.functions()
    if case.given == "numbers":
        X, Y = made.data()
        given["gradients"] = made.gradients(made.parameters, X, Y)
    if case.given == "update":
        # The gradients are right, and the update works out its own.
        given["gradients"] = Network(made.plan).functions()["gradients"]
    else:
        del given["update"]
    return given


def told(case: Case) -> tuple[str, bool, str, float]:
    """The case's kind, whether the answer is right, what was answered, and the seconds it took."""
    made = network(case)
    began = time.perf_counter()
    report = gn.verify(made.parameters, **arguments(case, made))
    took = time.perf_counter() - began
    faults = sorted({finding.fault for finding in report.findings})
    wanted = [] if case.fault == RIGHT else [case.fault]
    answer = ", ".join(faults) or "right"
    where = f"{case.fault} {case.given} #{case.number}: {answer}   {made.plan}   {made.fault}"
    return f"{case.fault}, {case.given}", faults == wanted, where, took


def cases(planted: int, rights: int, seed: int) -> list[Case]:
    """All cases, each kind `planted` times."""
    kinds = [(fault, "function") for fault in (*FROM_A_FUNCTION, *WITH_DATA)]
    kinds += [("stale-weight", "update"), *((fault, "numbers") for fault in FROM_NUMBERS)]
    found = [Case(*kind, number, seed) for kind in kinds for number in range(planted)]
    for given, share in (("function", 0.8), ("numbers", 0.15), ("update", 0.05)):
        found += [Case(RIGHT, given, number, seed) for number in range(round(share * rights))]
    return found


def summary(answers: list[tuple[str, bool, str, float]]) -> dict[str, Any]:
    """Per kind: how many, and how many answers were right; which were not."""
    found: dict[str, Any] = {}
    for kind, is_right, where, took in answers:
        entry = found.setdefault(kind, {"networks": 0, "right": 0, "seconds": 0.0, "missed": []})
        entry["networks"] += 1
        entry["right"] += is_right
        entry["seconds"] += took
        if not is_right:
            entry["missed"].append(where)
    return found


def report(found: dict[str, Any], show: bool) -> str:
    """The table."""
    lines = [
        "",
        f"{'planted, gradient given as':46}{'networks':>9}{'named':>7}{'':>8}{'s each':>9}",
    ]
    totals = {"planted": [0, 0], "right": [0, 0]}
    for kind, entry in found.items():
        share = entry["right"] / entry["networks"]
        seconds = entry["seconds"] / entry["networks"]
        counts = f"{entry['networks']:9}{entry['right']:7}{share:8.1%}{seconds:9.2f}"
        lines.append(f"{kind:46}{counts}")
        total = totals["right" if kind.startswith(RIGHT) else "planted"]
        total[0] += entry["networks"]
        total[1] += entry["right"]
        if show:
            lines += [f"    {where}" for where in entry["missed"]]
    planted, rights = totals["planted"], totals["right"]
    lines.append(f"\nplanted mistakes named: {planted[1]} of {planted[0]}")
    lines.append(f"right gradients accused: {rights[0] - rights[1]} of {rights[0]}")
    return "\n".join(lines)


def main() -> None:
    """Plant, verify, count."""
    parser = argparse.ArgumentParser(description="Planted mistakes named by glassnet.verify.")
    parser.add_argument("--networks", type=int, default=100, help="of each mistake (100)")
    parser.add_argument("--rights", type=int, default=1000, help="right gradients (1000)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (0)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--missed", action="store_true", help="list what was not named")
    parser.add_argument("--quick", action="store_true", help="few networks of each")
    parser.add_argument("--out", type=Path, help="a JSON file")
    options = parser.parse_args()
    planted, rights = (2, 20) if options.quick else (options.networks, options.rights)

    machine = facts()
    print(heading(machine), flush=True)
    asked = cases(planted, rights, options.seed)
    with ProcessPoolExecutor(options.workers) as pool:
        answers = list(pool.map(told, asked, chunksize=max(1, len(asked) // 100)))
    found = summary(answers)
    print(report(found, options.missed), flush=True)
    if options.out:
        document = {"machine": machine, "quick": options.quick, "seed": options.seed}
        write_results(options.out, "verify", {**document, "results": found})
        print("\nwritten:", options.out)


if __name__ == "__main__":
    main()

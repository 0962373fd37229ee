"""How often the doctor is right: faults planted in runs, and healthy runs left alone.

    python benchmarks/doctor.py              # the proof: 40 runs a fault, 240 healthy or more
    python benchmarks/doctor.py --series 1     # of the draws that set the limits (1 to 10)
    python benchmarks/doctor.py --quick      # 3 runs a fault, 5 healthy
    python benchmarks/doctor.py --only "odd sample,crawling" --misses

A planted run counts as found where the first alarm names the right rule or cause (`_doctor_faults`
says which); a healthy run is one of sane settings on clean data (`_doctor_healthy`) whose test
score is within 2 points of the best of all on its data set, and counts as a false alarm where there
is any fault or warning. Must reach: found ≥ 0.95; alarms in at most 4 of 200 healthy runs; looks at
most 10 % of the run's time.
"""

import argparse
import collections
import os
import sys
from pathlib import Path
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GLASSNET_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
from _doctor_faults import FAULTS, wrong_first  # noqa: E402
from _doctor_healthy import WITHIN, healthy_run, names  # noqa: E402
from _doctor_runs import Outcome  # noqa: E402
from _machine import facts, heading, write_results  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402

PROOF = 11  # draws that the limits of the rules were not set with
RECALL, ALARMS, TIME = 0.95, 4 / 200, 0.10
LONG = 0.3  # seconds of training from which on the share of time is looked at


def planted(name: str, number: int, series: int) -> tuple[Outcome, bool]:
    """One planted run, and whether its cause was named first."""
    fault = FAULTS[name]
    draw = np.random.default_rng([series, 2, list(FAULTS).index(name), number])
    outcome = fault.plant(draw, series)
    return outcome, fault.accepts(outcome)


def healthy(runs: int, series: int, jobs: int, each: int = 4) -> list[Outcome]:
    """At least `runs` healthy runs: rounds of `each` on all data sets, the poor ones left out."""
    kept: list[Outcome] = []
    made: list[Outcome] = []
    number = 0
    while len(kept) < runs:
        tasks = [(name, number + i) for i in range(each) for name in names()]
        number += each
        made += Parallel(jobs)(delayed(healthy_run)(name, n, series) for name, n in tasks)
        best = {n: max(o.score for o in made if o.name == n) for n in names()}
        kept = [o for o in made if o.score >= best[o.name] - WITHIN]
    print(f"{len(kept)} healthy of {len(made)} runs with sane settings")
    return kept


def main() -> int:
    """Run, print, and leave with 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--series", type=int, default=PROOF, help=f"of all draws; 1 to 10: tuning, {PROOF}: proof"
    )
    parser.add_argument("--runs", type=int, default=40, help="of each fault")
    parser.add_argument("--healthy", type=int, default=240)
    parser.add_argument("--only", help="faults, separated by commas; 'healthy' for those alone")
    parser.add_argument("--misses", action="store_true", help="tell of each run that was wrong")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, help="JSON")
    options = parser.parse_args()
    runs, count = (3, 5) if options.quick else (options.runs, options.healthy)
    chosen = list(FAULTS) if options.only is None else options.only.split(",")
    machine = facts()
    print(heading(machine), flush=True)
    document: dict[str, Any] = {"machine": machine, "quick": options.quick, "faults": {},
                                "series": options.series}  # fmt: skip
    kept, found, total = True, 0, 0
    print(f"{'fault':<24}{'found':>9}   named first instead")
    for name in (n for n in FAULTS if n in chosen):
        results = Parallel(options.jobs)(
            delayed(planted)(name, number, options.series) for number in range(runs)
        )
        right = sum(ok for _, ok in results)
        found, total = found + right, total + len(results)
        wrong = collections.Counter(wrong_first(o) for o, ok in results if not ok)
        told = ", ".join(f"{n} × {text}" for text, n in wrong.most_common(3))
        print(f"{name:<24}{right:>4}/{len(results):<4}   {told}", flush=True)
        document["faults"][name] = {"runs": len(results), "found": right, "instead": dict(wrong)}
        if options.misses:
            tell([o for o, ok in results if not ok])
    if total:
        recall = found / total
        kept &= recall >= RECALL
        print(f"{'in all':<24}{found:>4}/{total:<4}   recall {recall:.3f}")
        document["recall"] = recall
    if options.only is None or "healthy" in chosen:
        outcomes = healthy(count, options.series, options.jobs, each=1 if options.quick else 4)
        alarmed = [o for o in outcomes if o.alarms]
        rules = collections.Counter(f"{f.rule} ({f.why})" for o in alarmed for f in o.alarms)
        share = len(alarmed) / len(outcomes)
        kept &= share <= ALARMS
        print(f"alarms in {len(alarmed)} of {len(outcomes)} healthy runs ({100 * share:.1f} %)")
        for rule, times in rules.most_common():
            print(f"  {times} × {rule}")
        if options.misses:
            tell(alarmed)
        long = [o for o in outcomes if o.training > LONG]
        if long:
            shares = np.array([o.looks / o.training for o in long])
            kept &= bool(shares.max() <= TIME)
            print(
                f"looks took {100 * np.median(shares):.1f} % of the time, at most "
                f"{100 * shares.max():.1f} %, of {len(long)} runs longer than {LONG} s"
            )
            document |= {"looks": {"median": float(np.median(shares)), "most": shares.max()}}
        document |= {"healthy": len(outcomes), "alarmed": len(alarmed), "rules": dict(rules)}
    if options.out:
        write_results(options.out, "doctor", document)
    print("every promise is kept" if kept else "a promise is not kept")
    return 0 if kept or options.quick else 1


def tell(outcomes: list[Outcome]) -> None:
    """Settings, strength and findings of these runs."""
    for o in outcomes:
        print(f"    {o.name} score {o.score:.3f} steps {o.steps} {o.strength} {o.settings}")
        for finding in o.findings:
            print(f"      {finding.level} {finding.rule} ({finding.why}): {finding.seen[:200]}")


if __name__ == "__main__":
    sys.exit(main())

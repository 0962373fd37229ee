"""How long `import glassnet` takes beside `import numpy`: `python benchmarks/import_time.py`.

New interpreters import the one and the other in turn; the medians, less the median of an
interpreter that imports nothing, and their ratio are printed. At most 1.3 is promised.
"""

import argparse
import statistics
import subprocess
import sys
import time

STATEMENTS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "glassnet": "import glassnet",
    "glassnet and Network": "import glassnet; glassnet.Network",
}


def measure(statement: str) -> float:
    """Seconds that a new interpreter takes for one statement, from start to end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure in turn, so that a slow moment of the machine hits all alike."""
    parser = argparse.ArgumentParser(description="Import time of glassnet beside NumPy's.")
    parser.add_argument("--runs", type=int, default=15, help="how often each is imported (15)")
    runs = parser.parse_args().runs

    for statement in STATEMENTS.values():  # once unmeasured: files cached, bytecode written
        measure(statement)
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(runs):
        for name, statement in STATEMENTS.items():
            seconds[name].append(measure(statement))

    empty = statistics.median(seconds.pop("nothing"))
    medians = {name: statistics.median(values) - empty for name, values in seconds.items()}
    for name, median in medians.items():
        ratio = median / medians["numpy"]
        print(f"{name:22} {1000 * median:7.1f} ms   {ratio:5.2f} x numpy")


if __name__ == "__main__":
    main()

"""How long `import glassnet` takes beside `import numpy`: `python benchmarks/import_time.py`.

New interpreters import the one and the other in turn; the medians, less the median of an
interpreter that imports nothing, and their ratio are printed. At most 1.3 is promised.
"""

import argparse
import sys

from _processes import medians, seconds_in_turn

STATEMENTS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "glassnet": "import glassnet",
    "glassnet and Network": "import glassnet; glassnet.Network",
}


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="Import time of glassnet beside NumPy's.")
    parser.add_argument("--runs", type=int, default=15, help="how often each is imported (15)")
    runs = parser.parse_args().runs

    commands = {name: [sys.executable, "-c", text] for name, text in STATEMENTS.items()}
    found = medians(seconds_in_turn(commands, runs))
    empty = found.pop("nothing")
    for name, seconds in found.items():
        ratio = (seconds - empty) / (found["numpy"] - empty)
        print(f"{name:22} {1000 * (seconds - empty):7.1f} ms   {ratio:5.2f} × numpy")


if __name__ == "__main__":
    main()

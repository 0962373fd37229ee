"""`glassnet train digits`, from the shell to the saved model, beside an import of scikit-learn.

    python benchmarks/command_line.py --out command-line.json
    python benchmarks/command_line.py --quick             # does everything work?

Whole processes in turn, A B A B, in a temporary folder: the command, which reads the data, trains,
scores and saves a model, and `python -c "import sklearn.neural_network"`, which only gets ready.
The medians and their ratio are printed; at most 1.6 is wanted.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from _machine import busy, facts, heading, write_results
from _processes import medians, seconds_in_turn

OURS = "glassnet train digits"
THEIRS = "import sklearn.neural_network"


def program() -> list[str]:
    """The installed command; where there is none, the module, which does the same."""
    script = Path(sys.executable).with_name("glassnet")
    return [str(script)] if script.exists() else [sys.executable, "-m", "glassnet"]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Time of 'glassnet train digits', as a process.")
    parser.add_argument("--runs", type=int, default=15, help="how often each is run (15)")
    parser.add_argument("--quick", action="store_true", help="one run: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file")
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs

    machine = facts()
    print(heading(machine), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def look(name: str) -> None:
            """The model must be there; all files are taken away: each run has the same to do."""
            if name == OURS and not (folder / "digits.json").exists():
                raise SystemExit(f"{OURS} left no digits.json")
            for path in folder.iterdir():
                path.unlink()

        commands = {OURS: [*program(), "train", "digits"], THEIRS: [sys.executable, "-c", THEIRS]}
        seconds = seconds_in_turn(commands, runs, folder, look, int(not options.quick))
    machine["busy_after"] = busy()
    found = medians(seconds)
    for name, values in seconds.items():
        spread = f"({min(values):.3f} … {max(values):.3f})"
        print(f"{name:30} {found[name]:7.3f} s  {spread}  {found[name] / found[THEIRS]:5.2f} ×")
    if options.out:
        results = {
            name: {"median": found[name], "seconds": values} for name, values in seconds.items()
        }
        document = {"machine": machine, "quick": options.quick, "rounds": runs}
        write_results(options.out, "command_line", {**document, "results": results})
        print("written:", options.out)


if __name__ == "__main__":
    main()

"""Fits of several tools in turn, A B A B: warm, and long enough to be measured."""

from statistics import median
from typing import Any

from _peers import MissingError
from _pool import Helper, calibrated
from _rows import Row

Found = dict[str, dict[str, Any]]  # each tool's entry: its times and their median, or why not


def in_turn(helpers: dict[str, Helper], row: Row, rounds: int, seconds: float) -> Found:
    """µs a step of each tool, in `rounds` fits of about so many seconds."""
    found: Found = {}
    for tool, helper in helpers.items():
        try:
            built = helper.ask("build", row=row.plain())
            epochs = calibrated(helper, seconds)
            found[tool] = {**built, "epochs": epochs, "microseconds": []}
            helper.settle()
        except MissingError as reason:
            found[tool] = {"missing": str(reason)}
    for _ in range(rounds):
        for tool, entry in found.items():
            if "missing" in entry:
                continue
            try:
                answer = helpers[tool].ask("fit", epochs=entry["epochs"])
            except MissingError as reason:
                entry["missing"] = str(reason)
                continue
            if answer["steps"] != entry["epochs"] * row.steps:
                entry["missing"] = f"made {answer['steps']} steps, not {row.steps} an epoch"
                continue
            entry["microseconds"].append(1e6 * answer["seconds"] / answer["steps"])
            helpers[tool].settle()
    for entry in found.values():
        if "missing" not in entry:
            entry["median"] = median(entry["microseconds"])
    return found

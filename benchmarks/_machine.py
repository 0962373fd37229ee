"""Facts of the machine and the libraries that a measurement is worth nothing without."""

import json
import platform
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from _peers import TOOLS, cores, version
from _pool import unset_here


def processor() -> str:
    """The processor's name as the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def vector_sets() -> list[str]:
    """The processor's vector instruction sets that matter for float32."""
    listing = Path("/proc/cpuinfo")
    text = listing.read_text() if listing.exists() else ""
    flags = set(text.split("flags", 1)[1].split("\n", 1)[0].split()) if "flags" in text else set()
    return [name for name in ("avx", "avx2", "fma", "avx512f", "asimd") if name in flags]


def busy(seconds: float = 0.25) -> float | None:
    """The share of all cores that others use, while this process sleeps; None where unknown."""

    def ticks() -> tuple[int, int]:
        numbers = list(map(int, listing.read_text().split("\n", 1)[0].split()[1:9]))
        return sum(numbers), numbers[3] + numbers[4]  # all; idle and waiting for a disk

    listing = Path("/proc/stat")
    if not listing.exists():
        return None
    total, idle = ticks()
    time.sleep(seconds)
    total_now, idle_now = ticks()
    return round(1 - (idle_now - idle) / max(1, total_now - total), 3)


def facts() -> dict[str, Any]:
    """What goes into the JSON document beside the numbers."""
    versions = {TOOLS[tool][2]: version(tool) for tool in TOOLS}
    versions["numpy"] = np.__version__
    try:
        versions["jaxlib"] = metadata.version("jaxlib")
    except metadata.PackageNotFoundError:
        pass
    return {
        "cpu": processor(),
        "vectors": vector_sets(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": sys.version.split()[0],
        "versions": versions,
        "unset_in_workers": unset_here(),
        "busy_before": busy(),
    }


def heading(found: dict[str, Any]) -> str:
    """The facts in two lines; a third where the machine is not free."""
    versions = found["versions"]
    there = ", ".join(f"{name} {number}" for name, number in versions.items() if number)
    lines = [f"{found['cpu']}, {found['cores']} cores, Python {found['python']}", there]
    if (found["busy_before"] or 0) > 0.05:
        lines.append(f"NOT FREE: others use {found['busy_before']:.0%} of the machine's cores")
    return "\n".join(lines)


def write_results(path: Path, benchmark: str, document: dict[str, Any]) -> None:
    """The results as JSON, under the benchmark's name, by which table.py knows them."""
    path.write_text(json.dumps({"benchmark": benchmark, **document}, indent=1) + "\n")

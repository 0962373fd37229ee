"""Run in a process of its own: read a file, print whether it was read and the peak memory of it."""

import json
import resource
import sys
from pathlib import Path

from glassnet.data import read_data, read_features
from glassnet.errors import InputError


def peak() -> int:
    """Give the largest resident memory of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which on Linux counts the process that started this one.
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(path: str, max_size: int) -> None:
    """Read the file with its targets and without."""
    before = peak()
    read = []
    for reader in (read_data, read_features):
        try:
            reader(path, max_size=max_size)
            read.append(True)
        except InputError:
            read.append(False)
    print(json.dumps({"read": read, "peak": peak() - before}))


main(sys.argv[1], int(sys.argv[2]))

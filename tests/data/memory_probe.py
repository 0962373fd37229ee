"""Run in a process of its own: read a file, print whether it was read and the peak memory of it."""

import json
import resource
import sys
from pathlib import Path

import glassnet.data
from glassnet.errors import InputError


def peak() -> int:
    """Give the largest resident memory of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which on Linux counts the process that started this one.
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(reader: str, path: str, max_size: int) -> None:
    """Read the file with the function of that name."""
    before = peak()
    try:
        getattr(glassnet.data, reader)(path, max_size=max_size)
        read = True
    except InputError:
        read = False
    print(json.dumps({"read": read, "peak": peak() - before}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

"""Memory of an epoch over a file that is far larger: a memory-mapped uint8 .npy, on Linux.

    python benchmarks/memory.py                           # 8,000,000 rows of 784 bytes, 6.3 GB
    python benchmarks/memory.py --engine numpy
    python benchmarks/memory.py --quick                   # does everything work?

The file is made in a temporary folder: a random block of rows every so often, holes (zeros, which
take no disk) between; --dense fills it. Every 20 ms the training process's RssAnon (memory of its
own) and VmRSS (with the pages of the file that happen to be mapped, which the system takes back
when it needs them) are read; it has failed where VmRSS comes to 1 GB.

From its first line on the process runs under RLIMIT_DATA = --limit, so that memory beyond it cannot
be had. The system counts there what is reserved (VmData), touched or not, so RssAnon is below: 8 MB
for the stack of each thread of the kernel, and OpenBLAS's buffers, for one thread, as fit uses one.
Beyond some ten processors, --limit or GLASSNET_THREADS has to make room for the stacks.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FEATURES, BLOCK = 784, 8_192  # numbers of a row; rows of a block of the file
MOST_RESIDENT = 1_000_000_000
CHILD = """
import json, resource, sys, time
wish = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (wish["limit"], wish["limit"]))
import numpy as np
import glassnet as gn
ran = []
def note(event):
    if isinstance(event, gn.RunStarted):
        ran.append(event.engine)
X = np.load(wish["file"], mmap_mode="r")
y = (np.arange(len(X), dtype=np.uint32) % 10).astype(np.uint8)
net = gn.Network([gn.Scale(0.0, 1 / 255), gn.Dense(128, "relu"), gn.Dense(10, "softmax")],
                 loss="cross_entropy", seed=0)
began = time.perf_counter()
net.fit(X, y, optimizer="sgd", learning_rate=0.05, batch_size=128, epochs=1, verbose=False,
        engine=wish["engine"], callbacks=[note], shuffle=wish["shuffle"])
print(json.dumps({"seconds": time.perf_counter() - began, "engine": ran[0],
                  "loss": net.history.loss[-1]}))
"""


def make_file(path: Path, rows: int, every: int) -> None:
    """A uint8 array (rows, 784): one block in `every` random, the rest holes."""
    block = np.random.default_rng(0).integers(0, 256, (BLOCK, FEATURES), dtype=np.uint8)
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (rows, FEATURES)}
        np.lib.format.write_array_header_1_0(file, header)
        begin = file.tell()
        for first in range(0, rows, BLOCK * every):
            file.seek(begin + first * FEATURES)
            file.write(block[: rows - first].data)
        file.truncate(begin + rows * FEATURES)


def status(process: int) -> dict[str, int]:
    """RssAnon, VmRSS and VmData in bytes, 0 where the process is gone."""
    found = {"RssAnon": 0, "VmRSS": 0, "VmData": 0}
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in found and value:
                found[name] = 1024 * int(value.split()[0])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def watched(wish: dict[str, object]) -> tuple[int, str, str, dict[str, int]]:
    """Run the training process; its exit code, output, errors, and the peaks."""
    peaks = {"RssAnon": 0, "VmRSS": 0, "VmData": 0}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps(wish)],
            stdout=out, stderr=errors, text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            while process.poll() is None:
                for name, value in status(process.pid).items():
                    peaks[name] = max(peaks[name], value)
                time.sleep(0.02)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        errors.seek(0)
        return process.returncode, out.read(), errors.read(), peaks


def main() -> int:
    """Make the file, train, print the peaks; 1 where training failed or VmRSS came to 1 GB."""
    parser = argparse.ArgumentParser(description="Memory of an epoch over a memory-mapped file.")
    parser.add_argument("--rows", type=int, default=8_000_000, help="rows of 784 bytes (8,000,000)")
    parser.add_argument("--limit", type=int, default=300, help="RLIMIT_DATA in MB (300)")
    parser.add_argument("--engine", default="native", help="native, numpy or auto (native)")
    parser.add_argument("--shuffle", default="blocks", choices=["blocks", "rows", "none"])
    parser.add_argument("--dense", action="store_true", help="no holes in the file")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--quick", action="store_true", help="tiny: only to see that it works")
    parser.add_argument("--out", type=Path, help="a JSON file")
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        parser.error("this needs Linux: it reads /proc/PID/status")
    rows = 60_000 if options.quick else options.rows

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "rows.npy"
        make_file(path, rows, 1 if options.dense else 16)
        size, disk = path.stat().st_size, 512 * path.stat().st_blocks
        print(f"{rows:,} rows, {size / 1e6:,.0f} MB ({disk / 1e6:,.0f} MB on disk)", flush=True)
        wish = {
            "file": str(path),
            "limit": options.limit * 1_000_000,
            "engine": options.engine,
            "shuffle": options.shuffle != "none" and options.shuffle,
        }
        code, output, errors, peaks = watched(wish)
    if code != 0:
        print(f"training failed ({code}): {' '.join(errors.strip().splitlines()[-1:])}")
        return 1
    answer = json.loads(output.strip().splitlines()[-1])
    print(
        f"engine {answer['engine']}, {answer['seconds']:.1f} s, "
        f"{rows / answer['seconds']:,.0f} rows/s, loss {answer['loss']:.4f}"
    )
    for name, value in peaks.items():
        print(f"peak {name:8} {value / 1e6:10,.1f} MB  {value / size:7.1%} of the file")
    if options.out:
        document = {"rows": rows, "file_bytes": size, "limit_mb": options.limit, **answer}
        options.out.write_text(json.dumps({**document, "peaks": peaks}, indent=1) + "\n")
    if peaks["VmRSS"] >= MOST_RESIDENT:
        print(f"VmRSS came to {MOST_RESIDENT / 1e6:,.0f} MB")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

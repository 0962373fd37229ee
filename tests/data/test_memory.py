"""Peak memory of every reader: at most 64 MB + 20 times the unpacked size."""

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FIXED = 64 * 2**20


def unique_words(count: int) -> bytes:
    digits = np.indices((26,) * 4).reshape(4, -1)[:, :count].T + ord("a")
    return np.hstack([digits, np.full((len(digits), 1), ord("\n"))]).astype(np.uint8).tobytes()


def npz(**arrays: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    return packed.getvalue()


def lying_zip() -> bytes:
    """A zip whose directory says that 10 bytes unpack from what are 200 million."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", bytes(2 * 10**8))
    size = struct.pack("<I", 2 * 10**8)
    assert packed.getvalue().count(size) == 2
    return packed.getvalue().replace(size, struct.pack("<I", 10))


IDX_HEADER = b"\0\0\x08\x03" + struct.pack(">3I", 2000, 100, 100)

# (content, its unpacked size, whether it is a good file)
FILES: dict[str, Callable[[], tuple[bytes, int, bool]]] = {
    "numbers": lambda: (b"a,b\n" + b"1,2\n" * 600_000, 2_400_004, True),
    "fractions": lambda: (b"a,b\n" + b".1,2\n" * 500_000, 2_500_004, True),
    "one column": lambda: (b"a\n" + b"1\n" * 1_000_000, 2_000_002, True),
    "empty cells": lambda: (b"a,b\n" + b",\n" * 500_000, 1_000_004, True),
    "words": lambda: (b"a\n" + unique_words(450_000), 2_250_002, True),
    "one word": lambda: (b"a\n" + b"x\n" * 500_000, 1_000_002, True),
    "wide": lambda: ((b"1," * 69_999 + b"1\n") * 10, 1_400_000, True),
    "wide words": lambda: ((b"ab," * 69_999 + b"ab\n") * 10, 2_100_000, True),
    "too wide": lambda: (b"a," * 8_000_000, 16_000_000, False),
    "one line": lambda: (b"a" * 40_000_000, 40_000_000, False),
    "open quote": lambda: (b'a\n"' + b"x\n" * 8_000_000, 16_000_003, False),
    "blank lines": lambda: (b"\n" * 8_000_000, 8_000_000, False),
    "csv bomb": lambda: (gzip.compress(b"a\n" + b"1\n" * 4 * 10**7), 2 * 10**7, False),
    "blank bomb": lambda: (gzip.compress(b"\n" * 10**8), 2 * 10**7, False),
    "idx": lambda: (IDX_HEADER + bytes(2 * 10**7), 2 * 10**7, True),
    "idx bomb": lambda: (gzip.compress(IDX_HEADER + bytes(10**8)), 2 * 10**7, False),
    "idx promise": lambda: (b"\0\0\x08\x01" + struct.pack(">I", 10**9) + b"1", 10, False),
    "npz": lambda: (npz(X=np.zeros((10**6, 10), dtype=np.int8), y=np.zeros(10**6)), 10**7, True),
    "npz bomb": lambda: (npz(X=np.zeros((10**4, 5000))), 10**7, False),
    "npz lie": lambda: (lying_zip(), 10, False),
}


CASES = [("read_features", kind) for kind in FILES]
CASES += [("read_data", kind) for kind in ("numbers", "wide", "npz")]


@pytest.mark.parametrize(("reader", "kind"), CASES)
def test_peak_memory(reader: str, kind: str, tmp_path: Path) -> None:
    content, size, is_good = FILES[kind]()
    path = tmp_path / "file"
    path.write_bytes(content)
    probe = Path(__file__).with_name("memory_probe.py")
    command = [sys.executable, str(probe), reader, str(path), str(2 * 10**7)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["read"] == is_good
    assert found["peak"] <= FIXED + 20 * size

"""Readers are given random and damaged files: nothing but one clear sentence may come out."""

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from glassnet.data import read_data, read_features, read_table
from glassnet.data.csv import read_csv
from glassnet.data.idx import read_idx
from glassnet.data.images import read_images
from glassnet.data.npz import read_npz, read_npz_dataset
from glassnet.data.parquet import read_parquet
from glassnet.errors import InputError

MAX_SIZE = 10**6


def of_bytes(write: Callable[[io.BytesIO], object]) -> bytes:
    packed = io.BytesIO()
    write(packed)
    return packed.getvalue()


def picture(kind: str) -> bytes:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    return of_bytes(lambda out: Image.fromarray(pixels).save(out, kind))


IDX = b"\0\0\x08\x03" + struct.pack(">3I", 2, 2, 3) + bytes(12)
CSV = b'name,age,y\n"a, ""b""\nc",1.5,0\nb,,1\nd,-2e3,0\n'
GERMAN = "wert;größe\r\n1,5;2\r\n2,5;4\r\n".encode()
NUMBERS = b"a,b\n" + b"1,2.5\n-3,4e5\n" * 20
NPZ = of_bytes(lambda out: np.savez_compressed(out, X=np.eye(3), y=np.arange(3)))
PLAIN_NPZ = of_bytes(lambda out: np.savez(out, X=np.eye(3), y=np.array(["a", "b", "c"])))
PARQUET = of_bytes(lambda out: pl.DataFrame({"a": [1, 2], "t": ["x", None]}).write_parquet(out))

READERS: dict[str, tuple[Callable[[Path], object], list[bytes]]] = {
    "csv": (lambda p: read_csv(p, max_size=MAX_SIZE), [CSV, GERMAN, NUMBERS, gzip.compress(CSV)]),
    "idx": (lambda p: read_idx(p, max_size=MAX_SIZE), [IDX, gzip.compress(IDX)]),
    "npz": (lambda p: read_npz(p, max_size=MAX_SIZE), [NPZ, PLAIN_NPZ]),
    "npz data": (lambda p: read_npz_dataset(p, max_size=MAX_SIZE), [NPZ, PLAIN_NPZ]),
    "images": (lambda p: read_images([p]), [picture(k) for k in ("PNG", "JPEG", "BMP", "GIF")]),
    "data": (lambda p: read_data(p, max_size=MAX_SIZE), [CSV, NUMBERS, IDX, NPZ]),
    "table": (lambda p: read_table(p, max_size=MAX_SIZE), [CSV, GERMAN, gzip.compress(CSV)]),
    "features": (lambda p: read_features(p, max_size=MAX_SIZE), [CSV, IDX, NPZ]),
}


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw the file with some bytes changed, put in or taken out, or its end cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        kind = draw(st.sampled_from(["change", "insert", "remove", "cut", "repeat"]))
        if kind == "change":
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
        elif kind == "insert":
            content[place:place] = draw(st.binary(max_size=5))
        elif kind == "remove":
            del content[place : place + draw(st.integers(1, 9))]
        elif kind == "cut":
            del content[place:]
        else:
            content += content[place:]
    return bytes(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def only_input_errors(read: Callable[[Path], object], path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        read(path)
    except InputError as error:
        sentence = str(error)
        assert sentence and "\n" not in sentence and len(sentence) < 1500


@pytest.mark.parametrize("kind", READERS)
@given(content=st.binary(max_size=300))
def test_random_bytes(folder: Path, kind: str, content: bytes) -> None:
    only_input_errors(READERS[kind][0], folder / "file", content)


@pytest.mark.parametrize("kind", READERS)
@given(data=st.data())
@settings(max_examples=150)
def test_damaged_files(folder: Path, kind: str, data: st.DataObject) -> None:
    read, files = READERS[kind]
    content = data.draw(st.sampled_from(files).flatmap(damaged))
    only_input_errors(read, folder / "file", content)


@given(content=st.one_of(damaged(PARQUET), st.binary(max_size=100)))
@settings(max_examples=10)
def test_damaged_parquet(folder: Path, content: bytes) -> None:
    only_input_errors(lambda p: read_parquet(p, max_size=MAX_SIZE), folder / "file", content)


@given(text=st.text(st.sampled_from('ab1.5,;\t"\n\r -e?é\ufeff'), max_size=80))
@settings(max_examples=300)
def test_texts_like_tables(folder: Path, text: str) -> None:
    only_input_errors(READERS["data"][0], folder / "file", text.encode())

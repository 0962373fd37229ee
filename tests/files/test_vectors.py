"""Arrays in JSON: the same bits back, in either form, also through another reader."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from glassnet.errors import InputError
from glassnet.files import vectors
from glassnet.files.vectors import VectorDocument, decode_vector, encode_vector

EDGES = [
    0.0, -0.0, 1e-45, -1e-45, 5e-324, 1.1754942e-38, 3.4028235e38, 1.7976931348623157e308, 1e16,
    16777216.0, 16777217.0, 0.1, 1 / 3, 7.038531e-26, float("nan"), float("inf"), float("-inf"),
]  # fmt: skip


def words_of(dtype: str) -> st.SearchStrategy[np.ndarray]:
    """Arrays of any bits at all."""
    size = np.dtype(dtype).itemsize
    words = st.lists(st.integers(0, 2 ** (8 * size) - 1), max_size=40)
    return words.map(lambda items: np.array(items, dtype=f"u{size}").view(dtype))


def passed_on(document: VectorDocument) -> VectorDocument:
    """Through JSON text and back."""
    fields = [b'"shape": ' + msgspec.json.encode(document.shape)]
    if document.values is not msgspec.UNSET:
        fields.append(b'"values": ' + bytes(document.values))
    else:
        fields.append(b'"base64": ' + msgspec.json.encode(document.base64))
    return msgspec.json.decode(b"{" + b", ".join(fields) + b"}", type=VectorDocument)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal bits, but any NaN for a NaN."""
    both = np.isnan(one) & np.isnan(other)
    return one.dtype == other.dtype and bool(
        ((one.view(f"u{one.itemsize}") == other.view(f"u{one.itemsize}")) | both).all()
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_any_bits_come_back(dtype: str, data: st.DataObject) -> None:
    array = data.draw(words_of(dtype))
    in_base64 = decode_vector(passed_on(encode_vector(array)), array.shape, array.dtype)
    assert in_base64.tobytes() == array.tobytes() and in_base64.flags.writeable
    readable = passed_on(encode_vector(array, readable=True))
    assert same(decode_vector(readable, array.shape, array.dtype), array)
    # Python reads decimals in float64, and rounds to float32 afterwards.
    numbers = [float(x) for x in json.loads(bytes(readable.values))]
    with np.errstate(over="ignore"):
        assert same(np.array(numbers, dtype=np.float64).astype(dtype), array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_edges_come_back(dtype: str) -> None:
    with np.errstate(over="ignore"):
        array = np.array(EDGES).astype(dtype)
    for readable in (False, True):
        document = passed_on(encode_vector(array, readable))
        assert same(decode_vector(document, array.shape, array.dtype), array)


def test_float32_decimals_are_short() -> None:
    array = np.array([0.1, 1 / 3, 1.0, np.nan, -np.inf], dtype=np.float32)
    text = bytes(encode_vector(array, readable=True).values)
    assert text == b'[0.1, 0.33333334, 1.0, "NaN", "-Infinity"]'


def test_a_decimal_that_rounds_twice_gets_more_digits() -> None:
    # Shortest decimals of float32 beside the middle of two float32: found by walking many.
    random = np.random.default_rng(0)
    words = random.integers(0, 2**32, 200_000, dtype=np.uint32)
    array = words.view(np.float32)[np.isfinite(words.view(np.float32))]
    texts = json.loads(bytes(encode_vector(array, readable=True).values))
    with np.errstate(over="ignore"):
        assert (np.array(texts, dtype=np.float64).astype(np.float32) == array).all()


def test_the_base64_is_little_endian() -> None:
    big = np.array([1.0, 2.0], dtype=">f4")
    assert encode_vector(big).base64 == encode_vector(big.astype("<f4")).base64 == "AACAPwAAAEA="


def test_long_lists_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.random.default_rng(0).normal(size=(50, 20))
    document = passed_on(encode_vector(array, readable=True))
    for size in (1, 7, 100, 5000):
        monkeypatch.setattr(vectors, "_CHUNK", size)
        back = decode_vector(document, (50, 20), array.dtype)
        assert back.tobytes() == array.tobytes() and back.shape == (50, 20)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (b"[1, 2, 3]", "a list of 4 numbers, found 3"),
        (b'[1, 2, 3, "nan"]', "expected numbers"),
        (b'[1, 2, "3,4"]', "expected numbers"),
        (b"[1, 2, [3, 4]]", "expected numbers"),
        (b'{"a": 1, "b": 2, "c": 3, "d": 4}', "expected a list"),
        (b"[1, 2, 3, 1e39]", "too large for float32"),
        (b"[1, 2, 3, null]", "expected numbers"),
        (b"1", "expected a list"),
    ],
)
def test_what_is_no_list_of_numbers_is_refused(values: bytes, words: str) -> None:
    document = VectorDocument(shape=[4], values=msgspec.Raw(values))
    with pytest.raises(InputError, match=f"here: .*{words}"):
        decode_vector(document, (4,), np.dtype("float32"), "here")

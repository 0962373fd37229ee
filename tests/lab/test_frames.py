"""Frames: what is put in comes out, to the bit, and bytes that are none are told."""

import json

import numpy as np
import pytest

from glassnet.errors import InputError
from glassnet.lab.frames import Frame, bundle, decode, encode, unbundle


def test_words_and_arrays_come_back() -> None:
    draw = np.random.default_rng(0)
    arrays = {
        "W": draw.normal(size=(3, 5)).astype(np.float32),
        "map": draw.integers(0, 255, (2, 7, 7), dtype=np.uint8),
        "steps": np.arange(5, dtype=np.int32),
        "nothing": np.zeros((0, 4)),
        "one": np.float64(3.25).reshape(()),
    }
    words = {"step": 3, "text": "η · λ > 2", "list": [1, None, {"a": True}]}
    found = decode(encode(Frame("status", words, arrays)))
    assert found.kind == "status" and found.words == words
    assert list(found.arrays) == list(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype and found.arrays[name].shape == array.shape
        np.testing.assert_array_equal(found.arrays[name], array)


@pytest.mark.parametrize("text", ["", "x", "xxxxxxx", "ŷ"])
def test_every_array_begins_at_a_multiple_of_eight_bytes(text: str) -> None:
    data = encode(Frame("k", {"text": text}, {"a": np.zeros(3, np.uint8), "b": np.ones(2)}))
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    assert (4 + length) % 8 == 0 and len(data) % 8 == 0
    assert [place["offset"] for place in header["arrays"].values()] == [0, 8]


def test_turned_and_sliced_arrays_are_their_numbers() -> None:
    array = np.arange(12.0).reshape(3, 4)
    found = decode(
        encode(Frame("k", {}, {"t": array.T, "s": array[::2, 1:3], "b": array.astype(">f8")}))
    )
    np.testing.assert_array_equal(found.arrays["t"], array.T)
    np.testing.assert_array_equal(found.arrays["s"], array[::2, 1:3])
    np.testing.assert_array_equal(found.arrays["b"], array)


def test_numbers_that_json_has_no_word_for_are_null() -> None:
    words = {"loss": float("nan"), "deep": [{"x": float("inf")}], "fine": np.float32(0.5)}
    assert decode(encode(Frame("k", words))).words == {
        "loss": None, "deep": [{"x": None}], "fine": 0.5,
    }  # fmt: skip


def test_types_that_no_page_reads_are_refused() -> None:
    with pytest.raises(InputError, match="'labels' is int64"):
        encode(Frame("k", {}, {"labels": np.arange(3)}))


@pytest.mark.parametrize("data", [
    b"", b"\x00\x00", b"\xff\xff\xff\xff", b"\x02\x00\x00\x00{}", b"\x08\x00\x00\x00{\"kind\":",
    b"\x03\x00\x00\x00[1]", b"\x08\x00\x00\x00\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
])  # fmt: skip
def test_bytes_that_are_no_frame(data: bytes) -> None:
    with pytest.raises(InputError):
        decode(data)


def test_a_frame_that_was_cut_off() -> None:
    data = encode(Frame("k", {}, {"a": np.arange(100.0)}))
    with pytest.raises(InputError):
        decode(data[:-8])


def test_a_bundle_gives_its_frames_back() -> None:
    frames = [
        Frame("tick", {"step": 3}),
        Frame("units", {}, {"hidden1": np.arange(5, dtype=np.uint8)}),
        Frame("file", {"name": "ö.txt"}, {"data": np.zeros(0, np.uint8)}),
    ]
    found = unbundle(bundle([encode(frame) for frame in frames]))
    assert [f.kind for f in found] == ["tick", "units", "file"]
    assert found[1].arrays["hidden1"].tolist() == [0, 1, 2, 3, 4]
    assert len(bundle([encode(frame) for frame in frames])) % 8 == 0
    assert unbundle(b"") == []


def test_a_cut_bundle_is_refused() -> None:
    whole = bundle([encode(Frame("tick", {"step": 3}))])
    for length in range(1, len(whole) - 8):
        with pytest.raises(InputError):
            unbundle(whole[:length])

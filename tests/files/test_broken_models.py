"""Broken and hostile model files: one sentence with the place, little memory, no hang."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from files.documents import valid, valid_text
from glassnet.errors import FileError, GlassnetError, InputError
from glassnet.files.json_text import MOST_ITEMS, MOST_TOKENS
from glassnet.files.model import build_stack, model_from_json, read_model

LAYERS = "d['network']['layers']"
BROKEN = [
    ("d['version'] = 2", "made by a newer glassnet (version 2); update glassnet"),
    ("d['version'] = 0", "version: expected 1, found 0"),
    ("d['version'] = '1'", 'version: expected 1, found "1"'),
    ("del d['version']", "version: expected 1, found null"),
    ("d['format'] = 'keras'", "no model file"),
    ("d['kind'] = 'forest'", 'expected "network", "classifier" or "regressor", found "forest"'),
    ("d['extra'] = 1", 'there is no field "extra"'),
    ("del d['network']", "the field 'network' is missing"),
    ("d['network'] = None", "network: expected"),
    ("d['network']['sed'] = 1", "did you mean 'seed'"),
    ("d['network']['seed'] = -1", "network.seed: expected a whole number from 0, found -1"),
    ("d['network']['seed'] = 2**64", "network.seed: is not below 2**64"),
    ("d['network']['dtype'] = 'float16'", 'network.dtype: expected "float32" or "float64"'),
    ("d['network']['dtype'] = 'float64'", "expected 128 characters of base64 for 12 numbers"),
    ("d['network']['input_shape'] = []", "network.input_shape: expected a list of length >= 1"),
    ("d['network']['input_shape'] = [0]", "network.input_shape[0]: expected a whole number from 1"),
    ("d['network']['input_shape'] = [10**6] * 8", "network.input_shape: holds a whole number of"),
    (f"{LAYERS}.clear()", "network.layers: expected a list of length >= 1"),
    (f"{LAYERS}[1]['units'] = 'x'", 'layers[1].units: expected a whole number from 1, found "x"'),
    (f"{LAYERS}[1]['units'] = 10**12", "weights.hidden.W: expected the shape [3, 1000000000000]"),
    (f"{LAYERS}[1]['units'] = 10**40", "found a whole number of about 41 digits"),
    (f"{LAYERS}[1]['units'] = 3.0", "layers[1].units: expected a whole number from 1, found 3.0"),
    (f"{LAYERS}[1]['units'] = True", "layers[1].units: expected a whole number from 1, found true"),
    (f"{LAYERS}[1]['unit'] = 3", "did you mean 'units'"),
    (f"{LAYERS}[1]['activation']['slope'] = None", "activation.slope: expected a finite number"),
    (f"{LAYERS}[1]['activation'] = 'os.system'", "there is no activation"),
    (f"{LAYERS}[1]['kind'] = 'os.system'", "layers[1]: there is no layer"),
    (f"{LAYERS}[1]['kind'] = ['dense']", "layers[1]: there is no layer"),
    (f"{LAYERS}[1] = {{'user': 'mine', 'units': 3}}", "and nothing else"),
    (f"{LAYERS}[1] = {{'user': 'mine'}}", "hand it back with parts={'mine': ...}"),
    (f"{LAYERS}[2]['epsilon'] = 0", "layers[2].epsilon: expected a number above 0, found 0"),
    (f"{LAYERS}[3]['rate'] = 1.5", "layers[3].rate: a dropout rate is in [0, 1), 1.5 was given"),
    (f"{LAYERS}[0]['shift'] = [1, 2]", "Scale has 2 numbers as its shift"),
    (f"{LAYERS}.insert(0, 'flatten'); {LAYERS}.insert(0, 3)", "network.layers[0]: expected"),
    ("d['network']['loss'] = 'mse'", "loss: there is no loss"),
    ("d['network']['loss'] = 'poisson'; d['network']['layers'][4]['activation'] = 'tanh'",
     "poisson takes outputs from 0"),
    ("del d['weights']['hidden.b']", "weights: the array 'hidden.b' of shape [4] is missing"),
    ("d['weights']['more'] = bias", 'weights: no layer has the array "more"'),
    ("bias['shape'] = [2, 2]", "expected the shape [4], found [2, 2]"),
    ("bias['base64'] = 'AAAA'", "expected 24 characters of base64 for 4"),
    ("bias['base64'] = '!' * 24", "weights.hidden.b: is not base64"),
    ("bias['base64'] = '=' * 24", "weights.hidden.b: is not base64"),
    ("bias['base64'] = 'ü' * 24", "weights.hidden.b: is not base64"),
    ("bias['values'] = [1, 2, 3, 4]", "expected either 'base64' or 'values'"),
    ("d['weights']['hidden.b'] = {'shape': [4]}", "expected either 'base64' or 'values'"),
    ("del bias['base64']; bias['values'] = [1, 2, 3]", "a list of 4 numbers, found 3"),
    ("del bias['base64']; bias['values'] = 'a,b,c,d'", "expected a list of 4 numbers"),
    ("del bias['base64']; bias['values'] = [1, 2, 'x', 4]", "expected numbers"),
    ("del bias['base64']; bias['values'] = [1, [2, 3], 4]", "expected numbers"),
    ("del bias['base64']; bias['values'] = [1, 2, 3, 1e39]", "too large for float32"),
    ("d['buffers'] = {}", "buffers: the array 'batch_norm.mean' of shape [4] is missing"),
    ("d['classes']['values'] = ['no', 1]", "classes.values[1]: expected a label of type string"),
    ("d['classes']['values'] = ['no', 'no']", "classes.values: a label is there twice"),
    ("d['classes']['values'] = ['a', 'b', 'c']", "3 labels do not fit the network's 2 output(s)"),
    ("d['classes']['type'] = 'date'", "classes.type: expected"),
    ("d['preprocessing']['columns'][0]['count'] = 10**12", "declares more than 1,000,000 columns"),
    ("d['preprocessing']['columns'][0]['count'] = 9", "become 11 features"),
    ("d['preprocessing']['columns'][0]['impute'] = 'x'", "columns[0].impute: expected a number"),
    ("d['preprocessing']['columns'][1]['type'] = 'numeric'", "a categorical column has categories"),
    ("d['threshold']['value'] = 2", "threshold.value: expected a number from 0 to 1, found 2"),
    ("d['threshold']['gap'] = [1]", "threshold.gap: expected a list"),
    ("d['run']['training']['epochs'] = 0", 'expected "auto" or a whole number from 1, found 0'),
    ("d['run']['training']['batch_size'] = 1.5", "run.training.batch_size: expected"),
    ("d['run']['model']['layers'] = [{'kind': 'dense'}]", "run.model.layers[0]: 'dense' needs"),
]  # fmt: skip


def refusal(data: bytes) -> str:
    """The sentence with which the document is refused."""
    with pytest.raises(InputError) as caught:
        build_stack(model_from_json(data, "'m.json'"), source="'m.json'")
    text = str(caught.value)
    assert text.startswith("'m.json'") and "\n" not in text and len(text) < 400
    return text


@pytest.mark.parametrize(("change", "words"), BROKEN)
def test_a_broken_field_is_named(change: str, words: str) -> None:
    d = valid()
    exec(change, {"d": d, "bias": d["weights"]["hidden.b"]})
    assert words in refusal(msgspec.json.encode(d))


def big(number: str) -> bytes:
    return valid_text().replace(b'"seed": 5', b'"seed": ' + number.encode())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PK\x03\x04", "is not valid JSON"),
        (b"\xef\xbb\xbf{}", "is not valid JSON"),
        (b"{}", "no model file"),
        (b"[]", "expected"),
        (b"null", "expected"),
        (valid_text()[:-5], "ends too early"),
        (valid_text() + b"x", "is not valid JSON"),
        (valid_text().replace(b"0.4", b"NaN"), "is not valid JSON"),
        (valid_text().replace(b"0.4", b"1e999"), "too large"),
        (valid_text().replace(b'"Rome"', b'"\xff"'), "is not valid JSON"),
        (valid_text().replace(b'"Rome"', b'"\\ud800"'), "is not valid JSON"),
        (valid_text().replace(b'"accuracy"', b'"\\ud800"'), "is not valid JSON"),
        (valid_text().replace(b'"units": 4', b'"units": 4, "units": 5'), "'units' is given twice"),
        (valid_text().replace(b'"units": 4', b'"units": 4, "unit\\u0073": 5'), "given twice"),
        (valid_text().replace(b'"kind": "cl', b'"kind": "network", "kind": "cl'), "line 4: 'kind'"),
        (valid_text().replace(b"0.9", b"[" * 60 + b"]" * 60), "nested more than 32 deep"),
        (valid_text().replace(b"0.9", b"[" * 10**5 + b"]" * 10**5), "nested too deeply"),
        (valid_text().replace(b"0.9", b'{"a":' * 10**5 + b"1" + b"}" * 10**5), "too deeply"),
        (big("9" * 5000), "too large"),
        (big("1" * 4000), "network.seed: is not below 2**64: a whole number of about 4000 digits"),
    ],
)
def test_a_broken_text_is_refused(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        read_model(tmp_path / "none.json")
    with pytest.raises(FileError, match="it is a folder"):
        read_model(tmp_path)
    with pytest.raises(FileError, match="null"):
        read_model("a\0b")
    path = tmp_path / "m.json"
    path.write_bytes(valid_text())
    with pytest.raises(InputError, match="a larger max_size"):
        read_model(path, max_size=100)
    assert read_model(path, max_size=len(valid_text())).kind == "classifier"


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(GlassnetError):
        model_from_json(data)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.sampled_from(["dense", "relu", "user", "auto", 2**53, 10**30]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["kind", "units", "user", "shape", "a"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a document."""
    if not isinstance(value, (dict, list)):
        return []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [p for key, item in items for p in ((*path, key), *places(item, (*path, key)))]


@given(st.data())
def test_any_value_in_any_place_is_taken_or_refused_with_a_sentence(data: st.DataObject) -> None:
    document = valid(readable=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(1, 2))):
        *path, last = data.draw(st.sampled_from(places(document)))
        inner = document
        for key in path:
            inner = inner[key]
        if data.draw(st.booleans()):
            inner[last] = data.draw(PLAIN)
        else:
            del inner[last]
    accepted_or_refused(json.dumps(document).encode())


@given(st.data())
def test_any_changed_bytes_are_taken_or_refused_with_a_sentence(data: st.DataObject) -> None:
    text = bytearray(valid_text(readable=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text) - 1))
        text[begin : begin + data.draw(st.integers(0, 30))] = data.draw(
            st.binary(max_size=3)
            | st.sampled_from([b'"', b"{", b"[", b"]", b"}", b",", b"\\", b"9"])
        )
    accepted_or_refused(bytes(text))


def accepted_or_refused(data: bytes) -> None:
    try:
        build_stack(model_from_json(data))
    except InputError as error:
        assert str(error) and "\n" not in str(error) and len(str(error)) < 1000


def filled(place: bytes, item: bytes, count: int) -> bytes:
    """A document with a list of `count` items in place of a value."""
    return valid_text(readable=True).replace(place, b"[" + b",".join([item] * count) + b"]", 1)


FLAT, NESTED = 20, 25  # of nested parts, the number is limited as well


@pytest.mark.parametrize(
    ("place", "item", "factor"),
    [
        (b'["no", "yes"]', b'"a"', FLAT),
        (b'["no", "yes"]', b"999", FLAT),
        (b'["no", "yes"]', b"-9", FLAT),
        (b"[0.8, 1.0]", b'"\xc3\xbc"', FLAT),
        (b"[0.8, 1.0]", b"{}", NESTED),
        (b"[0.8, 1.0]", b"[]", NESTED),
        (b"[0.8, 1.0]", b'{"a":1}', NESTED),
        (b"[0.3, 0.5]", b"1", FLAT),
        (b"[4]", b"4", FLAT),
        (b'["Rome", "Oslo"]', b'"b"', FLAT),
    ],
)
def test_memory_stays_within_a_multiple_of_the_file(place: bytes, item: bytes, factor: int) -> None:
    data = filled(place, item, 600_000 // (len(item) + 1))
    tracemalloc.start()
    try:
        accepted_or_refused(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < factor * len(data)


def test_only_lists_of_weights_may_be_long() -> None:
    for place in (b"[0.3, 0.5]", b'["no", "yes"]', b"[0.8, 1.0]"):
        assert "a list of more than 1,000,000 items" in refusal(filled(place, b"1", MOST_ITEMS + 1))
    assert "found 1000001" in refusal(filled(b"[0.0, 0.0, 0.0, 0.0]", b"1", MOST_ITEMS + 1))


def test_the_number_of_nested_parts_is_limited() -> None:
    assert NESTED * 3 * MOST_TOKENS < 20 * 3 * MOST_TOKENS + 64e6
    assert "more than 1,000,000 parts" in refusal(filled(b"[0.8, 1.0]", b"{}", MOST_TOKENS))


HOSTILE = """
import resource, sys
from glassnet.errors import InputError
from glassnet.files.json_text import MOST_ITEMS, MOST_TOKENS
from glassnet.files.model import build_stack, read_model

import numpy
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]),) * 2)
try:
    build_stack(read_model(sys.argv[1]))
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("units", [10**6, 10**9, 10**12, 2**53])
def test_a_small_file_that_declares_much_allocates_little(units: int, tmp_path: Path) -> None:
    d = valid()
    d["network"]["layers"][1]["units"] = units
    for name, width in {
        "hidden.W": [3, units],
        "hidden.b": [units],
        "output.W": [units, 2],
    }.items():
        d["weights"][name] = {"shape": width, "base64": ""}
    path = tmp_path / "m.json"
    path.write_bytes(msgspec.json.encode(d))
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(path), str(64 << 20)], capture_output=True, text=True
    )
    assert "characters of base64" in done.stdout and done.stderr == "", done.stderr

"""Checkpoints: a run that is killed goes on to the same bits; damaged files are refused."""

import io
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import glassnet as gn
from glassnet.errors import FileError, InputError
from glassnet.files.checkpoint import load_checkpoint, save_checkpoint
from glassnet.nn.stack import Stack
from glassnet.nn.state import State
from glassnet.nn.user_loss import loss

PROGRAM = Path(__file__).with_name("training_program.py")


def state_with_everything(dtype: str = "float32") -> State:
    stack = Stack((gn.Dense(5), gn.BatchNorm(), gn.Dense(2)), loss("huber"), (3,))
    state = stack.initial_state(0, np.dtype(dtype))
    state.restart_optimizer(("mean", "square"))
    state.slots["mean"][:4] = [np.nan, np.inf, -0.0, 1e-45]
    state.updates, state.step, state.epoch, state.batch = 5, 2**40, 3, 2
    return state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_bit_comes_back(dtype: str, tmp_path: Path) -> None:
    state = state_with_everything(dtype)
    save_checkpoint(tmp_path / "c.npz", state, {"run": {"seed": 3}, "list": (1, "ü")})
    back, description = load_checkpoint(tmp_path / "c.npz")
    assert description == {"run": {"seed": 3}, "list": [1, "ü"]}
    assert (back.updates, back.step, back.epoch, back.batch) == (5, 2**40, 3, 2)
    assert list(back.slots) == ["mean", "square"]
    for one, other in (
        (back.parameters, state.parameters),
        (back.buffers, state.buffers),
        *((back.slots[name], state.slots[name]) for name in state.slots),
    ):
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()
        one[...] = 0  # the reader's own, to train on
    assert os.listdir(tmp_path) == ["c.npz"]


def test_numpy_reads_it_without_pickle(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.npz", state_with_everything())
    with np.load(tmp_path / "c.npz", allow_pickle=False) as arrays:
        assert arrays["parameters"].shape == arrays["slot_mean"].shape


def test_what_is_no_plain_description_is_refused(tmp_path: Path) -> None:
    for description in ({"a": object()}, {"a": float("nan")}):
        with pytest.raises(InputError):
            save_checkpoint(tmp_path / "c.npz", state_with_everything(), description)
    assert os.listdir(tmp_path) == []


def text_of(path: Path) -> bytes:
    save_checkpoint(path, state_with_everything(), {"a": 1})
    return path.read_bytes()


def members(**changes: object) -> bytes:
    """A checkpoint with some arrays changed, or left out (None), or raw bytes."""
    state = state_with_everything()
    arrays: dict[str, object] = {
        "version": np.array([1], dtype="<i8"),
        "description": np.frombuffer(b"{}", dtype=np.uint8),
        "counters": np.zeros(4, dtype="<i8"),
        "parameters": state.parameters,
        "buffers": state.buffers,
        **changes,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, value in arrays.items():
            if isinstance(value, np.ndarray):
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, value)
                archive.writestr(f"{name}.npy", buffer.getvalue())
            elif isinstance(value, bytes):
                archive.writestr(f"{name}.npy", value)
    return file.getvalue()


def header(shape: str, dtype: str = "'<f4'") -> bytes:
    text = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no checkpoint"),
        (b"PK\x03\x04", "is no checkpoint"),
        (members(parameters=None), "it has no 'parameters'"),
        (members(version=np.array([2])), r"made by a newer glassnet \(version \[2\]\)"),
        (members(counters=np.array([1, 2, 3])), "four numbers from 0"),
        (members(counters=np.array([1, 2, 3, -4])), "four numbers from 0"),
        (members(parameters=np.zeros(3, dtype="<i8")), "'parameters' has the type int64"),
        (members(buffers=np.zeros(3)), "'buffers' does not fit"),
        (members(slot_mean=np.zeros(3, dtype="<f4")), "'mean' does not fit"),
        (members(parameters=header("(1000000000000,)")), "not what its header declares"),
        (members(parameters=header("(-1,)")), "not what its header declares"),
        (members(parameters=header("(2, 2)") + b"x" * 16), "not what its header declares"),
        (members(parameters=header("(1,)", "'|O'") + b"x" * 8), "not what its header declares"),
        (members(parameters=header("(((((")), "damaged"),
        (members(parameters=b"x"), "damaged"),
        (members(description=np.frombuffer(b"[1]", dtype=np.uint8)), "'description' is not"),
        (members(description=np.frombuffer(b"[" * 99999, dtype=np.uint8)), "'description' is not"),
        (members(description=np.frombuffer(b"\xff", dtype=np.uint8)), "'description' is not"),
    ],
)
def test_a_broken_checkpoint_is_refused(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        load_checkpoint(path)
    assert "c.npz'" in str(caught.value) and "\n" not in str(caught.value)


def test_a_compressed_archive_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    np.savez_compressed(path, parameters=np.zeros(10**6))
    with pytest.raises(InputError, match="compressed"):
        load_checkpoint(path)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        load_checkpoint(tmp_path / "none.npz")
    with pytest.raises(FileError, match="does not exist"):
        save_checkpoint(tmp_path / "none" / "c.npz", state_with_everything())


@given(data=st.data())
def test_any_changed_byte_is_noticed_or_harmless(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("c") / "c.npz"
    text = bytearray(text_of(path))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text) - 1))
        text[begin : begin + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    path.write_bytes(text)
    try:
        state, _ = load_checkpoint(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert state.parameters.tobytes() == state_with_everything().parameters.tobytes()


def train(path: Path, killed_at: int = 0, when: str = "after") -> None:
    command = [sys.executable, str(PROGRAM), str(path), str(killed_at), when]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == (-signal.SIGKILL if killed_at else 0), done.stderr


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    train(tmp_path / "whole.npz")
    train(tmp_path / "cut.npz", killed_at=7)
    assert load_checkpoint(tmp_path / "cut.npz")[0].step == 7
    train(tmp_path / "cut.npz", killed_at=13, when="writing")
    assert load_checkpoint(tmp_path / "cut.npz")[0].step == 12  # that of before is still whole
    train(tmp_path / "cut.npz")
    assert (tmp_path / "cut.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()

"""The model file: made from a stack and its state, written, read and built again.

Every fault of a file is one sentence with its place, and nothing that a file names is run.
"""

import os
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from glassnet import __version__
from glassnet.errors import InputError
from glassnet.files import registry
from glassnet.files.atomic import unreadable, write_bytes
from glassnet.files.json_text import look_through, pretty
from glassnet.files.model_checks import check_arrays, check_document, checked_stack
from glassnet.files.model_document import VERSION, ModelDocument, NetworkDocument
from glassnet.files.plain import to_plain
from glassnet.files.run import run_to_plain
from glassnet.files.typed import sentence, to_struct
from glassnet.files.vectors import VectorDocument, as_vector, decode_vector, encode_vector
from glassnet.files.words import inside, place_in
from glassnet.nn.arrays import Array
from glassnet.nn.parameters import Layout
from glassnet.nn.stack import Stack
from glassnet.nn.state import State

MAX_SIZE = 1_000_000_000  # bytes

_SMALL = 1 << 20  # up to here a whole file may become Python objects, to show what was found
Kind = Literal["network", "classifier", "regressor"]
T = TypeVar("T")


class _Header(msgspec.Struct, frozen=True):
    """What is looked at before anything else."""

    format: msgspec.Raw = msgspec.Raw(b"null")
    version: msgspec.Raw = msgspec.Raw(b"null")


def make_document(
    stack: Stack, state: State, *, seed: int = 0, kind: Kind = "network", **fields: Any
) -> ModelDocument:
    """The document of a stack and its state, in the dtype of its parameters.

    fields: what the estimators add: run, classes, preprocessing, threshold, target, scores; they
    may also be added later with ``msgspec.structs.replace``. Raises ``InputError`` where two
    different parts of the user's have one name.
    """
    _check_user_names(stack)
    network = NetworkDocument(
        input_shape=list(stack.input_shape),
        dtype="float64" if state.parameters.dtype == np.float64 else "float32",
        seed=seed,
        layers=[registry.describe(layer) for layer in stack.layers],
        loss=registry.name_or_table(stack.loss),
        epoch=state.epoch,
        step=state.step,
        batch=state.batch,
    )
    return ModelDocument(
        kind=kind,
        created_with=f"glassnet {__version__}",
        network=network,
        weights=_arrays(stack.layout, state.parameters),
        buffers=_arrays(stack.buffer_layout, state.buffers),
        **fields,
    )


def build_stack(
    document: ModelDocument, parts: registry.Parts | None = None, source: str = ""
) -> tuple[Stack, State]:
    """The stack and the state of a document; the user's own parts come from `parts`, by name.

    The optimizer's slots are not in a model file; training goes on with new ones. Raises
    ``InputError`` with the place where a part is missing or an array does not fit.
    """
    stack = checked_stack(document, {} if parts is None else parts, source)
    assert stack is not None  # only stand-ins leave it open
    check_arrays(document, stack, source)
    network = document.network
    dtype = np.dtype(network.dtype)
    parameters = _vector(document.weights, stack.layout, dtype, inside(source, "weights"))
    buffers = _vector(document.buffers, stack.buffer_layout, dtype, inside(source, "buffers"))
    return stack, State(
        parameters, buffers, step=network.step, epoch=network.epoch, batch=network.batch
    )


def write_model(
    path: str | os.PathLike[str], document: ModelDocument, readable: bool = False
) -> None:
    """Write a model file, whole or not at all; `readable` writes weights as decimals.

    Raises ``InputError`` where the document cannot be read again, ``FileError`` where the system
    refuses.
    """
    write_bytes(path, model_to_json(document, readable))


def read_model(path: str | os.PathLike[str], max_size: int = MAX_SIZE) -> ModelDocument:
    """The checked document of a model file.

    Raises ``FileError`` where the file cannot be read, ``InputError`` with the place of the first
    fault. At most about 20 times the file's size is allocated on the way, and nothing is run.
    """
    source = f"'{os.fsdecode(path)}'"
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_size:
                raise InputError(
                    f"{source} has {size:,} bytes, more than the {max_size:,} that are allowed; "
                    "a larger max_size lets it be read"
                )
            data = file.read(size + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    return model_from_json(data, source)


def model_to_json(document: ModelDocument, readable: bool = False) -> bytes:
    """The document as JSON text: indented where it is small, each array on one line."""
    small = _small_part(document)
    check_document(
        msgspec.structs.replace(
            to_struct({**small, "weights": {}, "buffers": {}}, ModelDocument),
            weights=document.weights,
            buffers=document.buffers,
        )
    )
    dtype = np.dtype(document.network.dtype)
    pieces = [pretty(small).removesuffix("\n}").encode("utf-8")]
    for name in ("weights", "buffers"):
        pieces.append(f',\n  "{name}": {{'.encode())
        for count, (key, vector) in enumerate(getattr(document, name).items()):
            pieces.append(b",\n    " if count else b"\n    ")
            pieces += _line(key, as_vector(vector, dtype, readable, inside(name, key)))
        pieces.append(b"\n  }" if getattr(document, name) else b"}")
    return b"".join([*pieces, b"\n}\n"])


def _small_part(document: ModelDocument) -> dict[str, Any]:
    """All but the arrays, as plain data whose numbers are finite."""
    bare = msgspec.structs.replace(document, scores={}, weights={}, buffers={})
    plain = to_plain(msgspec.to_builtins(bare, enc_hook=_plain_number), finite=True)
    plain["scores"] = to_plain(document.scores, "scores")
    if document.run is not None:
        plain["run"] = run_to_plain(document.run)
    return {name: value for name, value in plain.items() if name not in ("weights", "buffers")}


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise InputError(f"{type(value).__name__} cannot be saved in a model file")


def model_from_json(data: bytes, source: str = "") -> ModelDocument:
    """The checked document of JSON text. Raises ``InputError`` with the place of a fault."""
    if not data.strip():
        raise InputError(place_in(source, "is empty; a model file is JSON"))
    header = _decode(data, _Header, source)
    if bytes(header.format) != b'"glassnet"':
        raise InputError(place_in(source, 'is no model file: it does not say "format": "glassnet"'))
    _check_version(bytes(header.version), source)
    look_through(data, source)
    document = _decode(data, ModelDocument, source)
    check_document(document, source)
    return document


def _check_version(raw: bytes, source: str) -> None:
    version = raw.decode("utf-8", "replace")[:20]
    if version == str(VERSION):
        return
    if version.isascii() and version.isdigit() and version.lstrip("0"):
        raise InputError(
            place_in(source, f"made by a newer glassnet (version {version}); update glassnet")
        )
    raise InputError(place_in(source, f"version: expected {VERSION}, found {version}"))


def _decode(data: bytes, kind: type[T], source: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        fault = sentence(error, kind, _everything(data), source)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fault = place_in(source, f"is not valid JSON: {_plainly(error)}")
    except RecursionError:
        fault = place_in(source, "is nested too deeply; no model is")
    raise InputError(fault)


def _everything(data: bytes) -> Any:
    """A small file's whole content, to show what was found; null for a large one."""
    if len(data) > _SMALL:
        return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _plainly(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is not UTF-8"
    if "truncated" in str(error):
        return "it ends too early; was it copied whole?"
    return str(error).removeprefix("JSON is malformed: ")


def _check_user_names(stack: Stack) -> None:
    """A name stands for one part: two of one name could not be told apart when handed back."""
    seen: dict[str, object] = {}
    for part in (*stack.layers, stack.loss):
        for name, own in registry.user_parts(part):
            if name in seen and seen[name] != own:
                raise InputError(
                    f"two different parts of yours are named '{name}'; give each an attribute "
                    "'name' of its own, so that the file can tell them apart"
                )
            seen[name] = own


def _arrays(layout: Layout, vector: Array) -> dict[str, VectorDocument]:
    return {segment.name: encode_vector(segment.view(vector)) for segment in layout.segments}


def _vector(
    arrays: dict[str, VectorDocument], layout: Layout, dtype: np.dtype, place: str
) -> Array:
    vector = np.empty(layout.size, dtype=dtype)
    for segment in layout.segments:
        where = inside(place, segment.name)
        array = decode_vector(arrays[segment.name], segment.shape, dtype, where)
        vector[segment.slice] = array.reshape(-1)
    return vector


def _line(key: str, vector: VectorDocument) -> list[bytes]:
    start = f'{pretty(key)}: {{"shape": {pretty(vector.shape)}, '
    if not isinstance(vector.values, msgspec.UnsetType):
        return [start.encode("utf-8"), b'"values": ', bytes(vector.values), b"}"]
    return [start.encode("utf-8"), b'"base64": "', (vector.base64 or "").encode("ascii"), b'"}']

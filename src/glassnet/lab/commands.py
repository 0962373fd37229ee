"""What a page may ask of a session: small tables, each with the word `do`."""

from typing import Annotated, Any, Literal

import msgspec

from glassnet.errors import InputError
from glassnet.files.typed import to_struct
from glassnet.files.words import show

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Step = Annotated[int, msgspec.Meta(ge=0)]
Views = Literal["network", "units", "output", "loss"]


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Begin with this run: data, network, training."""

    run: dict[str, Any]


class Play(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Train; speed: steps a second, None for as fast as it goes."""

    speed: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None


class Pause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stop after the steps under way."""


class MakeSteps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many steps, then pause."""

    count: Count = 1


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To the end of the pass, then pause."""


class Reset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Begin anew with the same run."""


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another value for a field of the training, from here on: such as learning_rate."""

    field: Literal["learning_rate", "batch_size", "l1", "l2", "weight_decay", "clip_norm",
                   "max_norm"]  # fmt: skip
    value: Any


class Seek(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Show the network as it stood before this step."""

    step: Step


class Now(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Back from the past."""


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of its own from the step that is shown."""


class Select(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Show another line; they count from 0."""

    line: Step


class Want(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page shows: nothing else is worked out."""

    views: list[Views]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Explain a step with a sample (of the training samples, from 1), a unit, a weight."""

    sample: Count = 1
    unit: str | None = None
    weight: str | None = None


class Take(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The run or the model, as a file."""

    what: Literal["toml", "model"]


Command = (
    Open | Play | Pause | MakeSteps | Epoch | Reset | Change | Seek | Now | Branch | Select | Want
    | Ask | Take
)  # fmt: skip

KINDS: dict[str, type[Command]] = {
    "open": Open, "play": Play, "pause": Pause, "step": MakeSteps, "epoch": Epoch, "reset": Reset,
    "change": Change, "seek": Seek, "now": Now, "branch": Branch, "select": Select, "want": Want,
    "ask": Ask, "take": Take,
}  # fmt: skip


def read_command(message: Any) -> Command:
    """The command of a message. Raises ``InputError`` in a sentence for what is none."""
    if not isinstance(message, dict):
        raise InputError(f"a command is a table with 'do', found {show(message)}")
    kind = KINDS.get(message.get("do", "")) if isinstance(message.get("do"), str) else None
    if kind is None:
        raise InputError(
            f"a command says what to do: one of {', '.join(KINDS)}; found {show(message.get('do'))}"
        )
    fields = {name: value for name, value in message.items() if name != "do"}
    return to_struct(fields, kind, str(message["do"]))

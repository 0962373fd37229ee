"""What a page may ask of a session: small tables, each with the word `do`."""

from typing import Annotated, Any, Literal

import msgspec

from glassnet.errors import InputError
from glassnet.files.typed import to_struct
from glassnet.files.words import show

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Part = Literal["train", "held_out"]
View = Literal["network", "units", "output", "loss", "gradients", "histograms", "confusion",
               "scores", "fit", "sample"]  # fmt: skip
Field = Literal["data", "hidden", "loss", "optimizer", "learning_rate", "batch_size", "l1", "l2",
                "initializer", "scaling", "seed"]  # fmt: skip


class _Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Open(_Command, frozen=True):
    """Begin with this run; without one: go on with what is open, or begin with the usual one."""

    run: dict[str, Any] | None = None


class Set(_Command, frozen=True):
    """Another value for a field of the setting."""

    field: Field
    value: Any


class Play(_Command, frozen=True):
    """Train; speed: steps a second, None for as fast as it goes."""

    speed: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None


class Pause(_Command, frozen=True):
    """Stop after the steps under way."""


class MakeSteps(_Command, frozen=True):
    """So many steps, then pause."""

    count: Count = 1


class Epoch(_Command, frozen=True):
    """To the end of the pass, then pause."""


class Reset(_Command, frozen=True):
    """Begin anew with the same run."""


class Seek(_Command, frozen=True):
    """Show the network as it stood before this step."""

    step: Place


class Now(_Command, frozen=True):
    """Back from the past."""


class Branch(_Command, frozen=True):
    """A line of its own from the step that is shown, with other values for some live fields."""

    change: dict[str, float] = {}


class Another(_Command, frozen=True):
    """A line of its own from the start, with the same data and setting."""


class Select(_Command, frozen=True):
    """Show another line; they count from 0."""

    line: Place


class Keep(_Command, frozen=True):
    """Keep only this line."""

    line: Place


class Compare(_Command, frozen=True):
    """Show a second line beside the one that is shown; None: no more."""

    line: Place | None = None


class Want(_Command, frozen=True):
    """What the page shows: nothing else is worked out."""

    views: list[View]


class Watch(_Command, frozen=True):
    """Choose the sample of the view "sample"; values: other numbers for some of its features."""

    part: Part
    sample: Count
    values: dict[str, float] = {}


class Draw(_Command, frozen=True):
    """A drawing is the sample: the array ink (h, w) of 0 to 255."""


class Ask(_Command, frozen=True):
    """Explain a step with a sample of a part (from 1), or with its batch: a unit, a weight."""

    part: Part = "train"
    sample: Count = 1
    batch: bool = False
    unit: Text | None = None
    weight: Text | None = None


class ChoosePart(_Command, frozen=True):
    """Which samples the confusion and the scores are of."""

    part: Part


class Cell(_Command, frozen=True):
    """The samples in a cell of the confusion; classes by their places."""

    truth: Place
    said: Place
    part: Part = "held_out"


class ReadFile(_Command, frozen=True):
    """A file of one's own, the array data: looked at before it is used."""

    name: Text
    target: Text | None = None
    categorical: list[Text] = []
    leave_out: list[Text] = []
    leave_out_rows: list[Count] = []
    task: Literal["classification", "regression"] | None = None
    encoding: Literal["utf-8", "cp1252"] = "utf-8"


class Pictures(_Command, frozen=True):
    """Pictures of one's own, the array pixels (n, h, w), and the label of each."""

    name: Text
    labels: list[Text]


class Points(_Command, frozen=True):
    """Points set by hand: the arrays points (n, 2) and targets (n,)."""


class Use(_Command, frozen=True):
    """Take the data that were looked at; test: the share held out."""

    test: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.2


class Take(_Command, frozen=True):
    """The run, the model, a program or a recording, as a file."""

    what: Literal["toml", "model", "python", "replay"]


Command = _Command
KINDS: dict[str, type[Command]] = {
    "open": Open, "set": Set, "play": Play, "pause": Pause, "step": MakeSteps, "epoch": Epoch,
    "reset": Reset, "seek": Seek, "now": Now, "branch": Branch, "another": Another,
    "select": Select, "keep": Keep, "compare": Compare, "want": Want, "watch": Watch, "draw": Draw,
    "ask": Ask, "part": ChoosePart, "cell": Cell, "read": ReadFile, "pictures": Pictures,
    "points": Points, "use": Use, "take": Take,
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

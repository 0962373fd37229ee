"""What `--print-labels` prints: after each epoch the figures, the actual and predicted labels."""

from typing import TYPE_CHECKING, Any

import click

from glassnet.training.events import EpochEnded, Event, Listener

if TYPE_CHECKING:
    from glassnet.data import Dataset


def watch_labels(estimator: Any, data: "Dataset") -> Listener:
    """A listener that predicts the training samples after each epoch and prints both rows."""
    from glassnet.cli.progress import figures
    from glassnet.errors import InputError

    if data.classes is None:
        raise InputError(f"--print-labels is about classes, but {data.name} holds numbers")
    actual = _row(data.y.tolist())

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            predictions = estimator.predict(data.X)
            right = int((predictions == data.y).sum())
            told = [f"accuracy {right / len(data):.4f}", f"{right} of {len(data)}"]
            told += [part for part in figures(event) if not part.startswith("right")]
            click.echo(
                f"epoch {event.epoch}  {'  '.join(told)}\n"
                f"  actual    {actual}\n"
                f"  predicted {_row(predictions.tolist())}"
            )

    return listen


def _row(labels: list[Any]) -> str:
    """Labels of one character side by side, longer ones with a space between."""
    words = [str(label) for label in labels]
    return ("" if all(len(word) == 1 for word in words) else " ").join(words)

"""What the examples share: a system's run, from the description that `glassnet train` uses."""

from importlib.resources import files

from msgspec.structs import replace

from glassnet.files.run import Run, run_from_toml
from glassnet.models.run import Result


def described(name: str, seed: int = 0) -> Run:
    """The run that is shipped under this name, with another seed."""
    text = (files("glassnet.models") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    return replace(run_from_toml(text, name), seed=seed)


def tell(what: str, result: Result) -> None:
    """One line: what was trained, its scores, and how long it took."""
    parts = [f"training data {result.train.right} of {result.train.samples} right"]
    if result.test is not None and result.test.interval is not None:
        low, high = result.test.interval
        parts.append(f"held out {result.test.value:.2%} (95 % interval {low:.2%} to {high:.2%})")
    if result.cross_validation is not None:
        parts.append(f"cross-validated {result.cross_validation.mean:.2%}")
    epochs = result.history.epochs
    print(f"{what}: {', '.join(parts)}; {epochs:,} epochs in {result.seconds:.1f} s")

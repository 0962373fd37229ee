"""MNIST cut to 11×11 pixels, the first 1,000 images: 15 runs, 5 seeds of each setting.

About 15 seconds. Needs MNIST: downloaded on first use, or looked for under GLASSNET_DATA.
"""

from statistics import fmean

from msgspec.structs import replace
from system import described

from glassnet.files.run import Run
from glassnet.models.described import load_run_data, make_estimator

SEEDS = range(5)


def main() -> None:
    """The original's accuracy at both widths, and what the same 1,000 samples can give."""
    for width, train_range, test_range in (
        (100, (0.60, 0.70), (0.40, 0.52)),
        (20, (0.35, 0.50), (0.24, 0.41)),
    ):
        scores = [train_and_score(original(width, seed)) for seed in SEEDS]
        train, test, _ = map(fmean, zip(*scores, strict=True))
        print(f"original 121-{width}-10: training {train:.1%}, first 1,000 test images {test:.1%}")
        assert train_range[0] <= train <= train_range[1]
        assert test_range[0] <= test <= test_range[1]

    scores = [train_and_score(described("mnist-compressed", seed)) for seed in SEEDS]
    train, first, whole = map(fmean, zip(*scores, strict=True))
    print(f"default: training {train:.1%}, first 1,000 test images {first:.1%}, all {whole:.1%}")
    assert first >= 0.86
    assert whole >= 0.89


def original(width: int, seed: int) -> Run:
    """The write-up's run with this many hidden units."""
    run = described("mnist-compressed-original", seed)
    hidden, output = run.model.layers
    assert isinstance(hidden, dict)
    return replace(run, model=replace(run.model, layers=[{**hidden, "units": width}, output]))


def train_and_score(run: Run) -> tuple[float, float, float]:
    """Accuracy on the training data, on the first 1,000 test images, and on all of them."""
    train, test = load_run_data(run)
    model = make_estimator(run, train).fit(train.X, train.y)
    assert test is not None
    right = model.predict(test.X) == test.y
    return model.score(train.X, train.y), right[:1000].mean(), right.mean()


if __name__ == "__main__":
    main()

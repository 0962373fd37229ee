"""Eight 2×2 pictures of four patterns: the original's setting, and ours.

About 2 seconds. Prints the first training step of the original with every number in it.
"""

from system import described, tell

from glassnet.insight.explain import explain
from glassnet.models.described import load_run_data, make_estimator
from glassnet.models.run import execute


def main() -> None:
    """Both runs get all eight right; the first step is explained."""
    print_first_step()
    for name in ("patterns-original", "patterns"):
        result = execute(described(name))
        tell(name, result)
        assert result.train.right == result.train.samples == 8


def print_first_step() -> None:
    """Initialise, forward, loss, backward, update: shapes and numbers of the original's step 1."""
    run = described("patterns-original")
    data, _ = load_run_data(run)
    model = make_estimator(run, data).set_params(epochs=0)
    model.fit(data.X, data.y)
    targets = [list(model.classes_).index(label) for label in data.y]
    step = explain(model.network_, data.X, targets, learning_rate=run.training.learning_rate)
    print(step.text())
    assert step.loss_after < step.loss


if __name__ == "__main__":
    main()

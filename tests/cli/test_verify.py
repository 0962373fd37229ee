"""`glassnet verify`: a file with a network of one's own, right, wrong, and unusable."""

from pathlib import Path

import pytest

from cli.helpers import assert_refused, program, run

NETWORK = """
import numpy as np

rng = np.random.default_rng(0)
inputs, targets = rng.normal(size=(5, 40)), np.eye(3)[rng.integers(3, size=40)].T
m = inputs.shape[1]
parameters = {
    "W1": rng.normal(size=(6, 5)), "b1": rng.normal(size=(6, 1)),
    "W2": rng.normal(size=(3, 6)), "b2": rng.normal(size=(3, 1)),
}


def forward(p):
    A1 = np.tanh(p["W1"] @ inputs + p["b1"])
    E = np.exp(p["W2"] @ A1 + p["b2"])
    return A1, E / E.sum(axis=0)


def loss(p):
    return -np.mean(np.sum(targets * np.log(forward(p)[1]), axis=0))


def gradients(p):
    A1, A2 = forward(p)
    dZ2 = A2 - targets
    dZ1 = (p["W2"].T @ dZ2) * (1 - A1**2)
    return {
        "W1": dZ1 @ inputs.T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m,
        "W2": dZ2 @ A1.T / m, "b2": dZ2.sum(axis=1, keepdims=True) / m,
    }


if __name__ == "__main__":
    raise SystemExit("training begins")
"""


def written(folder: Path, text: str, name: str = "my_network.py") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_right_gradient(tmp_path):
    result = run("verify", written(tmp_path, NETWORK))
    assert result.exit_code == 0, result.output
    assert result.output.startswith("the gradient is right")


def test_a_wrong_one_is_named_and_the_exit_code_tells(tmp_path):
    wrong = NETWORK.replace("dZ2.sum(axis=1, keepdims=True) / m", "np.sum(dZ2) / m")
    assert wrong != NETWORK
    result = run("verify", written(tmp_path, wrong))
    assert result.exit_code == 3
    assert "b2: bias-summed-to-scalar" in result.output


def test_functions_that_take_the_data(tmp_path):
    """With X and Y, both are called as f(parameters, X, Y)."""
    given = NETWORK.replace("inputs, targets =", "X, Y =").replace("inputs.shape", "X.shape")
    given = given.replace("(p):", "(p, inputs, targets):")
    given = given.replace("forward(p)", "forward(p, inputs, targets)")
    result = run("verify", written(tmp_path, given))
    assert result.exit_code == 0, result.output


def test_functions_that_find_the_data_themselves(tmp_path):
    """X and Y stand in the file, as in most notebooks, and are no arguments."""
    result = run("verify", written(tmp_path, NETWORK + "\n\nX, Y = inputs, targets\n"))
    assert result.exit_code == 0, result.output


def test_what_lies_beside_the_file_can_be_imported(tmp_path):
    written(tmp_path, NETWORK, "network_parts.py")
    path = written(tmp_path, "from network_parts import gradients, loss, parameters\n")
    done = program("verify", path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the gradient is right")


@pytest.mark.parametrize("text, words", [
    ("x = 1\n", ("parameters and loss and gradients",)),
    (NETWORK.replace("def gradients", "def grads"), ("does not define gradients",)),
    ("import numpy as np\n\nnp.zeros(2) @ np.zeros(3)\n", ("line 3", "ValueError")),
    ("def f(:\n", ("line 1", "no Python")),
    ("import sys\nsys.exit(0)\n", ("ends the program itself", "__main__")),
    ("import nothing_of_that_name\n", ("line 1", "nothing_of_that_name")),
    ("open('no such file')\n", ("line 1", "FileNotFoundError")),
    (NETWORK.replace("return -np.mean", "return 1 / 0 - np.mean"), ("ZeroDivisionError",)),
    (NETWORK.replace("return -np.mean(", "return -(") , ("loss",)),
])  # fmt: skip
def test_files_that_cannot_be_used(text, words, tmp_path):
    assert_refused(run("verify", written(tmp_path, text)), *words)


TAKES_DATA = """
import numpy as np

X, y = np.ones((3, 2)), np.ones((3, 1))
parameters = {"W": np.ones((2, 1))}


def loss(p, X, y):
    return np.mean((X @ p["W"] - y) ** 2)


def gradients(p, X, y):
    return {"W": 2 * X.T @ (X @ p["W"] - y) / len(X)}
"""


def test_data_by_another_name(tmp_path):
    """y for Y is named, not asked for."""
    path = written(tmp_path, TAKES_DATA)
    assert_refused(run("verify", path), "does not define Y", "it defines y: call that Y")
    path = written(tmp_path, TAKES_DATA.replace("X, y =", "x, y ="))
    assert_refused(run("verify", path), "X and Y", "call that X; it defines y: call that Y")
    path = written(tmp_path, TAKES_DATA.replace("X, y =", "X, labels ="))
    assert_refused(run("verify", path), "does not define Y", "define it in the file")
    assert run("verify", written(tmp_path, TAKES_DATA.replace("X, y =", "X, Y ="))).exit_code == 0


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "binary.py"
    path.write_bytes(b"\x00\xff\x07")
    result = run("verify", str(path))
    assert_refused(result, "no Python")
    assert "None" not in result.output


def test_no_file(tmp_path):
    assert_refused(run("verify", str(tmp_path / "none.py")), "there is no file")
    assert_refused(run("verify", str(tmp_path)), "there is no file")

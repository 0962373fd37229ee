"""Where downloads come from, data sets and Pyodide's files: the only file with addresses.

The addresses are tried in order; the SHA-256 decides, not the address.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One file of a data set: its original name, its size in bytes, and its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class RemoteSet:
    """The files of a data set, and the addresses of the folders that hold them."""

    name: str
    files: tuple[RemoteFile, ...]
    addresses: tuple[str, ...]


MNIST = RemoteSet(
    name="mnist",
    files=(
        RemoteFile(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    addresses=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
)

FASHION_MNIST = RemoteSet(
    name="fashion-mnist",
    files=(
        RemoteFile(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    addresses=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
)

REMOTE_SETS: dict[str, RemoteSet] = {s.name: s for s in (MNIST, FASHION_MNIST)}

# Python for the browser: the runtime's files with their SHA-256, and the wheels that it reads.
# A wheel's choices are in order of preference; any one of them will do.
PYODIDE_VERSION = "314.0.3"
PYODIDE_INFO = {  # as its pyodide-lock.json says
    "abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0",
}  # fmt: skip
PYODIDE_ADDRESSES = ("https://cdn.jsdelivr.net/pyodide/v314.0.3/full/",)
PYODIDE_FILES: dict[str, str] = {
    "pyodide.mjs": "5cfc46f5dcbaf2a16f26e2363f441873eb424762609cc03db00d6a2ace4d00e5",
    "pyodide.asm.mjs": "1a9775427ef6e8abaa7db88ece0515422d1886915ae5c9093776410c865dfd8d",
    "pyodide.asm.wasm": "e7f8fac36f8bf11085309cbc5c829b3ec3057c18bf1d73b05a6741612d63cdbf",
    "python_stdlib.zip": "444c770dfd75a32097fc0a7d5c1413fd3140601f49c3a1f2e9af0376fcd124b4",
}
PYODIDE_WHEELS: dict[str, dict[str, str]] = {
    "numpy": {
        "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl": (
            "0cad9c1b91f0082e4f959bc0e0bf5835a2efbba6ab3b1e9d1fe6e7e564cca98e"
        ),
    },
    "msgspec": {
        "msgspec-0.20.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl": (
            "c83b7ee0a54570ef95f02c5a665355dbade5fb476b9edd1433335e1272238bb2"
        ),
        # Newer than Pyodide's own; the package index has it.
        "msgspec-0.23.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl": (
            "1836f50ad87e7c56600b648a1b75c3bbcce62835cb1f489435fc5fee8d068831"
        ),
    },
}

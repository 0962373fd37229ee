"""Reads the documentation: its pages, their fenced blocks, and what a block of output demands."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES if "_build" not in page.parts]

# What a fence may be called, and what the tests do with the block.
KINDS = {
    "python": "run, in the page's own namespace and folder; kept where it begins with '# name.py'",
    "text": "what the python block right before it prints",
    "console": "each '$ glassnet' command run, its output compared with what follows it",
    "toml": "kept as run.toml in the page's folder, and read as a run's description",
    "sh": "not run: about the repository itself, and each line checked",
    "": "a formula, a tree or a file's content: not run",
}


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line of its first content (from 1), what it's called."""

    page: str
    line: int
    kind: str
    text: str

    @property
    def place(self) -> str:
        """Where the block stands, as editors understand it."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a console block with the output that is shown under it."""

    line: int
    words: str
    output: str


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page, in order; an open fence at the end is an error."""
    found: list[Block] = []
    kind: str | None = None
    lines: list[str] = []
    first = 0
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(.*)$", line)
        if fence and kind is None:
            kind, lines, first = fence[1].strip(), [], number + 1
        elif fence:
            found.append(Block(page, first, str(kind), "\n".join(lines)))
            kind = None
        elif kind is not None:
            lines.append(line)
    assert kind is None, f"{page}:{first}: the fence is never closed"
    return found


def commands_of(block: Block) -> list[Command]:
    """The commands of a console block; its first line is one."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert parts[0] == "", f"{block.place}: a console block begins with '$ '"
    commands, line = [], block.line
    for part in parts[1:]:
        words, _, output = part.partition("\n")
        commands.append(Command(line, words.strip(), output.rstrip("\n")))
        line += part.count("\n")
    return commands


def matches(shown: str, real: str) -> bool:
    """Whether the real output is the one shown, '…' standing for any text of a line, and a line
    of '…' alone for any lines."""
    patterns = []
    for line in shown.splitlines():
        if line.strip() == "…":
            patterns.append(r"(?:[^\n]*\n)*?")
        else:
            parts = [re.escape(part) for part in line.rstrip().split("…")]
            patterns.append(r"[^\n]*".join(parts) + r"\n")
    text = "".join(f"{line.rstrip()}\n" for line in real.rstrip().splitlines())
    return re.fullmatch("".join(patterns), text) is not None

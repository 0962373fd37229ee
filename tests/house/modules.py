"""Reads which module of glassnet imports which, from the source text alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src"


def all_modules(source: Path = SOURCE) -> dict[str, Path]:
    """Every module's dotted name and its file; a package is called by its folder's name."""
    found = {}
    for path in sorted((source / "glassnet").rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_names(name: str, path: Path) -> Iterator[tuple[int, str, str | None]]:
    """Each import, also inside functions: line, module as written in full, name taken from it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
                base = f"{anchor}.{base}" if base else anchor
            for alias in node.names:
                yield node.lineno, base, alias.name


def house_imports(modules: dict[str, Path]) -> dict[str, list[tuple[int, str]]]:
    """For every module: the lines on which it imports modules of glassnet, and which."""
    edges: dict[str, list[tuple[int, str]]] = {}
    for name, path in modules.items():
        edges[name] = [
            (line, f"{base}.{taken}" if taken and f"{base}.{taken}" in modules else base)
            for line, base, taken in imported_names(name, path)
            if base.split(".")[0] == "glassnet"
        ]
    return edges


def find_circle(edges: dict[str, list[str]]) -> list[str] | None:
    """One closed walk through the graph, first node repeated at the end, or None."""
    done: set[str] = set()

    def visit(node: str, walk: list[str]) -> list[str] | None:
        if node in walk:
            return [*walk[walk.index(node) :], node]
        if node in done:
            return None
        for following in edges.get(node, []):
            circle = visit(following, [*walk, node])
            if circle:
                return circle
        done.add(node)
        return None

    for start in edges:
        circle = visit(start, [])
        if circle:
            return circle
    return None

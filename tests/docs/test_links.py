"""Links lead somewhere, every page and picture is had from another, each system is complete."""

import re
from pathlib import Path

import pytest

from docs.pages import NAMES, ROOT
from glassnet.files.run import read_run

PRESETS = ROOT / "src" / "glassnet" / "models" / "presets"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")


def without_blocks(page: str) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: str) -> set[str]:
    """The anchors that GitHub and Sphinx give to the page's headings."""
    titles = re.findall(r"^#+ (.*)$", without_blocks(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    broken = []
    for found in LINK.findall(without_blocks(page)):
        link = found[0] or found[1]
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists():
            broken.append(link)
        elif anchor:
            name = target.resolve().relative_to(ROOT).as_posix()
            broken += [link] if anchor not in anchors(name) else []
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    """The site's table of contents is made from these links."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^\]]*\]\(([\w/-]+)\.md\)", text, re.MULTILINE)
    pages = {name.removeprefix("docs/").removesuffix(".md") for name in NAMES[1:]}
    assert sorted(listed) == sorted(pages - {"index"})


def test_every_picture_is_used() -> None:
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in NAMES)
    pictures = [path.name for path in (ROOT / "docs" / "pictures").iterdir()]
    assert [name for name in pictures if name not in text] == []


def test_each_system_has_a_page_an_example_and_two_descriptions() -> None:
    systems = {path.stem for path in PRESETS.glob("*.toml") if not path.stem.endswith("-original")}
    assert systems == {path.stem for path in (ROOT / "docs" / "systems").glob("*.md")}
    scripts = {path.stem.replace("_", "-") for path in (ROOT / "examples").glob("*.py")}
    assert systems <= scripts
    assert all((PRESETS / f"{name}-original.toml").exists() for name in systems)


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*-original.toml")), ids=lambda p: p.stem)
def test_an_original_setting_leaves_nothing_to_our_defaults(path: Path) -> None:
    """Else a better default would change what the write-up's setting shows."""
    run = read_run(path)
    model, training = run.model, run.training
    chosen = {
        "layers": model.layers,
        "scaling": model.scaling,
        "optimizer": training.optimizer,
        "learning_rate": training.learning_rate,
        "batch_size": training.batch_size,
        "epochs": training.epochs,
        "l2": training.l2,
    }
    assert [name for name, value in chosen.items() if value == "auto"] == []
    assert model.loss is not None

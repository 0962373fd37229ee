"""How the site is built: `sphinx-build -W docs docs/_build`. No network is needed, now or later."""

import re

project = "glassnet"
author = "The glassnet authors"
copyright = "The glassnet authors, MIT licence"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "pictures"]
myst_heading_anchors = 3
# A block without a name is a formula or a tree; `console` output is no language of its own.
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "glassnet"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def setup(app):
    """Fit the pages, which are written to be read as they are, to the site."""
    app.connect("source-read", fit_page)


def fit_page(app, page, source):
    """The index gets tables of contents; a link to a file of the repository becomes its name."""
    if page == "index":
        source[0] += contents(source[0])
    source[0] = re.sub(
        r"\[([^\]]+)\]\((?:\.\./)+(?:examples|src|tests)/[^)]*\)", r"`\1`", source[0]
    )


def contents(index):
    """One hidden table of contents for each bold line of the index, with the links under it."""
    _, *parts = re.split(r"^\*\*(.+)\*\*$", index, flags=re.MULTILINE)
    tables = []
    for caption, links in zip(parts[::2], parts[1::2], strict=True):
        pages = re.findall(r"^- \[[^\]]*\]\(([\w/-]+)\.md\)", links, re.MULTILINE)
        lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```", ""]
        tables.append("\n".join(lines))
    return "\n" + "\n".join(tables)

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
    """Links from a page to a file of the repository become plain text on the site."""

    def leave_out_links(app, page, source):
        source[0] = re.sub(
            r"\[([^\]]+)\]\((?:\.\./)+(?:examples|src|tests)/[^)]*\)", r"`\1`", source[0]
        )

    app.connect("source-read", leave_out_links)

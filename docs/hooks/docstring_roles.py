"""Roles of docstrings in the API's pages: names become links, formulas lose the word."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

NAME = re.compile(r':(?:func|class|meth|mod|data|attr):<code>(~?)([\w.]+)</code>')
FORMULA = re.compile(r':math:(?=<code>)')


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace them; a name that no page describes stays without a link."""

    def link(match: re.Match) -> str:
        short, name = match.groups()
        shown = name.rsplit('.', 1)[-1] if short else name
        return f'<autoref identifier="{name}" optional><code>{shown}</code></autoref>'

    return NAME.sub(link, FORMULA.sub('', html))

"""Turn the roles of docstrings, :func:`~package.name` and its like, into links to the API's pages."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROLE = re.compile(r':(?:func|class|meth|mod|data|attr):<code>(~?)([\w.]+)</code>')


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the roles; a name that no page describes stays without a link."""

    def link(match: re.Match) -> str:
        short, name = match.groups()
        shown = name.rsplit('.', 1)[-1] if short else name
        return f'<autoref identifier="{name}" optional><code>{shown}</code></autoref>'

    return ROLE.sub(link, html)

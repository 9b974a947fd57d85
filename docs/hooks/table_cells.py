"""Let paths in tables break after their strokes and commas, and nowhere else (assets/site.css)."""

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

CELL = re.compile(r'<t[dh]\b.*?</t[dh]>', re.S)
CODE = re.compile(r'(?<=<code>)[^<]*')


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the places into the cells."""
    return CELL.sub(
        lambda cell: CODE.sub(lambda code: re.sub(r'[/,]', r'\g<0><wbr>', code[0]), cell[0]), html
    )

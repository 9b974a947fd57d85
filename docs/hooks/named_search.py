"""Give the theme's search a name, which programs that read pages aloud tell their users."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

UNNAMED = '<div class="md-search" data-md-component="search" role="dialog"'


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Put the name into a page."""
    return output.replace(UNNAMED, f'{UNNAMED} aria-label="Search"')

"""Files beside docs/ in the site: a link to one becomes a link to a page that shows it.

The documentation is read on a repository's pages as well, where `../README.md` and
`../configs/...` lead to the file itself. In the site each such file gets a page under `project/`,
and the links of every page, those of the added ones included, are turned to it. A link to a file
that does not exist stays as it is, so that the strict build names it.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
PREFIX = 'project/'
LINK = re.compile(r'(?<=\]\()(?!\w+:|#)[^)\s#]+')
WEIGHTS = ('.pth', '.onnx')  # not shown, but there to be fetched
LANGUAGES = {'.py': 'python', '.yml': 'yaml', '.yaml': 'yaml', '.cff': 'yaml'}


def source_of(uri: str) -> Path:
    """File of the project that a page of the site shows."""
    return ROOT / uri.removeprefix(PREFIX) if uri.startswith(PREFIX) else DOCS / uri


def uri_of(path: Path) -> str:
    """Where the site has a file of the project."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    if path.is_dir():
        path /= 'README.md'
    name = path.relative_to(ROOT).as_posix()
    return PREFIX + (name if path.suffix in ('.md', *WEIGHTS) else f'{name}.md')


def linked_file(link: str, page: str) -> Path | None:
    """File of the project that a page's link means, or None if there is none."""
    path = Path(os.path.normpath(source_of(page).parent / link))
    file = path / 'README.md' if path.is_dir() else path
    return path if path.is_relative_to(ROOT) and file.is_file() else None


def content_of(path: Path) -> str:
    """A file as Markdown: text in a fence that is longer than any of its own."""
    if path.is_dir():
        path /= 'README.md'
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.md':
        return text
    fence = '`' * 5
    language = LANGUAGES.get(path.suffix, 'text')
    return f'# {path.name}\n\n`{path.relative_to(ROOT)}`\n\n{fence}{language}\n{text}\n{fence}\n'


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file that a page links, and for those that these link."""
    waiting = list(files.documentation_pages())
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(page.content_string):
            path = linked_file(link, page.src_uri)
            if path is None or path.is_relative_to(DOCS) or files.get_file_from_path(uri_of(path)):
                continue
            if path.suffix in WEIGHTS:
                files.append(File.generated(config, uri_of(path), abs_src_path=str(path)))
                continue
            file = File.generated(config, uri_of(path), content=content_of(path))
            files.append(file)
            waiting.append(file)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page to the pages of the site."""
    uri = page.file.src_uri

    def turn(match: re.Match) -> str:
        path = linked_file(match[0], uri)
        if path is None:
            return match[0]
        return Path(os.path.relpath(uri_of(path), Path(uri).parent)).as_posix()

    return LINK.sub(turn, markdown)

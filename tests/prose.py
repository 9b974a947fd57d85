"""Sentences of a page of documentation."""

import re
from collections.abc import Iterator

#: What is no prose: fenced blocks, comments, tables, headings, pictures, lines of HTML, and
#: indented formulas.
NO_PROSE = re.compile(
    r'^(`{3,})[^\n]*\n.*?^\1[ \t]*$|<!--.*?-->|^(?:[ \t]*\||#|!\[|<\w|</| {4}).*?$', re.M | re.S
)
ITEM = re.compile(r'^[ \t]*(?:[-*]|\d+\.) ', re.M)
LINK = re.compile(r'!?\[([^\]]*)\]\([^)\s]*\)')
CODE = re.compile(r'`+[^`]+`+')
END = re.compile(r'(?<=[.!?])[*)"\u201d]*\s+(?=[A-Z\[*("\u201c`0-9]|CODE)')


def sentences_of(page: str) -> Iterator[str]:
    """Yield the sentences of a page in Markdown; code in a line counts as one word, `CODE`.

    Args:
        page (str): The page.

    Yields:
        str: A sentence, without addresses of links.
    """
    text = ITEM.sub('\n\n', NO_PROSE.sub('\n\n', page))
    for paragraph in re.split(r'\n\s*\n', text):
        plain = CODE.sub('CODE', LINK.sub(r'\1', ' '.join(paragraph.split())))
        yield from filter(None, END.split(plain))


def num_words(sentence: str) -> int:
    """Count what holds a letter or a digit between blanks."""
    return sum(bool(re.search(r'\w', word)) for word in sentence.split())

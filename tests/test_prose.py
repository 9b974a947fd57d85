"""The documentation is plain English: no sentence is too long to be read once."""

import pytest
from prose import num_words, sentences_of

from mdp_plugin.project_files import PROJECT_ROOT as ROOT

LONGEST = 35
PAGES = sorted(ROOT.glob('docs/*.md'))


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_no_sentence_is_too_long(page):
    sentences = sentences_of(page.read_text(encoding='utf-8'))
    assert not [sentence for sentence in sentences if num_words(sentence) > LONGEST]


def test_what_a_sentence_is():
    page = """# A title with words

One sentence with `code in it` and a [link to it](page.md#anchor). Another one, e.g.
this. *Emphasis ends here.* 3.5 is no end.

- An item. `Code` begins a sentence.

| a | table |
| --- | --- |

    L = a formula

```bash
mdpnet detect
```
"""
    assert list(sentences_of(page)) == [
        'One sentence with CODE and a link to it.',
        'Another one, e.g. this.',
        '*Emphasis ends here.',
        '3.5 is no end.',
        'An item.',
        'CODE begins a sentence.',
    ]
    assert num_words('One - two, `three` (4).') == 4

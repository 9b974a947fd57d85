"""The site in Chromium: nothing leaves the window, and axe finds nothing serious."""

import re

import pytest
from site_faults import serious_faults

#: Text, wide tables, code and formulas; each at the widths and colours that can break them.
LOOKS = [
    ('use.html', 1440, 'light'),
    ('metrics.html', 390, 'light'),
    ('distillation.html', 1024, 'dark'),
]
WAIT = 60_000  # milliseconds; the machine may be busy


@pytest.mark.parametrize(('name', 'width', 'scheme'), LOOKS)
def test_a_page_can_be_read(site_address, chromium, name, width, scheme):
    context = chromium.new_context(viewport={'width': width, 'height': 900}, color_scheme=scheme)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(site_address + name, wait_until='load')
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    faults = serious_faults(page)
    context.close()
    assert not faults


@pytest.mark.parametrize('word', ['Pd', 'install'])
def test_the_search_finds_words_of_the_field(site_address, chromium, word):
    page = chromium.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f'{site_address}index.html', wait_until='load')
    page.click('.md-search__input')
    page.fill('.md-search__input', word)
    first = page.locator('.md-search-result__item').first
    first.wait_for()
    assert re.search(word, first.inner_text(), re.I)
    page.close()

"""What axe finds wrong with a page for people who see, hear or move otherwise."""

from pathlib import Path

import pytest


def serious_faults(page) -> list[tuple]:
    """Faults of a page of Playwright that are serious or critical; skips the test without axe."""
    axe = Path(pytest.importorskip('axe_playwright_python').__file__).parent / 'axe.min.js'
    page.add_script_tag(content=axe.read_text(encoding='utf-8'))
    return [
        (each['id'], node['target'], node['failureSummary'])
        for each in page.evaluate('axe.run()')['violations']
        if each['impact'] in ('serious', 'critical')
        for node in each['nodes']
    ]

"""Warn, which the strict build takes for an error, if a page loads anything from another host."""

import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

LOADED = {
    '.html': re.compile(
        r'<(?:script|link|img|iframe|source|video)\b[^>]*\b(?:src|href)="((?:https?:)?//[^"]*)'
    ),
    '.css': re.compile(r'(?:url\(|@import)\s*["\']?((?:https?:)?//[^"\')]*)'),
}
log = logging.getLogger('mkdocs.hooks.offline')


def on_post_build(config: MkDocsConfig) -> None:
    """Look through pages and style sheets."""
    for file in sorted(Path(config.site_dir).rglob('*')):
        pattern = LOADED.get(file.suffix)
        for address in pattern.findall(file.read_text(encoding='utf-8')) if pattern else ():
            log.warning('%s loads %s', file.relative_to(config.site_dir), address)

"""Templates of HTML, which lie beside the code that fills them in."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from .project_files import PACKAGE


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PACKAGE),
        autoescape=True,  # whatever is filled in is text, unless a template says `safe`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_template(name: str) -> Template:
    """Load a template.

    Args:
        name (str): Its path in the package, such as 'reporting/page.html'.

    Returns:
        Template: Escapes what it is filled with; a value that is missing is an error.
    """
    return _environment().get_template(name)

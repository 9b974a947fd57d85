"""Write the table of models into the page of the zoo, from the metafiles."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

from mdp_plugin.zoo.entries import all_entries

PAGE = 'zoo.md'
MARK = '<!-- table of models -->'
FIGURES = {'nIoU': '.2f', 'IoU': '.2f', 'F1': '.2f', 'Pd': '.2f', 'Fa': '.1f', 'AUC': '.3f'}
HEAD = ['model', 'parameters', 'MACs', 'test split', 'scored at', *FIGURES, 'FPPI']
ALIGN = ['---', '---:', '---:', '---', '---', *['---:'] * (len(FIGURES) + 1)]


def rows() -> list[list[str]]:
    """Rows of the table: a model's first one names it, the others hold its further results."""
    table = []
    for entry in all_entries():
        about = entry['Metadata']
        alias = f'<br>`{entry["Alias"]}`' if 'Alias' in entry else ''
        first = [
            f'[{entry["Name"]}](../{entry["Config"]}){alias}',
            f'{about["Parameters"]:,}',
            f'{about["MACs"] / 1e9:.3f} G',
        ]
        for result in entry['Results']:
            figures = [f'{result["Metrics"][key]:{form}}' for key, form in FIGURES.items()]
            false = result['Metrics'].get('FPPI')
            figures.append('' if false is None else f'{false:.3f}')
            split = f'{result["Dataset"]} `{Path(result["Split"]).parent}`'
            table.append([*first, split, result['Protocol'], *figures])
            first = [''] * len(first)
    return table


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the table where the page has its mark."""
    page = files.get_file_from_path(PAGE)
    before, after = page.content_string.split(MARK)
    table = '\n'.join(f'| {" | ".join(row)} |' for row in [HEAD, ALIGN, *rows()])
    page.content_string = f'{before}{table}{after}'
    return files

"""The README is short and plain, prints what is printed, and states what the metafiles state."""

import re
from pathlib import Path

import pytest

from mdp_plugin.cli import main
from mdp_plugin.detection import TargetDetector
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.zoo.entries import read_entries

README = (PROJECT_ROOT / 'README.md').read_text(encoding='utf-8')
RESULTS = (PROJECT_ROOT / 'docs/results.md').read_text(encoding='utf-8')
ENTRIES = read_entries(PROJECT_ROOT / 'configs/mdpnet/metafile.yml')
FORMATS = {'nIoU': '.2f', 'IoU': '.2f', 'F1': '.2f', 'Pd': '.2f', 'Fa': '.1f', 'AUC': '.3f'}
AT_POINT = {**FORMATS, 'FPPI': '.3f', 'FalseFrames': '.1f'}


def sentences_of(markdown: str) -> list[str]:
    """Sentences of the prose: none in code, tables, headings and pictures; a list item ends one."""
    text = re.sub(r'^```.*?^```$', '', markdown, flags=re.M | re.S)
    text = re.sub(r'^(\||#).*$', '', text, flags=re.M)
    text = re.sub(r'!\[[^\]]*\]\([^)]*\)', '', text)
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', text)
    blocks = re.split(r'\n\s*\n|\n\s*(?:[-*]|\d+\.) ', text)
    ends = r'(?<=[.!?:])[*_)]*\s+(?=[*_("]*[A-Z0-9]|`)'
    return [
        sentence
        for block in blocks
        for sentence in re.split(ends, ' '.join(block.split()))
        if re.search(r'[A-Za-z]', sentence)
    ]


def section_of(markdown: str, heading: str) -> str:
    """What stands under the one heading that begins so."""
    found = re.split(rf'^### {re.escape(heading)}.*$', markdown, flags=re.M)
    assert len(found) == 2, f'there must be one heading "### {heading}..."'
    return found[1].split('\n#')[0]


def table_under(markdown: str, heading: str) -> dict[str, dict[str, str]]:
    """Rows of the first table under a heading, by their first cell."""
    lines = re.search(r'(?:^\|.*\n)+', section_of(markdown, heading), re.M)[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip('|').split('|')] for line in lines)
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def test_it_is_short():
    assert len(README.split()) < 1000


def test_its_sentences_are_short():
    long = [s for s in sentences_of(README) if len(s.split()) > 30]
    assert not long, '\n'.join(f'{len(s.split())} words: {s}' for s in long)


def test_what_a_sentence_is():
    text = (
        '# No sentence\n\n**One is 1.5 long.** Two goes\non, see [Some. Title](a.md).\n'
        '- Three\n- Four:\n\n```bash\nno 1\n```\n| no | 2 |\n![no](3)\n\n`five` is "5". Six?'
    )
    assert [s.split()[0] for s in sentences_of(text)] == [
        '**One', 'Two', 'Title.', 'Three', 'Four:', '`five`', 'Six?',
    ]  # fmt: skip


def test_the_quick_start_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    block = README.split('## Quick start')[1].split('## ')[0]
    shown = re.search(r'```text\n(.*?)```', block, re.S)[1]
    for command in re.findall(r'^mdpnet ((?:synth|detect) .*?) +#', block, re.M):
        capsys.readouterr()
        main(command.split())
    printed = capsys.readouterr().out
    code = re.search(r'```python\n(.*?)```', block, re.S)[1]
    exec(code, {'TargetDetector': TargetDetector})
    assert printed + capsys.readouterr().out == shown


@pytest.mark.parametrize('data_set', ['SIRST', 'NUDT-SIRST'])
def test_results_in_the_readme(data_set):
    """Values of our models at original size, and the best of each column in bold."""
    table = table_under(README, f'{data_set} ')
    measured = 0
    for entry in ENTRIES:
        for result in entry['Results']:
            name = next((name for name in table if f'({entry["Config"]})' in name), None)
            if name and (result['Dataset'], result['Protocol']) == (data_set, 'original'):
                row = {key: cell.strip('*') for key, cell in table[name].items()}
                stated = {k: f'{v:{FORMATS[k]}}' for k, v in result['Metrics'].items() if k in row}
                stated['parameters'] = f'{entry["Metadata"]["Parameters"]:,}'
                assert {key: row[key] for key in stated} == stated, name
                measured += 1
    assert measured >= 1
    for column, best in (('nIoU', max), ('IoU', max), ('Pd', max), ('Fa', min)):
        cells = [row[column] for row in table.values() if re.match(r'\**\d', row[column])]
        values = [float(cell.strip('*')) for cell in cells]
        bold = [value for value, cell in zip(values, cells, strict=True) if cell.startswith('**')]
        assert set(bold) == {best(values)}, (column, bold)


def test_every_model_of_the_first_table_is_one():
    lines = re.findall(r'^\| `([^`]+)`', README.split('## Which model?')[1].split('## ')[0], re.M)
    assert len(lines) == 5
    known = {entry.get(key) for entry in ENTRIES for key in ('Name', 'Alias')}
    assert set(lines) <= known


def test_all_results_stand_in_the_docs():
    """Each result has its row; one on the square that equals that at original size needs none."""
    missing = []
    for entry in ENTRIES:
        link = Path('..') / entry['Config']
        for result in entry['Results']:
            data_set, protocol = result['Dataset'], result['Protocol']
            others = [r['Metrics'] for r in entry['Results'] if r['Dataset'] == data_set]
            if protocol == 'square' and result['Metrics'] == others[0]:
                continue
            at_point = protocol == 'operating point'
            formats = AT_POINT if at_point else FORMATS
            cells = [f'{result["Metrics"][key]:{form}}' for key, form in formats.items()]
            heading = 'Operating points' if at_point else f'{data_set}, {protocol}'
            row = ' | '.join([f'({link})', *[data_set] * at_point, *cells])
            if f'{row} |' not in section_of(RESULTS, heading):
                missing.append(f'### {heading}...: | [NAME]{row} |')
    assert not missing, '\n'.join(['docs/results.md needs these rows:', *missing])

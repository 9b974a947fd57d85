"""`mdpnet figure`: each kind makes a valid file, with the right numbers, the same each time."""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np
import pypdfium2
import pytest

from mdp_plugin import evaluate
from mdp_plugin.cli import main
from mdp_plugin.reporting.comparison import open_comparison
from mdp_plugin.reporting.paper_grid import grid_rows, plot_grid


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Four frames of a target; predictions of which one misses and one is false."""
    root = tmp_path_factory.mktemp('figure')
    for name in ('images', 'masks', 'others', 'maps'):
        (root / name).mkdir()
    for index in range(4):
        mask = np.zeros((64, 80), np.uint8)
        mask[10 + index : 13 + index, 20:23] = 255
        image = np.random.default_rng(index).integers(0, 60, mask.shape).astype(np.uint8)
        cv2.imwrite(str(root / f'images/{index}.png'), image + mask // 2)
        cv2.imwrite(str(root / f'masks/{index}_mask.png'), mask)
        prediction = np.roll(mask, 29, axis=0) if index == 2 else mask
        cv2.imwrite(str(root / f'others/{index}.png'), prediction)
        soft = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32) / 255
        np.save(root / f'maps/{index}.npy', soft)
    return root


def figure(root, *arguments, models=('Theirs=others', 'maps', 'top-hat'), images=True):
    """The exit status of `mdpnet figure`, with paths below the root."""
    named = [re.sub(r'(others|maps)$', lambda m: str(root / m[1]), model) for model in models]
    kind, *rest = map(str, arguments)
    folders = ['--images', str(root / 'images'), '--truths', str(root / 'masks')]
    return main(['figure', kind, '--models', *named, *(folders if images else []), *rest])


@pytest.mark.parametrize('kind', ['grid', 'roc', 'surface'])
def test_a_picture_is_valid_and_the_same_each_time(root, tmp_path, capsys, kind):
    options = {'grid': ['--rows', 1], 'roc': [], 'surface': ['--show', '2', '--zoom', 12]}[kind]
    files = [tmp_path / name for name in ('one.pdf', 'two.pdf', 'one.svg', 'two.svg')]
    for file in files:
        assert figure(root, kind, '--width', 'double', '--out', file, *options) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[2].read_bytes() == files[3].read_bytes()
    assert 'caption: ' in capsys.readouterr().out
    page = pypdfium2.PdfDocument(tmp_path / 'one.pdf')
    assert len(page) == 1 and page[0].get_width() / 72 == pytest.approx(7.16, abs=0.01)
    words = page[0].get_textpage().get_text_range()
    assert 'Theirs' in words and 'top-hat' in words
    content = (tmp_path / 'one.pdf').read_bytes()
    assert b'/FontFile2' in content and b'/Type3' not in content and b'CreationDate' not in content
    assert ElementTree.parse(tmp_path / 'one.svg').getroot().tag.endswith('svg')


def test_images_are_chosen_by_name_and_drawn_in_a_column(root, tmp_path, capsys):
    out = tmp_path / 'column.png'
    options = ['--width', 'single', '--panels', 'image', '--zoom', 0, '--show', '3', '1']
    assert figure(root, 'grid', '--out', out, *options) == 0
    assert cv2.imread(str(out)).shape[1] == pytest.approx(3.5 * 300, abs=2)
    assert 'from top to bottom: 3, 1; probability > 0.5' in capsys.readouterr().out


def test_the_grid_marks_what_happened(root):
    models = [f'Theirs={root / "others"}', f'maps={root / "maps"}']
    compared = open_comparison(models, images=root / 'images', truths=root / 'masks', names=['2'])
    (row,) = grid_rows(compared, compared.samples, 0.5)
    assert row.focus == (13, 21)  # the target that one of them misses
    drawn = plot_grid([row], 7.16, zoom=16)
    titles = [text.get_text() for text in drawn.texts]
    assert titles == ['image', 'truth', 'Theirs', 'maps']
    panels, insets = drawn.axes[::2], drawn.axes[1::2]
    assert [len(axis.patches) for axis in panels] == [1, 1, 3, 2]  # with the frame of the inset
    hit, miss, false = '#56b4e9', '#d55e00', '#f0e442'
    styles = [
        [(patch.get_edgecolor(), patch.get_linestyle()) for patch in axis.patches]
        for axis in (insets[2], insets[3])
    ]
    colours = [[matplotlib_hex(colour) for colour, _ in each] for each in styles]
    assert colours == [[miss, false], [hit]]
    assert len({str(line) for each in styles for _, line in each}) == 3
    assert {axis.get_xlim() for axis in insets} == {(12.5, 28.5)}


def matplotlib_hex(colour):
    return '#{:02x}{:02x}{:02x}'.format(*(round(255 * part) for part in colour[:3]))


def test_the_table_has_the_figures_of_evaluate(root, tmp_path, capsys):
    out = tmp_path / 'new/table'
    models = ('Theirs=others', 'maps', 'mdpnet-nudt-sirst', 'mpcm')
    costs = ['--cost', 'Theirs=4.70M,14.3G', 'maps=,2G']
    for kind in ('tex', 'md', 'csv'):
        options = ['--format', kind, '--data', 'Night_1', '--threads', '1']
        assert figure(root, 'table', '--out', out, *options, *costs, models=models) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / 'new/table.csv').read_text())))
    assert [row['Method'] for row in rows] == ['Theirs', 'maps', 'mdpnet-nudt-sirst', 'mpcm']
    expected = evaluate(root / 'others', root / 'masks').figures
    for key in ('IoU', 'nIoU', 'F1', 'Pd', 'Fa'):
        unit = '1e-6' if key == 'Fa' else '%'
        assert rows[0][f'{key} ({unit})'] == f'{getattr(expected, key):.2f}'
    assert [row['Params (M)'] for row in rows] == ['4.700', '–', rows[2]['Params (M)'], '–']
    assert [row['MACs (G)'] for row in rows][:2] == ['14.300', '2.000']
    assert 0.05 < float(rows[2]['Params (M)']) < 0.5
    tex = (tmp_path / 'new/table.tex').read_text()
    best = max(float(row['IoU (%)']) for row in rows)
    assert rf'\textbf{{{best:.2f}}}' in tex and r'Night\_1 (4 images, 4 targets)' in tex
    assert tex.count(r' \\') == 5 and tex.count('{') == tex.count('}')
    assert 'exceeds 0.5' in tex and r'256$\times$256' in tex and 'Costs of Theirs, maps' in tex
    markdown = (tmp_path / 'new/table.md').read_text()
    assert f'**{best:.2f}**' in markdown and 'Best in bold.' in markdown
    assert 'caption: Results on Night_1' in capsys.readouterr().out
    assert figure(root, 'table', '--out', out, '--format', 'md', '--square', 32) == 0
    assert 'resized to 32x32' in (tmp_path / 'new/table.md').read_text()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['grid', '--out', 'a.jpg'], 'is written as pdf, svg, png, not "jpg"'),
        (['table', '--out', 'a.pdf'], 'is written as tex, md, csv, not "pdf"'),
        (['roc', '--out', 'a.pdf', '--format', 'svg'], 'is not named as svg'),
        (['roc', '--width', 'wide'], 'a width is single or double'),
        (['grid', '--show', 'nobody'], 'has no file for 1 of 1 image: nobody'),
        (['surface', '--zoom', '0'], '--zoom 8 or more'),
        (['roc', '--threshold', '1'], 'threshold must be a probability'),
        (['table', '--cost', 'Theirs=big'], 'is no cost: write LABEL=PARAMETERS,MACS'),
        (['table', '--cost', 'Ours=1M,1G'], 'no detector is called "Ours", but Theirs, maps'),
    ],
)
def test_mistakes_are_named(root, capsys, arguments, message):
    assert figure(root, *arguments) == 2
    assert message in capsys.readouterr().err


def test_what_does_not_belong_together_is_named(root, tmp_path, capsys):
    def refused(message, **options):
        assert figure(root, 'roc', '--out', tmp_path / 'a.pdf', **options) == 2
        assert message in capsys.readouterr().err

    refused('no model "mdpnet-mars"', models=['mdpnet-mars'])
    refused('Classical methods are top-hat, lcm, mpcm', models=['tophat'])
    refused('has no config, so --images and --truths', images=False)
    refused('two detectors are called "maps"', models=['maps', 'maps'])
    for name in ('few', 'small'):
        (tmp_path / name).mkdir()
    mask = np.zeros((8, 9), np.uint8)
    for index in range(4):
        cv2.imwrite(str(tmp_path / f'small/{index}.png'), mask)
    cv2.imwrite(str(tmp_path / 'few/0.png'), np.zeros((64, 80), np.uint8))
    few, small = str(tmp_path / 'few'), str(tmp_path / 'small')
    refused('few" has no file for 3 of 4 images: 1, 2, 3', models=['maps', few])
    refused('small: the prediction for "0" is (8, 9), the image (64, 80)', models=[small])
    with pytest.raises(SystemExit):
        figure(root, 'roc', '--format', 'jpg')
    assert 'invalid choice: "jpg"; did you mean "png"?' in capsys.readouterr().err
    arguments = ['--images', str(root / 'images'), '--truths', few]
    assert main(['figure', 'grid', '--models', str(root / 'maps'), *arguments]) == 2
    assert 'for 3 images' in capsys.readouterr().err

"""What a visitor sees: framed targets, enlarged targets, a table and surfaces."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..detection import Target
from ..html_templates import html_template
from ..imaging.drawing import as_display_image
from ..imaging.resampling import largest_of_cells
from .session import Session

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: Longest side of a picture as sent to the browser; frames around targets are drawn there.
SHOWN = 1024
#: Cells of a surface on its longest side.
CELLS = 80
#: Side of an enlarged part, and how many are shown.
PART, PARTS = 32, 12
#: Digits after the point in the table, where three are too many.
DIGITS = {'x': 1, 'y': 1, 'scr': 1}
#: Side of the part of an image whose surface is shown for a chosen target.
SURROUNDINGS = 64


def _embed(picture: np.ndarray) -> str:
    """A picture as an address that holds it: nothing is stored, nothing is fetched."""
    _, content = cv2.imencode('.png', picture)
    return f'data:image/png;base64,{base64.b64encode(content).decode()}'


def _heat(probability: np.ndarray) -> np.ndarray:
    """Probabilities (H, W) as colours (H, W, 3), BGR."""
    return cv2.applyColorMap(np.rint(probability * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)


def thin_out(values: np.ndarray, longest: int) -> tuple[np.ndarray, int]:
    """Make a map as small as asked for.

    Each cell is its largest value, see :func:`~mdp_plugin.imaging.resampling.largest_of_cells`.

    Args:
        values (np.ndarray): (H, W).
        longest (int): Longest side of the result.

    Returns:
        tuple[np.ndarray, int]: The smaller map, and how many pixels wide a cell is.
    """
    step = -(-max(values.shape) // longest)
    return largest_of_cells(values, step), step


def _shrunk(picture: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) no larger than is shown."""
    factor = SHOWN / max(picture.shape[:2])
    if factor >= 1:
        return picture
    size = [max(1, round(side * factor)) for side in picture.shape[1::-1]]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def fragment(macro: str, /, **values: Any) -> str:
    """Fill in one of the macros of views.html.

    Args:
        macro (str): Its name.
        **values: What it takes; texts are escaped.

    Returns:
        str: HTML.
    """
    fill_in = getattr(html_template('demo/views.html').module, macro)
    return str(fill_in(**values)).strip()


def _marks(
    targets: Sequence[Target], chosen: int | None, unit: float
) -> list[dict[str, float | bool]]:
    """Frames and numbers of targets; unit is what a thousandth of the width takes."""
    marks = []
    for number, target in enumerate(targets):
        x, y, width, height = target.box
        away = 8 * unit + 2  # targets are of a few pixels: the frame keeps away from them
        top = y - away
        marks.append(
            dict(
                number=number + 1,
                chosen=number == chosen,
                peak=target.peak,
                left=x - away,
                top=top,
                width=width + 2 * away,
                height=height + 2 * away,
                label=top - 6 * unit if top > 40 * unit else top + height + 2 * away + 30 * unit,
            )
        )
    return marks


def picture_view(session: Session, index: int, targets: Sequence[Target]) -> str:
    """Frame and probability side by side, with framed targets.

    Args:
        session (Session): The visitor's session.
        index (int): Number of the frame.
        targets (Sequence[Target]): Its targets.

    Returns:
        str: HTML.
    """
    probability = session.probabilities[index]
    height, width = probability.shape
    unit = max(height, width) / 1000
    name = session.upload.name
    if len(session.probabilities) > 1:
        name += f', frame {index}'
    return fragment(
        'pair',
        name=name,
        grey=_embed(_shrunk(as_display_image(session.grey(index)))),
        heat=_embed(_heat(thin_out(probability, SHOWN)[0])),
        width=width,
        height=height,
        marks=_marks(targets, session.nearest(targets), unit),
        truth=session.truth,
        unit=unit,
    )


def cut_out(values: np.ndarray, x: float, y: float, side: int) -> tuple[np.ndarray, int, int]:
    """Cut a square around a point, moved inward at the border.

    Args:
        values (np.ndarray): (H, W) or (H, W, C).
        x (float): Column of the point.
        y (float): Row of the point.
        side (int): Side in pixels; a smaller image gives all it has.

    Returns:
        tuple[np.ndarray, int, int]: The square, its first column and its first row.
    """
    height, width = values.shape[:2]
    left = int(np.clip(round(x) - side // 2, 0, max(0, width - side)))
    top = int(np.clip(round(y) - side // 2, 0, max(0, height - side)))
    return values[top : top + side, left : left + side], left, top


def parts_view(session: Session, index: int, targets: Sequence[Target]) -> str:
    """Targets enlarged, image and probability; the chosen one first.

    Args:
        session (Session): The visitor's session.
        index (int): Number of the frame.
        targets (Sequence[Target]): Its targets.

    Returns:
        str: HTML.
    """
    chosen = session.nearest(targets)
    numbers = sorted(range(len(targets)), key=lambda number: number != chosen)
    grey, probability = session.grey(index), session.probabilities[index]
    shown = []
    for number in numbers[:PARTS]:
        target = targets[number]
        image = as_display_image(cut_out(grey, target.x, target.y, PART)[0])
        heat = _heat(cut_out(probability, target.x, target.y, PART)[0])
        shown.append(
            dict(
                number=number + 1,
                chosen=number == chosen,
                peak=target.peak,
                area=target.area,
                image=_embed(image),
                heat=_embed(heat),
            )
        )
    return fragment('parts', shown=shown, rest=len(targets) - PARTS)


#: What the columns of the table hold; the page takes each frame for itself, without tracks.
EXPLAINED = {
    '#': 'number of the target in the picture',
    'x': 'column of its centre, weighted by probability; the first pixel is 0',
    'y': 'row of its centre; the top one is 0',
    'width': 'of the box around it, in pixels',
    'height': 'of the box around it, in pixels',
    'area': 'pixels above the threshold',
    'peak': 'highest probability of its pixels',
    'mean': 'mean probability of its pixels',
    'scr': 'signal-to-clutter ratio: how far it stands out from its surroundings, in their '
    'standard deviations',
    'confidence': 'calibrated probability that it is a target; empty if the model has no '
    'calibration',
}


def table_rows(targets: Sequence[Target]) -> list[list[float | int | str]]:
    """Rows of the table, with the columns of :data:`EXPLAINED`.

    Args:
        targets (Sequence[Target]): The targets.

    Returns:
        list[list]: One row for each; a value that does not exist is an empty text.
    """
    rows = []
    for number, target in enumerate(targets, start=1):
        width, height = target.box[2:]
        known = {**target._asdict(), '#': number, 'width': width, 'height': height}
        row: list[float | int | str] = []
        for name in EXPLAINED:
            value = known[name]
            if value is None or not np.isfinite(value):
                row.append('')
            else:
                row.append(value if isinstance(value, int) else round(value, DIGITS.get(name, 3)))
        rows.append(row)
    return rows


def table_view(session: Session | None, targets: Sequence[Target]) -> str:
    """The table of targets; without a session its columns alone.

    Args:
        session (Session, optional): The visitor's session.
        targets (Sequence[Target]): Targets of the frame in view.

    Returns:
        str: HTML.
    """
    chosen = None if session is None else session.nearest(targets)
    said = '' if session is None or targets else 'No target at this threshold.'
    return fragment('table', columns=EXPLAINED, rows=table_rows(targets), chosen=chosen, said=said)


def no_result(message: str, title: str = 'No result') -> list[str]:
    """Status, picture, table and enlarged targets where there are none; of their usual size.

    Args:
        message (str): Why.
        title (str): In short. Defaults to 'No result'.

    Returns:
        list[str]: HTML of each.
    """
    return ['', fragment('nothing', title=title, message=message), table_view(None, ()), '']


def status_view(session: Session, index: int, targets: Sequence[Target]) -> str:
    """One line on what was found, and on the grey levels it was found in.

    Args:
        session (Session): The visitor's session.
        index (int): Number of the frame in view.
        targets (Sequence[Target]): Targets of the frame in view.

    Returns:
        str: HTML.
    """
    height, width = session.probabilities[0].shape
    count = len(session.probabilities)
    facts = [f'{width} x {height}', f'{session.model}, {session.milliseconds:.0f} ms a frame']
    if count > 1:
        facts.insert(1, f'{"first " if session.upload.left_out else ""}{count} frames')
    *levels, measured = session.levels[index]
    black, white = sorted(levels)
    if measured or (black, white) != (0, 255):
        facts.append(f'black {black:.6g}, white {white:.6g}{" as measured" if measured else ""}')
    if [black, white] != levels:
        facts.append('black-hot, shown as white-hot')
    facts += session.remarks
    return fragment('status', count=len(targets), threshold=f'{session.threshold:.4g}', facts=facts)


def surface_view(session: Session, index: int) -> 'Figure':
    """Image and probability as surfaces: of the frame, or around the chosen target.

    Args:
        session (Session): The visitor's session.
        index (int): Number of the frame.

    Returns:
        Figure: Plotly's, drawn by the browser.
    """
    from plotly.graph_objects import Surface
    from plotly.subplots import make_subplots

    grey, probability = session.grey(index), session.probabilities[index]
    left = top = 0
    where = 'whole frame'
    if session.chosen is not None:
        x, y = session.chosen
        probability = cut_out(probability, x, y, SURROUNDINGS)[0]
        grey, left, top = cut_out(grey, x, y, SURROUNDINGS)
        where = f'around ({x:.0f}, {y:.0f})'
    figure = make_subplots(
        1,
        2,
        specs=[[{'type': 'surface'}] * 2],
        subplot_titles=(f'Grey levels, {where}', f'Probability, {where}'),
        horizontal_spacing=0.01,
    )
    for column, values in enumerate((grey, probability), 1):
        cells, step = thin_out(values, CELLS)
        surface = Surface(
            x=left + step * np.arange(cells.shape[1]),
            y=top + step * np.arange(cells.shape[0]),
            z=np.round(cells, 3),
            colorscale='Inferno' if column == 2 else 'Viridis',
            showscale=False,
        )
        figure.add_trace(surface, 1, column)
    flat = {'title': '', 'showbackground': False, 'gridcolor': 'rgba(128,128,128,0.35)'}
    scene = {
        'xaxis': flat,
        'yaxis': {**flat, 'autorange': 'reversed'},
        'zaxis': flat,
        'aspectratio': {'x': 1, 'y': 1, 'z': 0.55},
        'camera': {'eye': {'x': 1.0, 'y': 1.15, 'z': 0.7}, 'center': {'x': 0, 'y': 0, 'z': -0.22}},
    }
    figure.update_layout(
        scene=scene,
        scene2={**scene, 'zaxis': {**flat, 'range': [0, 1]}},
        height=340,
        margin={'l': 0, 'r': 0, 't': 28, 'b': 0},
        paper_bgcolor='rgba(0,0,0,0)',
        font={'color': '#808a99', 'size': 11},
    )
    figure.update_annotations(font_size=13)
    return figure

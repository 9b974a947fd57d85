"""What stands where on the page."""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from ..imaging.picture_files import IMAGE_SUFFIXES
from ..imaging.video_files import VIDEO_SUFFIXES
from ..synthesis.backgrounds import BACKGROUNDS
from .uploads import Limits
from .views import fragment, no_result

#: The scene that a visitor sees first: it has a target that depends on the threshold.
FIRST = 5
#: What stands for a background that the scene's number decides.
ANY = 'any'
#: What stands for a rate of false alarms that nobody has chosen, and its value.
BY_THRESHOLD = ('as the threshold gives', 0.0)
#: What stands for a polarity that the model decides.
OF_MODEL = 'as the model says'
SCRIPT = (Path(__file__).parent / 'page.js').read_text(encoding='utf-8')
#: Seconds until an idle session is forgotten.
SESSION_AGE = 3600


def _take_no_address(file: gr.File) -> None:
    """Let a component accept sent files only, so that the server fetches nothing for anyone.

    A subclass would be the usual way, but Gradio writes a file beside the source of each one.
    """
    move = file.async_move_resource_to_block_cache

    async def move_file(path: str | Path | None) -> str | None:
        if path is not None and '://' in str(path):
            raise gr.Error('only files are taken, no addresses', print_exception=False)
        return await move(path)

    file.async_move_resource_to_block_cache = move_file


class Layout:
    """The components of the page; made inside of `gradio.Blocks`, where they take their places.

    Picture, controls and details stand in this order below each other on a phone; page.css puts
    the controls to the left of both where there is room.

    Args:
        names (Sequence[str]): Models that may be chosen; the first one is the default.
        limits (Limits): What an upload may hold.
    """

    def __init__(self, names: Sequence[str], limits: Limits) -> None:
        self.session = gr.State(None, time_to_live=SESSION_AGE)
        gr.HTML(fragment('title'), elem_id='title')
        waiting = no_result(
            'A synthetic scene as an example; or take a file of your own.', f'{names[0]} is loading'
        )
        status, picture, table, _ = waiting
        with gr.Row(elem_id='columns'):
            with gr.Column(elem_id='view'):
                self.status = gr.HTML(status, elem_id='status')
                self.picture = gr.HTML(
                    picture, elem_id='picture', js_on_load=SCRIPT,
                    suffixes=[*IMAGE_SUFFIXES, *VIDEO_SUFFIXES], largest=limits.megabytes * 1e6,
                )  # fmt: skip
                self.index = gr.Slider(
                    0, 1, 0, step=1, label='Frame', visible=False, elem_id='frame'
                )
            with gr.Column(elem_id='controls'):
                with gr.Tabs():
                    with gr.Tab('Own file'):
                        self._own_file(limits)
                    with gr.Tab('Synthetic scene'):
                        self._scene()
                with gr.Group():
                    self.model = gr.Dropdown(names, value=names[0], label='Model', elem_id='model')
                    self.budget = gr.Dropdown(
                        [BY_THRESHOLD], value=BY_THRESHOLD[1], label='False alarms to bear',
                        info='and the share of the targets (Pd) that is then found',
                        elem_id='budget',
                    )  # fmt: skip
                    self.threshold = gr.Slider(
                        0.0001, 0.9999, 0.5, step=0.0001, label='Threshold',
                        info='A pixel whose probability is above it belongs to a target.',
                        elem_id='threshold',
                    )  # fmt: skip
                    self.point = gr.HTML(elem_id='point')
                gr.HTML(fragment('heading', text='Download'))
                with gr.Row(elem_id='downloads'):
                    self.csv = gr.Button('CSV', size='sm', min_width=70, elem_id='csv')
                    self.json = gr.Button('JSON', size='sm', min_width=70)
                    self.overlay = gr.Button('Overlay', size='sm', min_width=70, elem_id='overlay')
                self.fetch = gr.DownloadButton(visible='hidden', elem_id='fetch')
            with gr.Column(elem_id='details'):
                note = 'Choose one by a click, here or in the picture, or by arrow keys.'
                gr.HTML(fragment('heading', text='Targets', note=note))
                self.table = gr.HTML(table, elem_id='table')
                gr.HTML(fragment('heading', text='Enlarged', note='Image and probability.'))
                self.parts = gr.HTML(elem_id='parts')
                with gr.Row(elem_id='surfaces'):
                    # Off until asked for: a browser without a graphics card takes seconds.
                    self.draw = gr.Checkbox(
                        False, label='Surfaces of image and probability', container=False,
                        elem_id='draw', min_width=160,
                    )  # fmt: skip
                    self.whole = gr.Button(
                        'Whole frame', size='sm', visible=False, elem_id='whole', scale=0,
                        min_width=120,
                    )  # fmt: skip
                self.surface = gr.Plot(show_label=False, visible=False, elem_id='surface')

    def _own_file(self, limits: Limits) -> None:
        """A file and what its values mean."""
        self.file = gr.File(
            label=f'Picture or video, up to {limits.megabytes:g} MB',
            file_types=[*IMAGE_SUFFIXES, *VIDEO_SUFFIXES],
            height=150,
            elem_id='upload',
        )
        _take_no_address(self.file)
        self.problem = gr.HTML(elem_id='problem')
        gr.HTML(fragment('limits', millions=limits.pixels / 1e6, frames=limits.frames))
        with gr.Accordion('Grey levels and polarity', open=False, elem_id='levels'):
            with gr.Row():
                # A field of numbers sends 0 when it is empty.
                self.black, self.white = (
                    gr.Textbox(
                        label=label, placeholder='auto', max_lines=1, min_width=90,
                        elem_id=label.split()[0].lower(),
                    )
                    for label in ('Black level', 'White level')
                )  # fmt: skip
            gr.HTML(fragment('levels'))
            self.polarity = gr.Dropdown(
                [OF_MODEL, 'white-hot', 'black-hot'], value=OF_MODEL, label='Polarity',
                info='Whether what is hot is bright or dark.', elem_id='polarity',
            )  # fmt: skip

    def _scene(self) -> None:
        """Number and background of a drawn scene."""
        with gr.Row():
            # Negative numbers are refused where all other mistakes are.
            self.number = gr.Number(FIRST, label='Scene', precision=0, min_width=90)
            self.background = gr.Dropdown(
                [ANY, *sorted(BACKGROUNDS)], value=ANY, label='Background', min_width=120
            )
        self.another = gr.Button('Another scene', variant='primary', elem_id='another')

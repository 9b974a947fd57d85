"""The page: its layout, and what happens when a visitor touches something."""

import html
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from ..detection.sources import VIDEO_SUFFIXES
from ..imaging.grey_levels import WHITE_LEVEL
from ..imaging.picture_files import IMAGE_SUFFIXES
from ..synthesis.backgrounds import BACKGROUNDS
from . import views
from .downloads import write_overlay, write_table
from .session import Models, Session, start_session, synthetic_scene
from .uploads import Limits, Upload, read_upload

#: White of 16-bit frames by the camera's depth.
WHITE_LEVELS = [('16 bit', WHITE_LEVEL), ('14 bit', 2.0**14 - 1), ('12 bit', 2.0**12 - 1)]
#: The scene that a visitor sees first: it has a target that depends on the threshold.
FIRST = 5
ANY = 'any'
#: Sessions kept in memory, and seconds until an idle one is forgotten.
SESSIONS, SESSION_AGE = 32, 3600
#: Requests that wait before further ones are refused.
QUEUE = 64

STYLE = (Path(__file__).parent / 'page.css').read_text(encoding='utf-8')
#: Clicks the hidden link when the browser has put its address in.
FETCH = "() => setTimeout(() => document.querySelector('#fetch').click(), 100)"


@contextmanager
def _told() -> Iterator[None]:
    """Tell a visitor what was wrong with what was asked for; all else stays a fault of ours."""
    try:
        yield
    except (KeyError, OSError, TypeError, ValueError) as error:
        text = error.args[0] if isinstance(error, KeyError) else str(error)
        raise gr.Error(html.escape(text, quote=False), print_exception=False) from error


def _theme() -> gr.Theme:
    """Gradio's default with the system's fonts: none is fetched from anywhere."""
    fonts = [gr.themes.Font(name) for name in ('system-ui', 'Segoe UI', 'Roboto', 'sans-serif')]
    mono = [gr.themes.Font(name) for name in ('ui-monospace', 'Consolas', 'monospace')]
    return gr.themes.Default(primary_hue='emerald', neutral_hue='slate', font=fonts, font_mono=mono)


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


class DemoPage:
    """The page and its handlers.

    Args:
        models (Models): What may be chosen; the first one is the default.
        limits (Limits): What an upload may hold.
        folder (Path): Where files pass through: what ``GRADIO_TEMP_DIR`` names.
    """

    def __init__(self, models: Models, limits: Limits, folder: Path) -> None:
        self._models = models
        self._limits = limits
        self._folder = folder
        with gr.Blocks(
            title='MDPNet: infrared small targets',
            analytics_enabled=False,
            fill_width=True,
        ) as self.blocks:
            self._lay_out()
            self._connect()

    def _lay_out(self) -> None:
        limits = self._limits
        self.session = gr.State(None, time_to_live=SESSION_AGE)
        gr.HTML(
            '<h1>MDPNet</h1><p>finds aircraft, ships and drones of a few pixels in infrared '
            'frames. Frames stay on this machine.</p>',
            elem_id='title',
        )
        with gr.Row(elem_id='columns'):
            with gr.Column(scale=1, min_width=300, elem_id='controls'):
                with gr.Group():
                    self.model = gr.Dropdown(
                        self._models.names, value=self._models.names[0], label='Model'
                    )
                    self.threshold = gr.Slider(
                        0.0001, 0.9999, 0.5, step=0.0001, label='Threshold',
                        info='A pixel above it belongs to a target.', elem_id='threshold',
                    )  # fmt: skip
                    self.budget = gr.Slider(
                        -7, -3, -6, step=0.1, label='False-alarm budget',
                        info='A power of ten: -5 is one false pixel in 100,000.',
                        elem_id='budget',
                    )  # fmt: skip
                    self.point = gr.HTML(elem_id='point')
                with gr.Tabs():
                    with gr.Tab('Synthetic scene'):
                        with gr.Row():
                            self.number = gr.Number(
                                FIRST, label='Scene', precision=0, minimum=0, min_width=90
                            )
                            self.background = gr.Dropdown(
                                [ANY, *sorted(BACKGROUNDS)], value=ANY, label='Background',
                                min_width=120,
                            )  # fmt: skip
                        self.another = gr.Button(
                            'Another scene', variant='primary', elem_id='another'
                        )
                    with gr.Tab('Own file'):
                        self.file = gr.File(
                            label=f'Picture or video, up to {limits.megabytes:g} MB',
                            file_types=[*IMAGE_SUFFIXES, *VIDEO_SUFFIXES],
                            height=150,
                            elem_id='upload',
                        )
                        _take_no_address(self.file)
                        self.white = gr.Dropdown(
                            WHITE_LEVELS, value=WHITE_LEVEL, label='Depth of 16-bit files'
                        )
                        gr.HTML(
                            f'<p class="quiet">{limits.pixels / 1e6:g} million pixels and '
                            f'{limits.frames} frames are read at most.</p>'
                        )
                gr.HTML('<h3>Download</h3>')
                with gr.Row(elem_id='downloads'):
                    self.csv = gr.Button('CSV', size='sm', min_width=70, elem_id='csv')
                    self.json = gr.Button('JSON', size='sm', min_width=70)
                    self.overlay = gr.Button('Overlay', size='sm', min_width=70, elem_id='overlay')
                self.fetch = gr.DownloadButton(visible='hidden', elem_id='fetch')
            with gr.Column(scale=3, min_width=320, elem_id='results'):
                self.status = gr.HTML(elem_id='status')
                self.picture = gr.HTML(elem_id='picture')
                self.index = gr.Slider(
                    0, 1, 0, step=1, label='Frame', visible=False, elem_id='frame'
                )
                gr.HTML('<h3>Targets</h3><p class="quiet">A click on one chooses it.</p>')
                self.table = gr.Dataframe(
                    headers=views.table_headers(), interactive=False, max_height=300,
                    show_label=False, elem_id='table', buttons=[], datatype='number',
                )  # fmt: skip
                gr.HTML('<h3>Enlarged</h3><p class="quiet">Image and probability.</p>')
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

    def _connect(self) -> None:
        """Say which handler hears which component.

        What runs the network waits in line, one at a time; what only derives from kept maps does
        not, and of several moves of a slider the last one counts.
        """
        seen = [self.status, self.picture, self.table, self.parts]
        placed = [self.surface, self.whole]
        started = [
            self.session,
            *seen,
            *placed,
            self.index,
            self.threshold,
            self.budget,
            self.point,
        ]
        settings = [self.draw, self.model, self.white]
        network: dict[str, Any] = dict(concurrency_limit=1, concurrency_id='network')
        quick: dict[str, Any] = dict(
            concurrency_limit=8, concurrency_id='views', show_progress='hidden'
        )
        last: dict[str, Any] = dict(trigger_mode='always_last', **quick)

        scene = [self.number, self.background, *settings]
        self.blocks.load(self.show_scene, scene, started, api_name='scene', **network)
        gr.on(
            [self.number.submit, self.background.input], self.show_scene, scene, started,
            api_visibility='private', **network,
        )  # fmt: skip
        self.another.click(
            lambda number: number + 1, self.number, self.number, api_visibility='private', **quick
        ).then(self.show_scene, scene, started, api_visibility='private', **network)
        sent = self.file.upload(
            self.show_file, [self.file, *settings], started, api_name='file', **network
        )
        # Whatever came of it, the next file finds an empty place.
        for end in (sent.success, sent.failure):
            end(lambda: None, None, self.file, api_visibility='private', **quick)
        gr.on(
            [self.model.input, self.white.input], self.show_again, [self.session, *settings],
            started, api_visibility='private', **network,
        )  # fmt: skip

        state = [self.session, self.index]
        self.threshold.input(
            self.set_threshold, [*state, self.threshold],
            [self.session, *seen, self.point],
            api_name='threshold', **last,
        )  # fmt: skip
        self.budget.input(
            self.set_budget, [*state, self.budget],
            [self.session, *seen, self.threshold, self.point], api_name='budget', **last,
        )  # fmt: skip
        place = [*state, self.draw]
        self.index.input(self.show_frame, place, [*seen, *placed], api_name='frame', **last)
        self.draw.input(self.show_surface, place, placed, api_visibility='private', **last)
        chosen = [self.session, *seen, *placed]
        self.table.select(self.choose, place, chosen, api_visibility='private', **last)
        self.whole.click(self.let_go, place, chosen, api_visibility='private', **last)
        for button, kind in ((self.csv, 'csv'), (self.json, 'json'), (self.overlay, 'overlay')):
            button.click(
                self._download(kind), self.session, self.fetch, api_name=f'download_{kind}', **quick
            ).success(None, js=FETCH)

    # What a visitor sees, in parts: what depends on the threshold, and what on the place.

    def _seen(self, session: Session, index: int) -> list[Any]:
        targets = session.targets(index)
        return [
            views.status_view(session, targets),
            views.picture_view(session, index, targets),
            views.table_rows(targets),
            views.parts_view(session, index, targets),
        ]

    def _placed(self, session: Session, index: int, draw: bool) -> list[Any]:
        figure = views.surface_view(session, index) if draw else None
        return [
            gr.update(value=figure, visible=draw),
            gr.update(visible=draw and session.chosen is not None),
        ]

    def _start(
        self,
        upload: Upload,
        truth: list[tuple[float, float]],
        draw: bool,
        model: str,
        white: float,
    ) -> list[Any]:
        progress = gr.Progress()
        session = start_session(
            self._models, model, upload, truth, white,
            lambda done, total: progress((done, total), unit='frames'),
        )  # fmt: skip
        last = len(upload.frames) - 1
        return [
            session,
            *self._seen(session, 0),
            *self._placed(session, 0, draw),
            gr.update(value=0, maximum=max(1, last), visible=last > 0),
            _on_slider(session.threshold),
            _budget_slider(session),
            html.escape(session.expectation()),
        ]

    # Handlers: each takes the values of components and returns those of others.

    def show_scene(
        self, number: float, background: str, draw: bool, model: str, white: float
    ) -> list[Any]:
        """Detect in a synthetic scene."""
        with _told():
            upload, truth = synthetic_scene(
                int(number or 0), None if background == ANY else background
            )
            return self._start(upload, truth, draw, model, white)

    def show_file(self, path: str, draw: bool, model: str, white: float) -> list[Any]:
        """Detect in an uploaded file."""
        with _told():
            return self._start(read_upload(path, self._limits), [], draw, model, white)

    def show_again(
        self, session: Session | None, draw: bool, model: str, white: float
    ) -> list[Any]:
        """Detect in the same frames with other settings."""
        with _told():
            session = _present(session)
            return self._start(session.upload, session.truth, draw, model, white)

    def set_threshold(self, session: Session | None, index: float, threshold: float) -> list[Any]:
        """Derive targets anew."""
        with _told():
            session = _present(session)
            session.threshold = threshold
            return [
                session,
                *self._seen(session, _frame(session, index)),
                html.escape(session.expectation()),
            ]

    def set_budget(self, session: Session | None, index: float, power: float) -> list[Any]:
        """Derive targets at the threshold that keeps a false-alarm budget."""
        with _told():
            session = _present(session)
            text = ''
            try:
                session.keep_budget(10.0**power)
            except ValueError as error:
                text = f'{html.escape(str(error))}.<br>'
            seen = self._seen(session, _frame(session, index))
            text += html.escape(session.expectation())
            return [session, *seen, _on_slider(session.threshold), text]

    def show_frame(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        """Show another frame of a video."""
        with _told():
            session = _present(session)
            index = _frame(session, index)
            return [*self._seen(session, index), *self._placed(session, index, draw)]

    def show_surface(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        """Draw the surfaces, or leave them out."""
        with _told():
            session = _present(session)
            return self._placed(session, _frame(session, index), draw)

    def choose(
        self, session: Session | None, index: float, draw: bool, event: gr.SelectData
    ) -> list[Any]:
        """Choose the target of a row; the table may be sorted, so its number is read."""
        with _told():
            session = _present(session)
            index = _frame(session, index)
            targets = session.targets(index)
            number = int(event.row_value[0] or 0)
            if 0 < number <= len(targets):
                session.chosen = targets[number - 1].x, targets[number - 1].y
            return [session, *self._seen(session, index), *self._placed(session, index, draw)]

    def let_go(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        """Choose no target."""
        with _told():
            session = _present(session)
            session.chosen = None
            index = _frame(session, index)
            return [session, *self._seen(session, index), *self._placed(session, index, draw)]

    def _download(self, kind: str) -> Callable[[Session | None], str]:
        def download(session: Session | None) -> str:
            with _told():
                session = _present(session)
                folder = Path(tempfile.mkdtemp(dir=self._folder))
                if kind == 'overlay':
                    return str(write_overlay(session, folder))
                return str(write_table(session, kind, folder))

        return download

    def launch(self, host: str, port: int, open_browser: bool) -> str:
        """Serve the page from a thread of its own.

        Args:
            host (str): Address to listen on.
            port (int): Port to listen on.
            open_browser (bool): Whether to open it in a browser.

        Returns:
            str: Its address.

        Raises:
            OSError: If the port is taken.
        """
        self.blocks.queue(max_size=QUEUE)
        _, address, _ = self.blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            show_error=False,
            max_file_size=int(self._limits.megabytes * 1e6),
            state_session_capacity=SESSIONS,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            theme=_theme(),
            css=STYLE,
        )
        return address


def _present(session: Session | None) -> Session:
    """Refuse to go on with a session that has been forgotten.

    Raises:
        ValueError: If it has.
    """
    if session is None:
        raise ValueError('this session has ended; choose a scene or a file again')
    return session


def _frame(session: Session, index: float) -> int:
    """A frame's number as the slider has it, inside what there is."""
    return min(max(int(index), 0), len(session.probabilities) - 1)


def _budget_slider(session: Session) -> dict[str, Any]:
    """The slider with the budgets that the model can keep; none without operating points."""
    budgets = session.budgets()
    if budgets is None:
        return gr.update(visible=False)
    low, high, now = budgets
    return gr.update(minimum=low, maximum=high, value=now, visible=True)


def _on_slider(threshold: float) -> float:
    """A threshold as the slider can show it; the session keeps the exact one."""
    return min(max(round(threshold, 4), 0.0001), 0.9999)

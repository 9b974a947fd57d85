"""What happens when a visitor touches something."""

import html
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from . import views
from .downloads import write_overlay, write_table
from .layout import ANY, OF_MODEL
from .session import Models, Session, start_session, synthetic_scene
from .uploads import Limits, Upload, read_upload


@contextmanager
def _told() -> Iterator[None]:
    """Tell a visitor what was wrong with what was asked for; all else stays a fault of ours."""
    try:
        yield
    except (KeyError, OSError, TypeError, ValueError) as error:
        text = error.args[0] if isinstance(error, KeyError) else str(error)
        raise gr.Error(html.escape(text, quote=False), print_exception=False) from error


def _level(text: str | None, name: str) -> float | None:
    """A level as a visitor writes it; None if the field is empty."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'the {name} level is no number: "{text}"; leave it empty') from None


class Handlers:
    """The handlers: each takes the values of components and returns those of others.

    Args:
        models (Models): What may be chosen.
        limits (Limits): What an upload may hold.
        folder (Path): Where files pass through: what ``GRADIO_TEMP_DIR`` names.
    """

    def __init__(self, models: Models, limits: Limits, folder: Path) -> None:
        self._models = models
        self._limits = limits
        self._folder = folder

    # What a visitor sees, in parts: what depends on the threshold, and what on the place.

    def _seen(self, session: Session, index: int) -> list[Any]:
        targets = session.targets(index)
        return [
            views.status_view(session, index, targets),
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
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        given: dict[str, Any] = {} if polarity == OF_MODEL else {'polarity': polarity}
        own = self._models[model].levels
        levels = own.updated(_level(black, 'black'), _level(white, 'white'), **given)
        progress = gr.Progress()
        session = start_session(
            self._models, model, upload, truth, levels,
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
            views.fragment('point', expectation=session.expectation()),
        ]

    # Handlers: each takes the values of components and returns those of others.

    def show_scene(
        self,
        number: float,
        background: str,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in a synthetic scene."""
        with _told():
            upload, truth = synthetic_scene(
                int(number or 0), None if background == ANY else background
            )
            return self._start(upload, truth, draw, model, black, white, polarity)

    def show_file(
        self,
        path: str,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in an uploaded file."""
        with _told():
            return self._start(
                read_upload(path, self._limits), [], draw, model, black, white, polarity
            )

    def show_again(
        self,
        session: Session | None,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in the same frames with other settings."""
        with _told():
            session = _present(session)
            return self._start(session.upload, session.truth, draw, model, black, white, polarity)

    def set_threshold(self, session: Session | None, index: float, threshold: float) -> list[Any]:
        """Derive targets anew."""
        with _told():
            session = _present(session)
            session.threshold = threshold
            return [
                session,
                *self._seen(session, _frame(session, index)),
                views.fragment('point', expectation=session.expectation()),
            ]

    def set_budget(self, session: Session | None, index: float, power: float) -> list[Any]:
        """Derive targets at the threshold that keeps a false-alarm budget."""
        with _told():
            session = _present(session)
            failure = ''
            try:
                session.keep_budget(10.0**power)
            except ValueError as error:
                failure = str(error)
            seen = self._seen(session, _frame(session, index))
            text = views.fragment('point', expectation=session.expectation(), failure=failure)
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

    def download(self, kind: str) -> Callable[[Session | None], str]:
        """Make the handler that writes a file.

        Args:
            kind (str): 'overlay' or a format of tables.

        Returns:
            Callable: Takes the session, returns the path of the file.
        """

        def download(session: Session | None) -> str:
            with _told():
                session = _present(session)
                folder = Path(tempfile.mkdtemp(dir=self._folder))
                if kind == 'overlay':
                    return str(write_overlay(session, folder))
                return str(write_table(session, kind, folder))

        return download


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

"""The page: layout, handlers, what connects them, and the server."""

from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from .access import Guard
from .handlers import Handlers
from .layout import Layout
from .session import Models
from .uploads import Limits
from .wiring import connect

#: Sessions kept in memory.
SESSIONS = 32
#: Requests that wait before further ones are refused.
QUEUE = 64

STYLE = (Path(__file__).parent / 'page.css').read_text(encoding='utf-8')


def _theme() -> gr.Theme:
    """Gradio's default with the system's fonts: none is fetched from anywhere."""
    fonts = [gr.themes.Font(name) for name in ('system-ui', 'Segoe UI', 'Roboto', 'sans-serif')]
    mono = [gr.themes.Font(name) for name in ('ui-monospace', 'Consolas', 'monospace')]
    theme = gr.themes.Default(
        primary_hue='emerald', neutral_hue='slate', font=fonts, font_mono=mono
    )
    # Texts are told from their ground by a contrast of 4.5 and more.
    return theme.set(
        body_text_color_subdued='*neutral_600',
        body_text_color_subdued_dark='*neutral_300',
        block_info_text_color='*neutral_600',
        block_info_text_color_dark='*neutral_300',
        block_label_text_color='*neutral_600',
        block_label_text_color_dark='*neutral_300',
        input_placeholder_color='*neutral_500',
        input_placeholder_color_dark='*neutral_400',
        color_accent='*primary_700',
        button_primary_background_fill='*primary_700',
        button_primary_background_fill_hover='*primary_800',
        button_primary_background_fill_dark='*primary_700',
        button_primary_background_fill_hover_dark='*primary_800',
    )


class DemoPage:
    """The page.

    Args:
        models (Models): What may be chosen; the first one is the default.
        limits (Limits): What an upload may hold.
        folder (Path): Where files pass through: what ``GRADIO_TEMP_DIR`` names.
    """

    def __init__(self, models: Models, limits: Limits, folder: Path) -> None:
        self._limits = limits
        with gr.Blocks(
            title='MDPNet: infrared small targets',
            analytics_enabled=False,
            fill_width=True,
        ) as self.blocks:
            connect(self.blocks, Layout(models.names, limits), Handlers(models, limits, folder))

    def launch(self, host: str, port: int, open_browser: bool, password: str | None = None) -> str:
        """Serve the page from a thread of its own.

        Args:
            host (str): Address to listen on.
            port (int): Port to listen on.
            open_browser (bool): Whether to open it in a browser.
            password (str, optional): What a visitor has to know. Defaults to None: nothing.

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
            app_kwargs={'middleware': [Middleware(Guard, host=host, password=password)]},
        )
        return address

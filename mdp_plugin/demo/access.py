"""Who may reach the page: names it answers to, origins it hears, and the password."""

import base64
import binascii
import ipaddress
import secrets
import socket
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

#: Names of this machine for itself.
LOCAL_NAMES = ('localhost', '127.0.0.1', '::1')
#: What Gradio asks itself before it serves anyone; it tells and changes nothing.
START = '/gradio_api/startup-events'


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only.

    Args:
        host (str): Name or address; an IPv6 address with brackets or without.

    Returns:
        bool: False also for a name that is unknown, which cannot be listened on.
    """
    try:
        found = socket.getaddrinfo(host.strip('[]'), None)
    except OSError:
        return False
    # An IPv6 address may carry the name of an interface.
    return all(ipaddress.ip_address(str(a[4][0]).split('%')[0]).is_loopback for a in found)


class Guard:
    """Refuse requests that no visitor of the page has made on purpose, or without the password.

    A page of another site, open in a browser on this machine, may send requests here: they carry
    its origin. It may also let its own name lead to this machine: they carry its name as host.

    Args:
        app (ASGIApp): What answers the others.
        host (str): Name or address that is listened on.
        password (str, optional): What a visitor has to know. Defaults to None: nothing.
    """

    def __init__(self, app: Any, host: str, password: str | None = None) -> None:
        self._app = app
        self._names = {*LOCAL_NAMES, host.strip('[]').lower()} if is_loopback(host) else None
        self._password = password

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as ASGI has it."""
        if scope['type'] not in ('http', 'websocket'):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope), scope['path'])
        await (refusal or self._app)(scope, receive, _with_nosniff(send))

    def _refusal(self, headers: Headers, path: str) -> PlainTextResponse | None:
        host, origin = headers.get('host', ''), headers.get('origin')
        if self._names is not None and _name(host) not in self._names:
            text = f'This page answers to {", ".join(sorted(self._names))} only, not to "{host}".'
            return PlainTextResponse(text, 403)
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return PlainTextResponse(f'This page takes nothing from "{origin}".', 403)
        if self._password is None or path == START or self._knows(headers):
            return None
        realm = {'WWW-Authenticate': 'Basic realm="mdpnet demo", charset="UTF-8"'}
        return PlainTextResponse('The password is wrong or missing.', 401, realm)

    def _knows(self, headers: Headers) -> bool:
        """Whether a request carries the password; whoever sends it may have any name."""
        kind, _, code = headers.get('authorization', '').partition(' ')
        try:
            _, _, given = base64.b64decode(code, validate=True).partition(b':')
        except (binascii.Error, ValueError):
            return False
        known = (self._password or '').encode()
        return kind.lower() == 'basic' and secrets.compare_digest(given, known)


def _name(host: str) -> str | None:
    """The name in a header `Host`, without the port; None if there is none."""
    try:
        name = urlsplit(f'//{host}').hostname
    except ValueError:
        return None
    return name and name.rstrip('.')


def _with_nosniff(send: Any) -> Any:
    """Tell browsers to take answers for what they are declared to be."""

    async def send_with(message: Any) -> None:
        if message['type'] == 'http.response.start':
            MutableHeaders(scope=message)['X-Content-Type-Options'] = 'nosniff'
        await send(message)

    return send_with

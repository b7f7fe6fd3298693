"""Refuses a request by its size before a byte of its body is read: the framework would first put all of it on the disk.

What announces itself as too large is answered with the page that says so; what hides its size (chunked) is cut off when it is too
large. The bound is several of the largest lists at once; a single file has its own, smaller one (people.intake.files).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MOST_BYTES = 100 * 1024 * 1024
#: Where the page stands (foundation.urls).
PAGE = "/too-large/"
#: What belongs to a body that is not handed on.
_OF_BODY = (b"content-length", b"content-type", b"transfer-encoding", b"expect")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class SizeLimit:
    """An ASGI application in front of another."""

    def __init__(self, inner: App, most: int = MOST_BYTES) -> None:
        self.inner = inner
        self.most = most

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
        elif _announced(scope) > self.most:
            await self.inner(_turned(scope), _nothing(), send)
        else:
            await self.inner(scope, _counted(receive, self.most), send)


def _announced(scope: MutableMapping[str, Any]) -> int:
    said = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0


def _turned(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _OF_BODY]
    return {**scope, "method": "GET", "path": PAGE, "raw_path": PAGE.encode(), "query_string": b"", "headers": headers}


def _nothing() -> Receive:
    """A body of nothing, then silence: the application listens for a client that goes away for as long as it answers."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            await asyncio.get_running_loop().create_future()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= most else {"type": "http.disconnect"}

    return counted

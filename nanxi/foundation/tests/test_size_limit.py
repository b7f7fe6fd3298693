"""What is too large is refused before it is read: 3 GB are announced and not a byte of them is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from nanxi.foundation.size_limit import PAGE, SizeLimit

GIB = 1024**3


class Inner:
    """The application behind: reads the whole body, as the framework does, and remembers what it was given."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.read = 0
        self.gone = self.told_twice = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                return
            self.read += len(message["body"])
            if not message["more_body"]:
                self.told_twice = await self.hears_more(receive)
                return

    async def hears_more(self, receive: Any) -> bool:
        """The framework listens on while it answers; only a client that went away may be told of then."""
        try:
            async with asyncio.timeout(0.02):
                return (await receive())["type"] != "http.disconnect"
        except TimeoutError:
            return False


def ask(headers: list[tuple[bytes, bytes]], bodies: Iterator[bytes], most: int) -> tuple[Inner, int]:
    inner, asked = Inner(), 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        body = next(bodies, b"")
        return {"type": "http.request", "body": body, "more_body": bool(body)}

    async def send(message: Any) -> None: ...

    scope = {"type": "http", "method": "POST", "path": "/people/lists/new/", "headers": headers, "query_string": b"a=1"}
    asyncio.run(SizeLimit(inner, most)(scope, receive, send))
    return inner, asked


def endless() -> Iterator[bytes]:
    while True:
        yield b"0" * 1000


def test_three_gigabytes_are_refused_unread() -> None:
    inner, asked = ask([(b"Content-Length", str(3 * GIB).encode()), (b"content-type", b"multipart/form-data")], endless(), 1000)
    assert (asked, inner.read, inner.told_twice) == (0, 0, False)
    assert (inner.scope["method"], inner.scope["path"], inner.scope["headers"]) == ("GET", PAGE, [])


def test_what_hides_its_size_is_cut_off() -> None:
    inner, asked = ask([(b"transfer-encoding", b"chunked")], endless(), 5000)
    assert inner.gone
    assert (asked, inner.read) == (6, 5000)


@pytest.mark.parametrize("size", [0, 999, 1000])
def test_what_is_small_enough_goes_through_unchanged(size: int) -> None:
    inner, _asked = ask([(b"content-length", str(size).encode())], iter([b"0" * size]), 1000)
    assert (inner.read, inner.scope["path"], inner.gone) == (size, "/people/lists/new/", False)


def test_the_page_says_what_to_do(db: Any, client: Any) -> None:
    answer = client.get(PAGE, headers={"accept-language": "en"})
    assert answer.status_code == 413
    assert "fewer files at once" in answer.content.decode()

"""Whether code runs inside a service: the mark that models ask for before they write. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_inside: ContextVar[bool] = ContextVar("inside_service", default=False)


class WriteOutsideService(RuntimeError):
    """Somebody wrote a row past the services; the ledger would not know."""


def require_service(model: type) -> None:
    if not _inside.get():
        raise WriteOutsideService(f"{model.__name__} rows are written by services only; call one, or add one to the room.")


@contextmanager
def writing() -> Iterator[None]:
    """Mark the code inside as a service."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


#: Tests lay out rows with it; product code has no business here (a test says so).
set_up = writing

"""JSON for programs of officers: a token is the proof, the officer's role and areas are the limits, errors are RFC 9457."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, NinjaAPI
from ninja.security import HttpBearer
from pydantic import StringConstraints

from nanxi.foundation import accounts, charter, scope, terminals, tokens
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User
from nanxi.foundation.rights import Right
from nanxi.foundation.terminals import Problem

#: Text from outside: PostgreSQL keeps no NUL.
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
TownCode = Annotated[str, StringConstraints(pattern=r"^(\d{9})?$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}(\d{3})?$")]
#: Free text that must say something.
Told = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
#: The `Idempotency-Key` of a write.
Key = Annotated[str, Header("", alias="Idempotency-Key")]
#: What any operation may answer besides its own.
PROBLEMS: dict[int, Any] = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 410: Problem, 422: Problem, 400: Problem}


Row = TypeVar("Row")


def answers(shape: Any, status: int = 200) -> Any:
    """What an operation may answer: its own shape, or a problem."""
    return {status: shape, **PROBLEMS}


def there(row: Row | None) -> Row:
    """The object an operation is about; one outside the officer's scope does not exist (404)."""
    if row is None:
        raise Http404
    return row


class Lacking(Exception):
    """The officer's role does not include the right."""

    def __init__(self, right: Right) -> None:
        super().__init__(right.name)
        self.right = right


class Token(HttpBearer):
    """A program's token, made by an officer under Program tokens."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return tokens.user_by_token(token, WALL.now())


def new_api(title: str, namespace: str) -> NinjaAPI:
    api = terminals.new_api(title, namespace)
    answer_for_officers(api)
    return api


def answer_for_officers(api: NinjaAPI) -> None:
    """Teach an interface the refusals that only officers meet."""
    api.add_exception_handler(Lacking, _lacking)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(Ended, _ended)


class Ended(Exception):
    """The charter has ended; only own data, contests, purge and audit answer."""


@contextmanager
def as_officer(request: HttpRequest, *rights: Right, key: str = "") -> Iterator[Act]:
    """The act of the officer for whom the program works, in one transaction of the officer's scope; any one right suffices."""
    user: User = request.auth  # type: ignore[attr-defined]
    if charter.ended(WALL.now()):
        raise Ended
    if not user.role.rights & set(rights):
        raise Lacking(rights[0])
    actor = accounts.actor_of(user)
    with scope.enter(actor.reach, user_id=user.id, at=WALL.now()):
        yield Act(actor=actor, key=key)


@contextmanager
def writing(request: HttpRequest, key: str, *rights: Right) -> Iterator[Act]:
    """The act of a write. Its key makes a repeat at the same address return the first answer; elsewhere it is another act."""
    if not key.strip() or "\x00" in key:
        raise Refused(_("Send an Idempotency-Key header, so that a repeat after a lost connection is not counted twice."))
    # A key used again for another object must not be answered with the first one's result.
    bound = sha256(f"{request.path}\n{key}".encode()).hexdigest()
    with as_officer(request, *rights, key=bound) as act:
        yield act


def _lacking(request: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, Lacking)
    told = _("Your role does not include this right: %(right)s") % {"right": _(error.right.sentence)}
    return terminals.problem(403, "Forbidden", told)


def _missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return terminals.problem(404, "Not found", _("This does not exist, or it lies outside the area you answer for."))


def _ended(request: HttpRequest, error: Exception) -> HttpResponse:
    return terminals.problem(410, "Gone", _("The charter has ended."))

"""An act: who does what, when, under which key. Each service takes one and leaves a ledger entry.

A service is one transaction; one that writes no ledger entry is rolled back. A repeated idempotency key returns the
first result and changes nothing (research: Stripe's contract, trust notes §4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from nanxi.foundation import acts, ledger
from nanxi.foundation.clock import WALL, Clock
from nanxi.foundation.reach import EVERYWHERE, NOWHERE, Reach
from nanxi.foundation.rights import Right, Role

P = ParamSpec("P")
R = TypeVar("R")


class SilentWrite(RuntimeError):
    """A service ended without a ledger entry; its transaction is rolled back."""


class Refused(Exception):
    """The act is not allowed or not possible; the message is one sentence for the person who tried."""


@dataclass(frozen=True)
class Actor:
    """Who acts: an officer, a device, the person concerned, or a part of the house (`service:fence`)."""

    name: str
    user_id: UUID | None = None
    unit_id: UUID | None = None
    role: Role | None = None
    reach: Reach = NOWHERE

    @property
    def handle(self) -> str:
        return f"user:{self.user_id}" if self.user_id else self.name

    def may(self, right: Right) -> bool:
        return self.role is not None and right in self.role.rights

    def same_person(self, other_user: UUID | None) -> bool:
        return self.user_id is not None and self.user_id == other_user


def house(name: str, reach: Reach = EVERYWHERE) -> Actor:
    """A part of the house acting by rule, for example `house("fence")`."""
    return Actor(name=f"service:{name}", reach=reach)


@dataclass
class Act:
    """One act of one actor. `now` is read once, so that all rows of the act carry the same time."""

    actor: Actor
    clock: Clock = WALL
    key: str = ""
    entries: list[UUID] = field(default_factory=list)
    _now: datetime | None = None

    @property
    def now(self) -> datetime:
        if self._now is None:
            self._now = self.clock.now()
        return self._now

    def log(
        self,
        kind: str,
        *,
        area: str = "",
        subject: tuple[str, UUID] | None = None,
        person: UUID | None = None,
        grant: UUID | None = None,
        purpose: str = "",
        **facts: ledger.Fact,
    ) -> UUID:
        """Write one ledger entry in the running transaction. Facts are ids, codes, counts and fixed words."""
        entry = ledger.write(self, kind, area=area, subject=subject, person=person, grant=grant, purpose=purpose, facts=facts)
        self.entries.append(entry)
        return entry

    def log_many(self, kind: str, rows: Iterable[dict[str, Any]]) -> int:
        """Many entries of one kind in one round trip; each row holds the keywords of `log`. Returns how many."""
        written = ledger.write_many(self, kind, rows)
        self.entries.extend(written)
        return len(written)

    def need(self, right: Right) -> None:
        """Refuse when the actor's role does not hold the right (parts of the house act by rule and hold what they need)."""
        if self.actor.name.startswith("service:") or self.actor.may(right):
            return
        raise Refused(_("Your role does not include this right: %(right)s") % {"right": _(right.sentence)})


def service(function: Callable[Concatenate[Act, P], R]) -> Callable[Concatenate[Act, P], R]:
    """Make `function(act, …)` the only kind of writer: one transaction, at least one ledger entry, safe to repeat."""

    @functools.wraps(function)
    def run(act: Act, *args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(), acts.writing():
            before = len(act.entries)
            key, act.key = act.key, ""
            name = f"{function.__module__}.{function.__qualname__}"
            if key and (first := _first_result(act, name, key)) is not _NEW:
                return first
            result = function(act, *args, **kwargs)
            if len(act.entries) == before:
                raise SilentWrite(f"{name} wrote no ledger entry.")
            if key:
                _remember(act, name, key, result)
            return result

    return run


_NEW: Any = object()


def _first_result(act: Act, name: str, key: str) -> Any:
    """Claim the key, or return what its first use returned. A concurrent first use is waited for by the unique index."""
    from nanxi.foundation.models import OnceKey

    row, fresh = OnceKey.objects.get_or_create(actor=act.actor.handle, service=name, key=key, defaults={"at": act.now})
    if fresh:
        return _NEW
    if not row.result_model:
        return None
    return apps.get_model(row.result_model)._base_manager.get(pk=row.result_id)


def _remember(act: Act, name: str, key: str, result: Any) -> None:
    from nanxi.foundation.models import OnceKey

    if isinstance(result, models.Model):
        rows = OnceKey.objects.filter(actor=act.actor.handle, service=name, key=key)
        rows.update(result_model=result._meta.label_lower, result_id=result.pk)

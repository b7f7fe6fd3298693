"""The one place where this room talks to the register: who a record belongs to, and what may be shown of him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused


def claim(act: Act, *, area: str, source_kind: str, source_ref: str, name: str, id_no: str = "", phone: str = "") -> UUID:
    """A source record for somebody a form names. Raises Refused when nobody could be found by it."""
    if not name.strip() and not id_no.strip():
        raise Refused(_("Give the person's name, and the ID number or a phone if they are known."))
    services = _services()
    identity = services.Identity(name=name.strip(), id_no=id_no.strip(), phone=phone.strip())
    return services.record_claim(act, area=area, source_kind=source_kind, source_ref=source_ref, identity=identity)


def stranger(act: Act, *, area: str, source_ref: str, id_no: str, phone: str) -> UUID:
    """A record for somebody a terminal knows by a number only; the person joins it when a list brings the name."""
    services = _services()
    identity = services.Identity(id_no=id_no.strip(), phone=phone.strip())
    return services.record_claim(act, area=area, source_kind="cases.sighting", source_ref=source_ref, identity=identity)


def persons_of(record_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Record → person, for the records that are linked by now."""
    return _queries().persons_of(list(record_ids))


def person_of(record_id: UUID) -> UUID | None:
    return persons_of([record_id]).get(record_id)


def homes_of(record_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Record → the areas that the records of its person name as home."""
    return _queries().homes_of(list(record_ids))


def records_of_persons(person_ids: Iterable[UUID]) -> dict[UUID | None, set[UUID]]:
    """Person → all records of theirs that the scope shows."""
    return _queries().records_of_persons(set(person_ids))


def known(asked: Sequence[tuple[str, str]]) -> list[UUID | None]:
    """For each (ID number, phone) the record that carries it, None when the register knows nobody by it."""
    return _known(asked)


def labels(record_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Record → masked label for a work list, also before the register knows whose record it is."""
    return _queries().labels_of_records(list(record_ids))


def _services() -> Any:
    return import_module("nanxi.people.services")


def _queries() -> Any:
    return import_module("nanxi.people.queries")


def _known(asked: Sequence[tuple[str, str]]) -> list[UUID | None]:
    return import_module("nanxi.people.known").known_records(asked)

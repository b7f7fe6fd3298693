"""Opens what a phone told: recorded before it is shown, like every read of a person."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.field import below
from nanxi.field.models import HandedIn, Photo
from nanxi.field.phones import doors
from nanxi.field.phones.intake import HANDED_IN, PHOTO
from nanxi.foundation import vault
from nanxi.foundation.act import Act, service
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right


@dataclass(frozen=True)
class Opening:
    """By which object an officer opens the person, and for what."""

    via: tuple[str, UUID]
    purpose: Purpose


def opening_of(act: Act, row: HandedIn) -> Opening | None:
    """The notice about this visit, or another open task or alert about the same person; None when there is none."""
    notice = below.notice_about("field.handed_in", row.id)
    if notice is not None:
        return Opening(("desk.task", notice.id), Purpose.VERIFICATION)
    for opener in below.openers_of(act.actor, row.person_id, act.now) if row.person_id else []:
        return Opening(opener.via, Purpose(opener.purpose))
    return None


def open_report(act: Act, row: HandedIn, opening: Opening) -> None:
    """Record the read. Where a person is known it is a grant; where the task was gone, an entry of its own. Raises Refused."""
    if row.record_id is not None:
        below.open_record(act, row.record_id, opening.via, opening.purpose, row.person_id)
    note_read(act, row)


@service
def note_read(act: Act, row: HandedIn) -> None:
    act.need(Right.ASSIGN_TASKS)
    act.log("field.handed_in.read", area=row.area_code, subject=("field.handed_in", row.id), person=row.person_id)


def told_in(row: HandedIn) -> list[tuple[str, str]]:
    """What was told, question by question; of a visit that closed its task the desk's own page tells it."""
    if row.sealed is None:
        return [(_("Result"), row.outcome)]
    body = json.loads(vault.unseal(HANDED_IN, "sealed", row.record_id or row.id, bytes(row.sealed)))
    task = below.task_by_id(row.task_id)
    ref = task.form if task else getattr(doors.round_of(row.task_id), "form", "")
    shown = below.shown_answers(ref, body["answers"]) or [(name, str(text)) for name, text in body["answers"].items()]
    home = body.get("found") or {}
    shown += [(label, home.get(name, "")) for name, label in _home_words()]
    found = [(_("Result"), below.result_word(body["result"])), *shown, (_("In words"), body["note"])]
    found += [(_("Place"), _place(place)) for place in body["places"]]
    return [(name, text) for name, text in found if text]


def _home_words() -> list[tuple[str, str]]:
    words = (_("Address with house number"), _("Name of an adult"), _("Phone of an adult"))
    return list(zip(("address", "name", "phone"), words, strict=True))


def _place(place: list[Any]) -> str:
    name, start, end = place
    return f"{name} {start[:16]} – {end[:16]}".rstrip(" –")


def photos_of(row: HandedIn) -> list[bytes]:
    found = []
    for photo in Photo.objects.filter(handed_in=row).order_by("received_at", "id"):
        text = vault.unseal(PHOTO, "sealed", row.record_id or row.id, bytes(photo.sealed))
        found.append(base64.b64decode(text))
    return found

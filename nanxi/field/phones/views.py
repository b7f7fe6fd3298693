"""Pages for phones that keep their day (the shell, its worker, its manifest), and for the town what came in late from them."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nanxi.field import below
from nanxi.field.models import HandedIn
from nanxi.field.phones import day, reports
from nanxi.field.phones.rules import Standing
from nanxi.foundation import areas, charter
from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Refused
from nanxi.foundation.rights import Right, public, requires
from nanxi.web import menu

HERE = Path(__file__).resolve().parent.parent
PHONE = ("offline", "online", "bar", "draw", "fill", "line", "outbox", "photo", "say", "store", "sync")
#: Modules the shell loads, and what those load.
MODULES = (
    *(f"nanxi/{name}.js" for name in ("page", "alarm", "events", "keys", "locate", "rows", "theme", "times", "shell", "words")),
    *(f"field/phone/{name}.js" for name in PHONE),
    *(f"desk/{name}.js" for name in ("answers", "conditions", "questions")),
)
#: What else the shell's page is made from: a change of it is a new version.
SOURCES = ("templates/field/phone.html", "templates/field/phone_words.html", "locale/zh_Hans/LC_MESSAGES/django.po")
MOST_LATE = 100
TONES = {Standing.SAME: "quiet", Standing.TAKEN: "ok"}


@public("the shell of the phone pages; it holds nobody's data")
@require_GET
def shell(request: HttpRequest) -> HttpResponse:
    """The page a phone keeps and shows when the desk is away. It is the same for everybody."""
    return render(request, "field/phone.html", {"role": None, "user": None, "companions": []})


def _files() -> tuple[str, ...]:
    styles = ("nanxi/nanxi.css", "nanxi/mark.svg", *(name for name in menu.VENDOR.values() if finders.find(name)))
    return (*MODULES, *(styles if finders.find(menu.VENDOR["tabler"]) else (*styles, "nanxi/plain.css")))


@lru_cache(maxsize=1)
def _version() -> str:
    digest = hashlib.sha256()
    for name in (*_files(), "field/phone/worker.js"):
        digest.update(Path(str(finders.find(name))).read_bytes())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


@public("the program by which a phone keeps the shell; it holds nobody's data")
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: a line with the version and the files it keeps, then the program."""
    kept = {"version": _version(), "shell": reverse("field:phone"), "files": [static(name) for name in _files()]}
    program = Path(str(finders.find("field/phone/worker.js"))).read_text(encoding="utf-8")
    answer = HttpResponse(f"self.nanxi = {json.dumps(kept)};\n{program}", content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@public("name and colours of the phone pages; it holds nobody's data")
@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    county = charter.county()
    told = {
        "name": f"{county.name if county else ''} {_('My tasks today')}".strip(),
        "short_name": _("My tasks today"),
        "start_url": reverse("field:home"),
        "scope": reverse("field:home"),
        "display": "standalone",
        "background_color": "#f4f6f8",
        "theme_color": "#0d2f3a",
        "icons": [{"src": static("nanxi/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@requires(Right.ASSIGN_TASKS)
@require_GET
def handed_ins(request: HttpRequest) -> HttpResponse:
    """What came in from phones and could not close its task, newest first."""
    lines = day.flagged(MOST_LATE)
    labels = below.labels(line.person_id for line in lines)
    workers = below.names_of_users(line.by_id for line in lines)
    rows = [
        {"line": line, "label": labels.get(line.person_id), "worker": workers.get(line.by_id, ""), **_state(line)}  # type: ignore[arg-type]
        for line in lines
    ]
    return render(request, "field/handed_ins.html", {"rows": rows})


def _state(line: HandedIn) -> dict[str, str]:
    return {"state": _(line.state.label), "tone": TONES.get(line.state, "warn")}


@requires(Right.ASSIGN_TASKS)
def handed_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of them; what was told and the photos open on record, while a task about it is open to the officer."""
    line = day.handed_in(pk)
    if line is None:
        raise Http404
    act = act_of(request)
    opening = reports.opening_of(act, line)
    context: dict[str, Any] = {
        "row": line, "label": below.labels([line.person_id]).get(line.person_id), "opens": opening is not None,  # type: ignore[arg-type]
        "place": areas.names_of([line.area_code]).get(line.area_code, ""), "task": below.task_by_id(line.task_id),
        "worker": below.names_of_users([line.by_id]).get(line.by_id, ""), **_state(line),
    }  # fmt: skip
    if request.method == "POST":
        if opening is None:
            raise Refused(_("What was told opens while a task about it is open to you."))
        reports.open_report(act, line, opening)
        context |= {"told": reports.told_in(line), "photos": [_embedded(data) for data in reports.photos_of(line)]}
    return render(request, "field/handed_in.html", context)


def _embedded(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()

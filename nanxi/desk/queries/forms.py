"""Reads of forms: those shipped with the house and those the county published. A published one never changes: it is read once."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from nanxi.desk.models import FormVersion
from nanxi.desk.questions import definition
from nanxi.desk.questions.definition import Form

#: Shipped files are named `code.version.yaml`; like every published form they are never changed, a change is a new version.
SHIPPED = files("nanxi.desk") / "questions" / "shipped"


@lru_cache(maxsize=1)
def shipped() -> dict[str, str]:
    """`code@version` → text."""
    found = {}
    for file in SHIPPED.iterdir():
        if file.name.endswith(".yaml"):
            code, number, _yaml = file.name.split(".")
            found[f"{code}@{number}"] = file.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


@lru_cache(maxsize=200)
def _read(ref: str, text: str) -> Form:
    return definition.read(text)


def text_at(ref: str) -> str | None:
    """The text of a form by `code@version`; None when there is none."""
    if ref in shipped():
        return shipped()[ref]
    code, _at, number = ref.partition("@")
    if not number.isdigit():
        return None
    return FormVersion.objects.filter(code=code, number=int(number)).values_list("text", flat=True).first()


def form_at(ref: str) -> Form | None:
    """A form by `code@version`. None for a task that is closed without a form."""
    text = text_at(ref) if ref else None
    return _read(ref, text) if text is not None else None


def current_for(kind: str) -> str:
    """The newest form that serves a kind of task, as `code@version`; "" when it is closed by result and remark alone.

    What the county published goes before what is shipped.
    """
    rows = FormVersion.objects.order_by("-published_at", "-id").values_list("code", "number", "kinds")
    newest: dict[str, str] = {}
    for code, number, kinds in rows:
        newest.setdefault(code, f"{code}@{number}")
        if kind in kinds and newest[code] == f"{code}@{number}":
            return newest[code]
    mine = [ref for ref, text in shipped().items() if kind in _read(ref, text).kinds]
    return max(mine, key=number_of, default="")


def number_of(ref: str) -> int:
    return int(ref.partition("@")[2])


def last_number(code: str) -> int:
    """The highest version of a code so far; 0 when there is none."""
    known = [number_of(ref) for ref in shipped() if ref.startswith(f"{code}@")]
    known += FormVersion.objects.filter(code=code).values_list("number", flat=True)
    return max(known, default=0)


def versions() -> list[tuple[str, Form, FormVersion | None]]:
    """Every form with its reference, newest of a code first; the row of those the county published."""
    rows = {row.ref: row for row in FormVersion.objects.all()}
    refs = sorted({*rows, *shipped()}, key=lambda ref: (ref.partition("@")[0], -number_of(ref)))
    return [(ref, form, rows.get(ref)) for ref in refs if (form := form_at(ref)) is not None]

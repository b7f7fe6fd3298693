"""Messages set aside, for the operator: what shape they have, never what they say; read again, or put away with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.rights import Right, requires
from nanxi.orders import queries, services, wording
from nanxi.orders.models import DeadLetter
from nanxi.orders.services.letters import opened
from nanxi.orders.shapes import shape_of

PAGE = 50


class DiscardForm(forms.Form):
    why = forms.ChoiceField(label=gettext_lazy("Why it is put away"), choices=list(wording.DISCARDED.items()))


@requires(Right.RUN_SYSTEM)
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """Those that wait for a decision, or with ?decided=1 those that had one."""
    decided = request.GET.get("decided") == "1"
    page = Paginator(queries.letters(decided), PAGE).get_page(request.GET.get("page"))
    rows = [_row(letter) for letter in page.object_list]
    return render(request, "orders/letters.html", {"page": page, "rows": rows, "decided": decided})


@requires(Right.RUN_SYSTEM)
@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: when it came, why it could not be read, and its shape."""
    found = _found(pk)
    kept = opened(found)
    shape = shape_of(kept.body) if kept else None
    page = {
        "row": _row(found), "shape": shape, "form_words": wording.FORMS.get(shape.form, "") if shape else "",
        "fields": [(name, _(kind)) for name, kind in shape.fields] if shape else [],
        "whole": bool(kept and kept.whole), "form": DiscardForm(), "waits": not found.decision,
    }  # fmt: skip
    return render(request, "orders/letter.html", page)


@requires(Right.RUN_SYSTEM)
@require_POST
def letter_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it with the rules of today."""
    n = services.retry_letter(act_of(request), _found(pk))
    said = ngettext("Read: %(n)d position was added.", "Read: %(n)d positions were added.", n)
    messages.success(request, said % {"n": n})
    return redirect("ingest-letters")


@requires(Right.RUN_SYSTEM)
@require_POST
def letter_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it away for good."""
    services.discard_letter(act_of(request), _found(pk), why=request.POST.get("why", ""))
    messages.success(request, _("Put away. Its content is gone."))
    return redirect("ingest-letters")


def _found(pk: int) -> DeadLetter:
    found = queries.letter_by_id(pk)
    if found is None:
        raise Http404
    return found


def _row(letter: DeadLetter) -> dict[str, Any]:
    words, tone = wording.LETTERS[letter.decision]
    return {
        "pk": letter.pk, "rx": letter.rx, "reason": wording.DEAD.get(letter.reason, letter.reason), "state": words, "tone": tone,
        "why": wording.DISCARDED.get(letter.decided_why, ""), "decided_at": letter.decided_at,
    }  # fmt: skip

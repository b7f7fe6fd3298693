"""Pages of the intake: own lists, handing one in, its preview, and what follows from it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nanxi.foundation.accounts import act_of
from nanxi.foundation.act import Act, Refused
from nanxi.foundation.rights import Right, requires
from nanxi.people import list_books, list_queries, services
from nanxi.people.list_forms import CorrectedForm, ListForm
from nanxi.people.models import ListBatch
from nanxi.people.services.batches import may_take_out, own_area
from nanxi.people.views import intake_shown

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


@requires(Right.HAND_IN_LISTS)
def lists(request: HttpRequest) -> HttpResponse:
    """Lists of one's own area, newest first, each with its state and counts."""
    act = act_of(request)
    page = Paginator(_own(act), 30).get_page(request.GET.get("page"))
    lines = intake_shown.list_lines(page.object_list, plain=not act.actor.may(Right.REVIEW_IDENTITY))
    return render(request, "people/intake/lists.html", {"page": page, "lines": lines})


@requires(Right.HAND_IN_LISTS)
def list_new(request: HttpRequest) -> HttpResponse:
    """Hand in one or more files of one sender."""
    act = act_of(request)
    form = ListForm(request.POST or None, request.FILES or None, reach=act.actor.reach)
    if request.method == "POST" and form.is_valid():
        kept = _stage(request, act, form)
        if len(kept) == 1 and not form.errors:
            return redirect("list", kept[0].pk)
        if kept:
            return redirect("lists")
    return render(request, "people/intake/new.html", {"form": form, "templates": list(list_books.TEMPLATES)})


def _stage(request: HttpRequest, act: Act, form: ListForm) -> list[ListBatch]:
    """Each file by itself: a bad one is said and does not hold up the others."""
    facts = form.cleaned_data
    area = facts["area"] or own_area(act.actor.unit_id)
    kept: list[ListBatch] = []
    refused: list[str] = []
    for number, upload in enumerate(facts["file"]):
        one = Act(actor=act.actor, key=f"{act.key}:{number}" if act.key else "")
        try:
            batch = services.stage_file(
                one, area=area, file_name=upload.name or "", content=upload.read(), sender=facts["sender"],
                list_day=facts["list_day"],
            )  # fmt: skip
        except Refused as problem:
            refused.append(f"{upload.name}: {problem}")
            continue
        kept.append(batch)
        if batch.received_at != one.now:
            messages.warning(request, _("%(name)s is here already; nothing was changed.") % {"name": upload.name})
    for sentence in refused:
        if kept:
            messages.error(request, sentence)
        else:
            form.add_error("file", sentence)
    return kept


@requires(Right.HAND_IN_LISTS)
def list_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One list: progress while a job is at work, then what each row would become or became."""
    act = act_of(request)
    batch = _batch(act, pk)
    shown = intake_shown.preview(batch, request.GET.get("show", ""), plain=not act.actor.may(Right.REVIEW_IDENTITY))
    page = Paginator(shown.rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "people/intake/list.html",
        {
            "batch": batch, "shown": shown, "page": page, "lines": intake_shown.row_lines(batch, shown, page.object_list),
            "corrected": CorrectedForm(), "may_take_out": shown.may_correct and may_take_out(act, batch),
            "choices": list_books.column_choices(), "overlooked": intake_shown.overlooked_line(batch, shown),
            "zones": intake_shown.zone_lines(batch, plain=not act.actor.may(Right.REVIEW_IDENTITY)),
        },
    )  # fmt: skip


@requires(Right.HAND_IN_LISTS)
@require_POST
def list_commit(request: HttpRequest, pk: UUID) -> HttpResponse:
    act = act_of(request)
    services.commit_batch(act, _batch(act, pk))
    return redirect("list", pk)


@requires(Right.HAND_IN_LISTS)
@require_POST
def list_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    act = act_of(request)
    services.withdraw_batch(act, _batch(act, pk))
    messages.success(request, _("The list is withdrawn; its rows leave the register now."))
    return redirect("list", pk)


@requires(Right.HAND_IN_LISTS)
@require_POST
def list_mapping(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the headings of one sheet mean, as chosen on the preview."""
    act = act_of(request)
    sheet = request.POST.get("sheet", "")
    keys = [request.POST[name] for name in sorted(_column_fields(request), key=lambda name: int(name.removeprefix("column-")))]
    services.choose_columns(act, _batch(act, pk), sheet=int(sheet) if sheet.isascii() and sheet.isdigit() else -1, keys=keys)
    messages.success(request, _("The file is read again with these columns; they are remembered for this sender."))
    return redirect("list", pk)


def _column_fields(request: HttpRequest) -> list[str]:
    return [name for name in request.POST if name.startswith("column-") and name.removeprefix("column-").isdigit()]


@requires(Right.HAND_IN_LISTS)
@require_POST
def list_correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The corrected file; what it would change is previewed like any list."""
    act = act_of(request)
    form = CorrectedForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(_("Choose the corrected file first."))
    upload = form.cleaned_data["file"]
    made = services.correct_file(act, _batch(act, pk), file_name=upload.name, content=upload.read())
    if made.supersedes_id != pk:
        messages.warning(request, _("%(name)s is here already; nothing was changed.") % {"name": upload.name})
    return redirect("list", made.pk)


@requires(Right.HAND_IN_LISTS)
@require_POST
def list_errors(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The list with the reason beside each bad cell."""
    act = act_of(request)
    batch = _batch(act, pk)
    found = services.hand_out_errors(act, batch)
    return _download(list_books.error_book(found), f"corrections-{batch.id.hex[-6:]}.xlsx")


@requires(Right.HAND_IN_LISTS)
def list_template(request: HttpRequest) -> HttpResponse:
    """An empty list to fill in."""
    kind = request.GET.get("kind", "persons")
    if kind not in list_books.TEMPLATES:
        raise Http404
    return _download(list_books.template_book(kind), f"{kind}.xlsx")


def _own(act: Act):
    """Offices see the lists of their area; a firm or counter only those its own people handed in."""
    rows = list_queries.batches()
    return rows if act.actor.may(Right.SEE_DESK) else rows.filter(unit_id=act.actor.unit_id)


def _batch(act: Act, pk: UUID) -> ListBatch:
    batch = list_queries.batch_by_id(pk)
    if batch is None or not (act.actor.may(Right.SEE_DESK) or batch.unit_id == act.actor.unit_id):
        raise Http404
    return batch


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

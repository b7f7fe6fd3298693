"""The notice and the certificate as PDF files: the words of the printed pages, the number, and codes that anybody can check."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from nanxi.foundation.clock import COUNTY
from nanxi.foundation.rights import Right, requires
from nanxi.orders.views import shown
from nanxi.orders.views.papers import named_certificate_of, notice_of
from nanxi.web.pdf import Paper


@requires(Right.SERVE_ORDERS, Right.ISSUE_ORDERS)
@require_GET
def notice_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notice as a file. It names the person: a read, like printing it."""
    page = notice_of(request, shown.found(pk))
    paper = Paper(str(page["order"].number))
    for part in page["parts"]:
        with override(part["language"]):
            _notice(paper, page, part)
    return _sent(paper, f"notice-{page['order'].number}.pdf")


def _notice(paper: Paper, page: dict[str, Any], part: dict[str, str]) -> None:
    paper.heading(_("Notice of medical observation"))
    paper.row(_("Order number"), page["order"].number)
    paper.row(_("Full name"), page["identity"].name)
    paper.row(_("Issued"), _stamp(page["issued"]))
    paper.row(_("Until"), _stamp(page["standing"].until))
    paper.row(_("Place"), ": ".join(word for word in (part["kind"], page["address"]) if word))
    for label, word in ((_("Reason"), "reason"), (_("Evidence"), "evidence"), (_("Legal basis"), "basis")):
        paper.row(label, part[word])
    paper.text(_(
        "Please stay at the place named above until the time named above. The order ends by itself at that time; a longer one"
        " would be a new decision, served on you anew."
    ))  # fmt: skip
    paper.text(_("You need food, medicine or a doctor, or have symptoms? Call:") + " " + _called(page["town"]))
    paper.text(_(
        "You may contest this order on the page behind the code, on paper or by phone. Another officer answers within 24 hours;"
        " without an answer the order falls, unless your own laboratory result is positive."
    ))  # fmt: skip
    own = _("The page behind the code shows your status, the evidence, who decided, until when, and who looked at your data.")
    genuine = _(
        "Anybody who is shown this paper may check it: the code says whether the number is genuine and whether the order is in"
        " force, nothing else."
    )
    paper.code(page["link"], [own, page["link"]])
    paper.code(page["check"], [genuine, page["check"]])


@requires(Right.SERVE_ORDERS, Right.ISSUE_ORDERS)
@require_GET
def certificate_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The certificate of the end as a file. It names the person: a read."""
    page = named_certificate_of(request, shown.found(pk))
    paper = Paper(str(page["order"].number))
    for part in page["parts"]:
        with override(part["language"]):
            paper.heading(_("Certificate of the end of medical observation"))
            paper.row(_("Order number"), page["order"].number)
            paper.row(_("Full name"), page["identity"].name)
            paper.row(_("Place"), part["kind"])
            paper.row(_("Reason"), part["reason"])
            paper.row(_("From"), _stamp(page["issued"]))
            paper.row(_("Ended"), f"{_stamp(page['ended'])} {part['how']}")
            paper.row(_("Issued by"), _called(page["town"]))
            paper.text(_(
                "The observation named above has ended. The holder is not bound by it any more and must not be turned away"
                " because of it."
            ))  # fmt: skip
    told = _("Check it: this code opens the county's page, which says whether the number is genuine and what holds now.")
    paper.code(page["check"], [told, page["check"]])
    post = _("For checkpoints without network: a signed pass, valid until") + " " + _stamp(page["valid_until"])
    paper.code(page["signed"], [post], error="l")
    return _sent(paper, f"certificate-{page['order'].number}.pdf")


def _called(unit: Any) -> str:
    return f"{unit} {unit.phone}" if unit else "–"


def _stamp(at: Any) -> str:
    return f"{at.astimezone(COUNTY):%Y-%m-%d %H:%M}" if at else "–"


def _sent(paper: Paper, name: str) -> HttpResponse:
    """Named by the order's number; kept by nobody on the way."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(paper.made(), content_type="application/pdf", headers=headers)

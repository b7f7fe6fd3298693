"""Components of every page: `{% load nanxi %}`. What a person reads about states, times and people looks the same everywhere.

{% icon "bell" %} · {% badge text tone %} · {% when at %} · {{ at|stamp }} {{ at|day }} {{ at|hm }} · {% once_key %} ·
{% nothing title text url label icon %} · {% pages page %} · {% filterbar form %} · {% field form.name %} · {% formbody form %} ·
{% timeline moments %} · {% waterfall bars %} · {% progress done total %} · {% masked label %} · {{ phone|tel }}
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from nanxi.foundation.clock import COUNTY
from nanxi.web.bars import waterfall_svg
from nanxi.web.icons import PATHS
from nanxi.web.parts import TONES, Bar

register = template.Library()
NAMED_ICON = '<svg class="nx-icon" viewBox="0 0 24 24" role="img" aria-label="{}"><path d="{}"/></svg>'


@register.simple_tag
def icon(name: str, label: str = "") -> str:
    """A drawing of ours, hidden from screen readers unless it carries a label."""
    drawing = mark_safe(PATHS.get(name, PATHS["dot"]))
    if label:
        return format_html(NAMED_ICON, label, drawing)
    return format_html('<svg class="nx-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', drawing)


@register.simple_tag
def badge(text: Any, tone: str = "quiet") -> str:
    """A state in words, with a mark and a colour. Tones: ok, go, wait, warn, danger, quiet."""
    tone = tone if tone in TONES else "quiet"
    return format_html('<span class="nx-badge nx-{}"><span aria-hidden="true">{}</span> {}</span>', tone, TONES[tone], text)


@register.filter
def stamp(at: datetime | None) -> str:
    """2020-02-10 08:05 in the county's time; a dash when there is none."""
    return at.astimezone(COUNTY).strftime("%Y-%m-%d %H:%M") if at else "–"


@register.filter
def day(at: datetime | date | None) -> str:
    """2020-02-10 in the county's time."""
    if isinstance(at, datetime):
        at = at.astimezone(COUNTY)
    return at.strftime("%Y-%m-%d") if at else "–"


@register.filter
def hm(at: datetime | None) -> str:
    """08:05 in the county's time."""
    return at.astimezone(COUNTY).strftime("%H:%M") if at else "–"


@register.simple_tag
def when(at: datetime | None) -> str:
    """A <time> that the browser also tells as "5 minutes ago" (times.js)."""
    if not at:
        return "–"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), stamp(at))


@register.filter
def tel(phone: str) -> str:
    """A phone number as a tel: address takes it."""
    return re.sub(r"[^\d+]", "", str(phone))


@register.simple_tag
def once_key() -> str:
    """The hidden key that makes a second click on a form change nothing."""
    return format_html('<input type="hidden" name="_key" value="{}">', secrets.token_urlsafe(18))


@register.simple_tag
def masked(label: Any) -> str:
    """A person in a work list: masked name and the tail of what identifies, marked as masked for screen readers."""
    if label is None:
        return format_html('<span class="nx-masked">{}</span>', _("not yet identified"))
    return format_html('<span class="nx-masked" title="{}">{}</span>', _("masked; opening it is recorded"), label)


@register.inclusion_tag("web/parts/nothing.html")
def nothing(title: str, text: str = "", url: str = "", label: str = "", icon: str = "inbox") -> dict[str, Any]:
    """An empty state: what is empty, what to do about it, and the button that does it."""
    return {"title": title, "text": text, "url": url, "label": label, "icon": icon}


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def pages(context: template.Context, page: Page) -> dict[str, Any]:
    """Links between the pages of a list; the filter stays in the address."""
    request: HttpRequest | None = context.get("request")
    kept = request.GET.copy() if request else {}
    kept.pop("page", None)
    rest = kept.urlencode() if request else ""  # type: ignore[union-attr]
    return {"page": page, "rest": f"&{rest}" if rest else ""}


@register.inclusion_tag("web/parts/filterbar.html", takes_context=True)
def filterbar(context: template.Context, form: forms.Form) -> dict[str, Any]:
    """A GET form over a list: fields in one row, apply and clear."""
    request: HttpRequest | None = context.get("request")
    return {"form": form, "path": request.path if request else "", "narrowed": bool(request and request.GET)}


@register.inclusion_tag("web/parts/field.html")
def field(bound: forms.BoundField) -> dict[str, Any]:
    """One form field: label, control, help and errors tied together."""
    widget = bound.field.widget
    kind = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect):
        kind = "form-select"
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attributes: dict[str, str] = {}
    if not isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        attributes["class"] = f"{widget.attrs.get('class', '')} {kind}{' is-invalid' if bound.errors else ''}".strip()
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    control = bound.as_widget(attrs=attributes)
    return {"field": bound, "control": control, "check": kind == "form-check-input", "choices": "class" not in attributes}


@register.inclusion_tag("web/parts/formbody.html")
def formbody(form: forms.BaseForm) -> dict[str, Any]:
    """All fields of a form with an error summary whose links jump to the fields."""
    return {"form": form, "faulty": [bound for bound in form if bound.errors] if form.is_bound else []}


@register.inclusion_tag("web/parts/timeline.html")
def timeline(moments: Iterable[Any]) -> dict[str, Any]:
    """What happened, line by line (nanxi.web.parts.Moment)."""
    return {"moments": list(moments)}


@register.simple_tag
def waterfall(bars: Iterable[Bar | tuple[str, float]], title: str = "") -> str:
    """How single weights add up to a sum, as an SVG with its table in words."""
    steps = [bar if isinstance(bar, Bar) else Bar(*bar) for bar in bars]
    return mark_safe(waterfall_svg(steps, title=title or _("How the weights add up"), total=_("together")))


@register.inclusion_tag("web/parts/progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, Any]:
    """How much of something is done, as bar and as figures."""
    return {"done": done, "total": total, "label": label, "percent": round(100 * done / total) if total else 0}

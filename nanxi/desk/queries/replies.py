"""The reply to a directive, made from its tasks and parts: figures first, then what units reported. The desk may reword it."""

from __future__ import annotations

from django.db.models import Count
from django.utils.translation import gettext as _

from nanxi.desk import rules
from nanxi.desk.models import Directive, Task
from nanxi.desk.queries.directives import coverage_of, distinct_persons
from nanxi.desk.queries.parts import note_of_step, parts_of


def reply_of(directive: Directive) -> str:
    """Sentences of figures: checks and distinct persons apart, results, towns not finished, units' reports. Empty without any."""
    return "\n".join([*_checks(directive), *_parts(directive)])


def _checks(directive: Directive) -> list[str]:
    rows = Task.objects.filter(directive=directive, kind=rules.TaskKind.VERIFICATION.code)
    counts = dict(rows.filter(ended_at__isnull=False).values_list("result").annotate(n=Count("id")))
    total = rows.count()
    if not total:
        return []
    done = sum(counts.values())
    told = [
        _("%(total)d checks of %(persons)d persons; %(done)d done.")
        % {"total": total, "persons": distinct_persons(directive), "done": done}
    ]
    named = [f"{_(rules.RESULTS[code])} {number}" for code, number in sorted(counts.items()) if code in rules.RESULTS]
    if named:
        told.append(_("Of these: %(results)s.") % {"results": "、".join(named)})
    late = [f"{town.name} {town.total - town.done}" for town in coverage_of(directive) if town.done < town.total]
    if late:
        told.append(_("Not done yet: %(towns)s.") % {"towns": "、".join(late)})
    return told


def _parts(directive: Directive) -> list[str]:
    told = []
    for line in parts_of(directive):
        step = next((one for one in reversed(line.steps) if one.kind == "reported"), None)
        if line.state == "reported" and step is not None:
            told.append(f"{line.unit}：{note_of_step(step) or _('nothing to report')}")
        elif line.state != "withdrawn":
            told.append(f"{line.unit}：{_('has not reported back yet')}")
    return told

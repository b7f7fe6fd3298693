"""Rows of a list that belong to another county leave the house as a list to that county, with a reason, each time recorded."""

from __future__ import annotations

from django.utils.translation import gettext as _

from nanxi.desk import below
from nanxi.desk.models import Directive, HandOver
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right


@service
def hand_over(act: Act, directive: Directive, *, county: str) -> tuple[list[str], list[list[str]]]:
    """The sender's columns and the rows of one other county, to be sent there. Raises Refused when there are none."""
    act.need(Right.TRIAGE_DIRECTIVES)
    if directive.batch_id is None or directive.withdrawn_at is not None:
        raise Refused(_("This directive has no list, or it was withdrawn."))
    wanted = {row.record_id for row in below.rows_elsewhere(directive.batch_id) if row.elsewhere == county}
    if not wanted:
        raise Refused(_("No row of this list belongs to that county; open the list again."))
    sheet = below.open_batch(act, batch_id=directive.batch_id, via=("desk.directive", directive.id), purpose=Purpose.VERIFICATION)
    rows = [list(row.cells) for row in sheet.rows if row.record_id in wanted]
    assert act.actor.user_id is not None
    sent = HandOver(
        area_code=directive.area_code, directive=directive, county=county, at=act.now, by_id=act.actor.user_id, rows=len(rows)
    )
    sent.save()
    act.log(
        "desk.batch.handed_over", area=directive.area_code, subject=("desk.directive", directive.id), county=county,
        rows=len(rows), purpose=Purpose.VERIFICATION.value,
    )  # fmt: skip
    return list(sheet.header), rows

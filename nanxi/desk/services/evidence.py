"""Online claims and findings on the spot: both stay as evidence. Where they differ a rule or a person decides.

The source whose claim does not stand is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.desk import queries, rules
from nanxi.desk.models import Finding, Ruling, Task
from nanxi.desk.sealing import seal_words
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.rights import Right

if TYPE_CHECKING:
    from nanxi.desk.services.closing import Closing

TOLD = gettext_noop("What your unit told was contradicted on the spot")
#: A notice is read within two days; after two weeks nobody needs it any more.
NOTICE_WITHIN, NOTICE_ENDS = timedelta(days=2), timedelta(days=14)


@service
def keep_claim(
    act: Act,
    task: Task,
    *,
    says: str,
    how: str,
    at: datetime,
    source: tuple[str, UUID] | None = None,
    source_unit_id: UUID | None = None,
) -> Finding:
    """Keep what is known online about the person of a task: says (rules.Says), how (`event` or `declared`), at its own time.

    The same source told twice changes nothing. Raises Refused for a claim that lies in the future.
    """
    if says not in {one.code for one in rules.Says} or how not in {"event", "declared"}:
        raise Refused(_("An online claim says here, gone or unclear, and is an event or a declaration."))
    if at > act.now:
        raise Refused(_("An online claim cannot lie in the future; correct its time."))
    known = Finding.everything.filter(task=task, source_kind=source[0], source_id=source[1]).first() if source else None
    if known is not None:
        act.log("desk.finding.repeated", area=task.area_code, subject=("desk.task", task.id))
        return known
    claim = Finding(
        area_code=task.area_code, task=task, way=Finding.Way.ONLINE, says=says, how=how, at=at, by_id=act.actor.user_id,
        source_kind=source[0] if source else "", source_id=source[1] if source else None, source_unit_id=source_unit_id,
        recorded_at=act.now,
    )  # fmt: skip
    claim.save()
    act.log("desk.finding.kept", area=task.area_code, subject=("desk.task", task.id), way="online", says=says, how=how)
    _weigh(act, task)
    return claim


def found_on_the_spot(act: Act, closings: Sequence[Closing]) -> None:
    """Keep the results of tasks as evidence, each at the time it was found. Runs inside the service that closes them."""
    findings = [_finding(act, one) for one in closings]
    Finding.everything.bulk_create(findings)
    claimed = queries.claimed_online(one.task.id for one in closings)
    for one in closings:
        if one.task.id in claimed:
            _weigh(act, one.task)


def _finding(act: Act, one: Closing) -> Finding:
    how = str((one.answers or {}).get("met_in") or "person")
    return Finding(
        area_code=one.task.area_code, task=one.task, way=Finding.Way.OFFLINE, says=rules.SAYS[one.result].code, at=one.at,
        how=how if how in rules.KNOWN else "person", by_id=act.actor.user_id, recorded_at=act.now,
    )  # fmt: skip


def _weigh(act: Act, task: Task) -> None:
    """Let the rule decide between the newest online claim and the newest finding on the spot."""
    pair = queries.newest_pair(task)
    if pair is None:
        return
    claim, spot = pair
    verdict = rules.verdict_on(queries.as_told(claim), queries.as_told(spot))
    if verdict in (rules.Verdict.AGREE, rules.Verdict.SILENT):
        return
    if verdict is rules.Verdict.PERSON:
        act.log("desk.finding.differs", area=task.area_code, subject=("desk.task", task.id), person=task.person_id)
        return
    stands, falls = (spot, claim) if verdict is rules.Verdict.SPOT else (claim, spot)
    _rule(act, task, stands, falls, rule=verdict.value, reason="")


@service
def decide_between(act: Act, task: Task, *, stands: Finding, reason: str) -> Ruling:
    """A person decides which of the differing findings stands, with one sentence why."""
    act.need(Right.ASSIGN_TASKS)
    pair = queries.newest_pair(task)
    if pair is None or stands.id not in {one.id for one in pair}:
        raise Refused(_("There are no two findings that differ here, or a newer one has come; look at the task again."))
    if not reason.strip():
        raise Refused(_("Say in one sentence why this finding stands."))
    falls = next(one for one in pair if one.id != stands.id)
    return _rule(act, task, stands, falls, rule="", reason=reason)


def _rule(act: Act, task: Task, stands: Finding, falls: Finding, *, rule: str, reason: str) -> Ruling:
    ruling = Ruling(area_code=task.area_code, task=task, stands=stands, rule=rule, by_id=act.actor.user_id, at=act.now)
    ruling.reason = seal_words("desk_ruling", "reason", reason, record_id=task.record_id, row_id=ruling.id)
    ruling.save()
    act.log(
        "desk.finding.ruled", area=task.area_code, subject=("desk.task", task.id), person=task.person_id, stands=stands.way,
        says=stands.says, rule=rule or "person", directive=task.directive_id,
    )  # fmt: skip
    _tell_source(act, task, falls)
    return ruling


def _tell_source(act: Act, task: Task, falls: Finding) -> None:
    """The unit whose claim does not stand reads so in a notice; the sender of a list reads it in the answer workbook."""
    if falls.way != Finding.Way.ONLINE or falls.source_unit_id is None:
        return
    from nanxi.desk.services.generated import open_generated

    open_generated(
        act,
        rule="desk.contradicted",
        subject=("desk.task", task.id),
        stops_at=act.now + NOTICE_ENDS,
        kind=rules.TaskKind.NOTICE.code,
        area=task.area_code,
        title=TOLD,
        unit_id=falls.source_unit_id,
        due=act.now + NOTICE_WITHIN,
        facts={"said": falls.says},
    )

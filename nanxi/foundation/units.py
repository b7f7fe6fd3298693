"""Units and what they answer for: who serves an area, and what reach a unit has."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.models import Area, Unit, UnitArea
from nanxi.foundation.reach import Reach, stem_of
from nanxi.foundation.rights import Right


@service
def found_unit(act: Act, *, name: str, kind: str, areas: Iterable[str], phone: str = "", above: UUID | None = None) -> Unit:
    """A new unit serving the given areas. Raises Refused naming an unknown area."""
    act.need(Right.KEEP_UNITS)
    codes = list(areas)
    known = set(Area.objects.filter(code__in=codes).values_list("code", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise Refused(
            _("Area %(code)s is not in the county's area tree. Import the areas first, or correct the code.")
            % {"code": unknown[0]}
        )
    unit = Unit(name=name, kind=kind, phone=phone, above_id=above)
    unit.save()
    UnitArea.objects.bulk_create([UnitArea(unit=unit, area_id=code) for code in codes])
    act.log(
        "foundation.unit.founded",
        area=codes[0] if codes else "",
        subject=("foundation.unit", unit.id),
        kind_of_unit=kind,
        areas=codes,
    )
    return unit


def reach_of(unit_id: UUID) -> Reach:
    """Everything inside the areas the unit serves."""
    return Reach.over(UnitArea.objects.filter(unit_id=unit_id).values_list("area_id", flat=True))


def serving(area_code: str, kind: str) -> Unit | None:
    """The unit of a kind that serves an area most closely: the longest stem that holds the area wins."""
    best: tuple[int, Unit] | None = None
    for link in UnitArea.objects.filter(unit__kind=kind).select_related("unit").order_by("unit__name"):
        stem = stem_of(link.area_id)
        if area_code.startswith(stem) and (best is None or len(stem) > best[0]):
            best = (len(stem), link.unit)
    return best[1] if best else None

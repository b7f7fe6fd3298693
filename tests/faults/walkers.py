"""Run inside a house by `test_alerts`: phones of nobody, at home since a while. Prints order and token of each as JSON.

python -m tests.faults.walkers HOME TOWN COUNT
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from pathlib import Path

from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django

LON, LAT = 120.69, 28.15


def main(home: str, town: str, count: int) -> int:
    enter_django(Home(Path(home)), roles.WORKER)
    from nanxi.foundation import acts, scope, vault
    from nanxi.foundation.clock import WALL
    from nanxi.foundation.identifiers import uuid7
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.orders.models import HomePoint, IsolationOrder, OrderDevice

    now, made = WALL.now(), []
    begin, until = now - timedelta(minutes=30), now + timedelta(days=1)
    with scope.enter(EVERYWHERE, at=now), acts.set_up():
        for _ in range(count):
            record, token = uuid7(), uuid7().hex
            vault.make_keys([record])
            order = IsolationOrder(
                area_code=town, number=f"FAULT-{record.hex[-12:]}", record_id=record, kind="walk", reason="walk",
                legal_basis="none", rule_version="walk-1", page_digest=hashlib.sha256(record.bytes).digest(), made_at=begin,
                open_until=until, synthetic=True,
            )  # fmt: skip
            order.save()
            point = vault.seal("orders_homepoint", "point", record, json.dumps({"lon": LON, "lat": LAT, "acc": 5}))
            HomePoint(
                area_code=town, order=order, point_sealed=point, radius_m=100.0, datum_source="WGS-84", taken_how="synthetic",
                taken_at=begin,
            ).save()  # fmt: skip
            OrderDevice(
                area_code=town, order=order, label="fault", token_digest=hashlib.sha256(token.encode()).digest(), made_at=begin,
                valid_from=begin, valid_until=until,
            ).save()  # fmt: skip
            made.append((str(order.pk), token))
    print(json.dumps(made))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

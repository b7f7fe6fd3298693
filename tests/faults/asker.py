"""Run inside a house by `test_jobs`: an officer of a town hands in a list that is taken in at once. Prints the batch and its job.

python -m tests.faults.asker HOME WORKBOOK
"""

from __future__ import annotations

import sys
from pathlib import Path

from nanxi.foundation.postgres import Home, roles
from nanxi.foundation.supervisor.database import enter_django

TOWN = "330324101000"


def main(home: str, workbook: str) -> int:
    enter_django(Home(Path(home)), roles.WEB)
    from nanxi.foundation import accounts, scope, units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.rights import Role
    from nanxi.people import services

    setup = Act(actor=house("setup"))
    with scope.enter(setup.actor.reach, at=setup.now):
        unit = units.found_unit(setup, name="East", kind="town", areas=[TOWN])
        alice = accounts.open_account(setup, username="alice", display_name="Alice", unit=unit, role=Role.TOWN_DUTY)
        actor = accounts.actor_of(alice)
    act = Act(actor=actor)
    with scope.enter(actor.reach, user_id=alice.id, at=act.now):
        batch = services.stage_and_commit(
            act, area=TOWN, file_name="list.xlsx", content=Path(workbook).read_bytes(), sender="test"
        )
        print(batch.id)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))

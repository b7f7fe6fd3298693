"""How fast are work lists, dispatch and acts on many tasks with 300,000 open tasks in 41 towns?

One embedded PostgreSQL with durable commits, the real roles: pages as `nanxi_web` through Django's test client (middleware, row
security, templates), dispatch and bulk as `nanxi_worker`. The tasks themselves are laid out by the superuser and are not measured.

    .venv/bin/python bench/tasks.py [--tasks 300000] [--checks 29170] [--lists 637] [--bulk 5000]
"""

from __future__ import annotations

import argparse
import html
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402
from nanxi.foundation.postgres.home import COUNTY as NAME  # noqa: E402

TOWNS, VILLAGES = 41, 20
COUNTY = "990324000000"
LAY_OUT = """
INSERT INTO desk_task (id, area_code, kind, title, subject_kind, unit_id, assignee_id, due, priority, facts, opened_at, result,
  form, rule, ended_for, person_id)
SELECT gen_random_uuid(), '990324' || (101 + n %% {towns})::text || lpad((1 + (n / {towns}) %% {villages})::text, 3, '0'),
  (ARRAY['verification', 'visit', 'call', 'patrol'])[1 + n %% 4], 'Verify a person of a list', '', u.unit_id,
  CASE WHEN n %% 3 = 0 THEN u.user_id END, now() + (n %% 20000 - 4000) * interval '1 minute', 1 + n %% 3, '{{}}', now(), '',
  'verification@1', '', '', gen_random_uuid()
FROM generate_series(1, %s) AS n
JOIN (SELECT a.area_id, a.unit_id, min(f.id::text)::uuid AS user_id FROM foundation_unitarea a
  JOIN foundation_user f ON f.unit_id = a.unit_id GROUP BY 1, 2) AS u ON u.area_id = '990324' || (101 + n %% {towns})::text || '000'
"""


def environment(home: Path, role: str) -> dict[str, str]:
    ours = {"NANXI_HOME": str(home), "NANXI_DB_ROLE": role, "DJANGO_SETTINGS_MODULE": "nanxi.settings", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **ours}


def town(number: int) -> str:
    return f"990324{101 + number}000"


def p95(work: Callable[[], Any], times: int = 40) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds; the first three warm caches and do not count."""
    took = []
    for number in range(times + 3):
        began = time.perf_counter()
        work()
        if number >= 3:
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def found() -> None:
    """County, towns, villages, units and officers."""
    from datetime import timedelta

    from nanxi.foundation import accounts, areas, charter, scope, units, vault
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.areas import AreaRecord
    from nanxi.foundation.clock import county_day
    from nanxi.foundation.models import Area, Unit
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.foundation.rights import Role

    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        records = [AreaRecord(COUNTY, "County"), *(AreaRecord(town(n), f"Town {n}") for n in range(TOWNS))]
        records += [AreaRecord(f"{town(n)[:9]}{v:03d}", f"Village {v}") for n in range(TOWNS) for v in range(1, VILLAGES + 1)]
        areas.found_areas(act, records, origin="bench")
        until = county_day(act.now) + timedelta(days=90)
        charter.found_county(act, name="C", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="bench")
        vault.mac("bench", b"")
        desk = units.found_unit(act, name="Headquarters", kind=Unit.Kind.HEADQUARTERS, areas=[COUNTY])
        accounts.open_account(act, username="hua", display_name="Hua", unit=desk, role=Role.HQ_DESK)
        for number in range(TOWNS):
            unit = units.found_unit(act, name=f"Town {number}", kind=Unit.Kind.TOWN, areas=[town(number)])
            for part in "ab":
                name = f"town-{number}-{part}"
                accounts.open_account(act, username=name, display_name=name, unit=unit, role=Role.TOWN_DUTY)


def pages() -> None:
    from django.test import Client

    from nanxi.foundation.models import User

    def client(name: str) -> Client:
        made = Client(headers={"accept-language": "zh"})
        made.force_login(User.objects.get(username=name))
        session = made.session
        session["mfa_ready"] = True
        session.save()
        return made

    def look(who: Client, address: str) -> None:
        answer = who.get(address)
        assert answer.status_code == 200, answer.status_code

    hua, ours = client("hua"), client("town-7-a")
    mine = town(7)[:9]
    later = html.unescape(re.findall(r'rel="next" href="([^"]+)"', hua.get("/desk/tasks/").content.decode())[0])
    for what, who, address in (
        ("town officer, own town", ours, "/desk/tasks/"),
        ("county officer, same town", hua, f"/desk/tasks/?town={mine}"),
        ("town officer, own town, one kind", ours, "/desk/tasks/?kind=patrol"),
        ("county officer, same town, one kind", hua, f"/desk/tasks/?town={mine}&kind=patrol"),
        ("town officer, overdue", ours, "/desk/tasks/?due=overdue"),
        ("town officer, held by nobody", ours, "/desk/tasks/?holder=nobody"),
        ("county officer, whole county", hua, "/desk/tasks/"),
        ("county officer, whole county, next page", hua, f"/desk/tasks/{later}"),
    ):
        middle, high = p95(lambda who=who, address=address: look(who, address))
        print(f"  list, {what:42} p50 {middle:6.1f} ms   p95 {high:6.1f} ms   (gate: 150)", flush=True)


def dispatch(checks: int, lists: int) -> None:
    """The county's lists become checks: triaged directives whose rows are dispatched one list after the other."""
    from datetime import timedelta

    from nanxi.desk.models import Directive, Task
    from nanxi.desk.queries import ListRow
    from nanxi.desk.services.dispatch import take_list
    from nanxi.foundation import acts, scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.identifiers import uuid7
    from nanxi.foundation.reach import EVERYWHERE

    act = Act(actor=house("desk"))
    share = [checks // lists + (number < checks % lists) for number in range(lists)]
    with scope.enter(EVERYWHERE, at=act.now), acts.set_up():
        made = [
            Directive(
                kind="order", number=str(number), sender="City", received_at=act.now, deadline=act.now + timedelta(days=1),
                area_code=COUNTY, text=b"", triaged_at=act.now,
            )
            for number in range(lists)
        ]  # fmt: skip
        Directive.everything.bulk_create(made)
    began, number = time.perf_counter(), 0
    for directive, size in zip(made, share, strict=True):
        rows = []
        for _ in range(size):
            number += 1
            area = f"{town(number % TOWNS)[:9]}{1 + number % VILLAGES:03d}"
            rows.append(ListRow(uuid7(), uuid7(), area))
        with scope.enter(EVERYWHERE, at=act.now):
            take_list(Act(actor=house("desk")), directive, uuid7(), rows)
    took = time.perf_counter() - began
    with scope.enter(EVERYWHERE, at=act.now):
        assert Task.objects.filter(directive__in=made).count() == checks
    print(f"  dispatch of {checks} checks of {lists} lists: {took:.1f} s   (gate: 60)", flush=True)


def deal(checks: int) -> None:
    """The same checks as one list: the first rows at once, the rest by the job."""
    from datetime import timedelta

    from nanxi.desk import below
    from nanxi.desk.models import Directive, Task
    from nanxi.desk.queries import ListRow
    from nanxi.desk.services import dispatch as dealing
    from nanxi.foundation import acts, jobs, scope
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.identifiers import uuid7
    from nanxi.foundation.models import JobRun
    from nanxi.foundation.reach import EVERYWHERE

    act = Act(actor=house("desk"))
    rows = [ListRow(uuid7(), uuid7(), f"{town(n % TOWNS)[:9]}{1 + n % VILLAGES:03d}") for n in range(checks)]
    below.rows_of_batch = lambda batch: rows
    batch = uuid7()
    with scope.enter(EVERYWHERE, at=act.now), acts.set_up():
        one = Directive(
            kind="order", number="one", sender="City", received_at=act.now, deadline=act.now + timedelta(days=1),
            area_code=COUNTY, text=b"", triaged_at=act.now,
        )  # fmt: skip
        one.save()
    began = time.perf_counter()
    with scope.enter(EVERYWHERE, at=act.now):
        dealing.take_list(Act(actor=house("desk")), one, batch, rows)
    first = time.perf_counter() - began
    with scope.enter(EVERYWHERE, at=act.now):
        run = jobs.Run(JobRun.objects.filter(name="desk.deal_list").latest("asked_at"), house("desk"))
    dealing.deal_rest.work(run, directive=str(one.id), batch=str(batch))
    took = time.perf_counter() - began
    with scope.enter(EVERYWHERE, at=act.now):
        assert Task.objects.filter(directive=one).count() == checks
    print(f"  dispatch of {checks} checks of one list: {took:.1f} s, its first {dealing.CHUNK} in {first:.1f} s   (gate: 60)", flush=True)


def bulk(size: int) -> None:
    from nanxi.desk import queries, services
    from nanxi.desk.models import BulkAct
    from nanxi.desk.services import bulk as bulk_acts
    from nanxi.foundation import accounts, jobs, scope
    from nanxi.foundation.act import Act
    from nanxi.foundation.models import JobRun, User

    user = User.objects.get(username="town-3-a")
    actor = accounts.actor_of(user)
    with scope.enter(actor.reach, user_id=user.id, at=Act(actor=actor).now):
        chosen = queries.Chosen()
        many = chosen.rows(actor, Act(actor=actor).now).count()
        act = Act(actor=actor)
        asked = services.ask_bulk(act, chosen, deed="give", area=town(3), user=User.objects.get(username="town-3-b"))
        run = jobs.Run(JobRun.objects.get(pk=asked.job_id), actor)
    began = time.perf_counter()
    bulk_acts.carry_out.work(run, bulk=str(asked.id))
    gave = time.perf_counter() - began
    with scope.enter(actor.reach, user_id=user.id, at=Act(actor=actor).now):
        done = BulkAct.objects.get(pk=asked.id).done
        services.ask_undo(Act(actor=actor), asked)
    began = time.perf_counter()
    bulk_acts.undo.work(run, bulk=str(asked.id))
    undone = time.perf_counter() - began
    assert done == many
    print(f"  act on {done} tasks: {gave:.1f} s, that is {gave * size / done:.1f} s for {size}   (gate: 15)")
    print(f"  its undoing: {undone:.1f} s, that is {undone * size / done:.1f} s for {size}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300_000)
    parser.add_argument("--checks", type=int, default=29_170)
    parser.add_argument("--lists", type=int, default=637)
    parser.add_argument("--bulk", type=int, default=5_000)
    parser.add_argument("--phase", choices=("found", "pages", "dispatch", "deal", "bulk"))
    options = parser.parse_args()
    if options.phase:
        import django

        django.setup()
        phases = {"found": found, "pages": pages, "dispatch": lambda: dispatch(options.checks, options.lists)}
        phases["deal"] = lambda: deal(options.checks)
        (phases.get(options.phase) or (lambda: bulk(options.bulk)))()
        return 0
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder) / "home")
        home.found(NAME)
        with Cluster(home) as cluster:
            roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), NAME)
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)

            def phase(name: str, role: str) -> None:
                mine = [sys.executable, str(Path(__file__)), *sys.argv[1:], "--phase", name]
                subprocess.run(mine, env=environment(home.root, role), check=True, cwd=ROOT)

            phase("found", roles.SYSTEM)
            import psycopg

            with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
                connection.execute(LAY_OUT.format(towns=TOWNS, villages=VILLAGES), [options.tasks])
                connection.execute("VACUUM ANALYZE")
            print(f"{options.tasks} open tasks in {TOWNS} towns, {os.cpu_count()} cores, durable commits", flush=True)
            phase("pages", roles.WEB)
            phase("bulk", roles.WORKER)
            phase("dispatch", roles.WORKER)
            phase("deal", roles.WORKER)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

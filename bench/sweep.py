"""How long does a round over 100,000 households take to plan, and how fast are its coverage and a worker's list of doors?

One embedded PostgreSQL with durable commits and the real roles: planning is the job itself as `nanxi_worker`, pages go as `nanxi_web`
through Django's test client (middleware, row security, templates). The register is laid out by the superuser and is not measured:
300,000 people, every tenth on two lists, fifteen keys a record, one town with a fifth of the county. Pages are timed when the round
is fresh, after six visits of ten were laid out, and after a vacuum; a grid worker walks each of 820 villages.

    .venv/bin/python bench/sweep.py [--homes 100000] [--people 300000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.tasks import COUNTY, NAME, TOWNS, VILLAGES, environment, p95, town  # noqa: E402
from nanxi.foundation.postgres import Cluster, Home, roles  # noqa: E402

#: Every fifth home lies in the first town, as a county's seat holds a fifth of its people.
PLACES = """
CREATE TEMP TABLE home AS SELECT n, 1000000 + n AS digest,
  '990324' || (101 + CASE WHEN n %% 5 = 0 THEN 0 ELSE n %% {towns} END)::text
  || lpad((1 + (n / {towns}) %% {villages})::text, 3, '0') AS area
FROM generate_series(1, %(homes)s) AS n;
CREATE TEMP TABLE resident AS SELECT p, gen_random_uuid() AS person, h.* FROM generate_series(1, %(people)s) AS p
JOIN home h ON h.n = 1 + (p::bigint * 7919) %% %(homes)s;
INSERT INTO people_person (id) SELECT person FROM resident;
CREATE TEMP TABLE record AS SELECT gen_random_uuid() AS id, * FROM resident
UNION ALL SELECT gen_random_uuid(), * FROM resident WHERE p %% 10 = 0;
INSERT INTO people_sourcerecord (id, area_code, source_kind, source_ref, added_at, sealed, person_id, matched_at, pinned, rank, traits)
SELECT id, area, 'bench', id::text, now(), decode(repeat('00', 300), 'hex'), person, now(), false, 0,
  decode(repeat('00', {year_at}), 'hex') || set_byte(set_byte(decode('0000', 'hex'), 0, (1935 + p %% 85) %% 256), 1, (1935 + p %% 85) / 256)
  || decode(repeat('00', {rest}), 'hex') FROM record;
INSERT INTO people_recordindex (kind, value, record_id, area_code) SELECT {home}, digest, id, area FROM record;
INSERT INTO people_recordindex (kind, value, record_id, area_code)
SELECT kind, (random() * 9e18)::bigint, id, area FROM record, generate_series(1, 15) AS kind WHERE kind <> 2
ON CONFLICT DO NOTHING;
"""
VISITED = """
UPDATE field_household SET result = (ARRAY['visited', 'visited', 'visited', 'visited', 'absent', 'refused'])[1 + home %% 6],
  result_at = now(), tried = CASE WHEN home %% 6 = 4 THEN 'm' ELSE '' END,
  again_from = CASE WHEN home %% 6 = 4 THEN now() END WHERE home %% 10 < 6
"""


def found() -> None:
    from bench import tasks
    from nanxi.foundation import accounts, scope, units
    from nanxi.foundation.act import Act, house
    from nanxi.foundation.models import Unit
    from nanxi.foundation.reach import EVERYWHERE
    from nanxi.foundation.rights import Role

    tasks.found()
    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        for number in range(TOWNS):
            for village in range(1, VILLAGES + 1):
                name, area = f"grid-{number}-{village}", f"{town(number)[:9]}{village:03d}"
                unit = units.found_unit(act, name=name, kind=Unit.Kind.COMMUNITY, areas=[area])
                accounts.open_account(act, username=name, display_name=name, unit=unit, role=Role.GRID_WORKER)


def plan(homes: int) -> None:
    from datetime import timedelta

    from nanxi.field.sweep import planning
    from nanxi.field.sweep.models import Household
    from nanxi.foundation import accounts, jobs, scope
    from nanxi.foundation.act import Act
    from nanxi.foundation.clock import county_day
    from nanxi.foundation.models import JobRun, User

    actor = accounts.actor_of(User.objects.get(username="hua"))
    act = Act(actor=actor)
    today = county_day(act.now)
    with scope.enter(actor.reach, user_id=actor.user_id, at=act.now):
        row = planning.plan_round(
            act, area=COUNTY, title="Round", form="household@1", opens=today, closes=today + timedelta(days=6), goal=100
        )
        run = jobs.Run(JobRun.objects.get(pk=row.job_id), actor)  # type: ignore[attr-defined]
    began = time.perf_counter()
    planning.plan.work(run, round=str(row.id))
    took = time.perf_counter() - began
    with scope.enter(actor.reach):
        made, given = Household.objects.count(), Household.objects.filter(worker_id__isnull=False).count()
    assert made == given, (made, given)
    print(f"  a round over {made} of {homes} households planned and dealt: {took:.1f} s   (gate: 60)", flush=True)


def pages(when: str) -> None:
    from django.test import Client

    from nanxi.field.sweep.models import SweepRound
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

    row = SweepRound.objects.get()
    hua, largest, worker = client("hua"), client("town-0-a"), client("grid-7-3")
    for what, who, address in (
        ("coverage, county", hua, f"/field/sweep/{row.pk}/"),
        ("coverage, largest town, county officer", hua, f"/field/sweep/{row.pk}/?area={town(0)}"),
        ("coverage, largest town, its own officer", largest, f"/field/sweep/{row.pk}/"),
        ("coverage, county, list of the refused", hua, f"/field/sweep/{row.pk}/?state=refused"),
        ("a worker's doors", worker, "/field/doors/"),
    ):
        middle, high = p95(lambda who=who, address=address: look(who, address), 25)
        print(f"  {when:14} {what:42} p50 {middle:6.1f} ms   p95 {high:6.1f} ms   (gate: 300)", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--phase", choices=("found", "plan", "pages"))
    parser.add_argument("--when", default="")
    options = parser.parse_args()
    if options.phase:
        import django

        django.setup()
        phases = {"found": found, "plan": lambda: plan(options.homes), "pages": lambda: pages(options.when)}
        phases[options.phase]()
        return 0
    with tempfile.TemporaryDirectory(prefix="nanxi-bench-") as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder) / "home")
        home.found(NAME)
        with Cluster(home) as cluster:
            roles.provision(cluster.dsn(dbname="postgres"), roles.passwords(home), NAME)
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=environment(home.root, roles.OWNER), check=True, cwd=ROOT)

            def phase(name: str, role: str, when: str = "") -> None:
                mine = [sys.executable, str(Path(__file__)), *sys.argv[1:], "--phase", name, "--when", when]
                subprocess.run(mine, env=environment(home.root, role), check=True, cwd=ROOT)

            phase("found", roles.SYSTEM)
            import psycopg

            from nanxi.people.rules.traits import STRIP, Key

            year_at = STRIP.fields["year"][1]  # type: ignore[index]
            laid = PLACES.format(
                towns=TOWNS, villages=VILLAGES, home=int(Key.HOME), year_at=year_at, rest=STRIP.itemsize - year_at - 2
            )
            with psycopg.connect(cluster.dsn(), autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
                connection.execute(laid, {"homes": options.homes, "people": options.people})  # type: ignore[arg-type]
                connection.execute("VACUUM ANALYZE")
                print(
                    f"{options.people} people, {options.homes} homes, {TOWNS} towns, {os.cpu_count()} cores, durable commits",
                    flush=True,
                )
                phase("plan", roles.WORKER)
                phase("pages", roles.WEB, "fresh")
                connection.execute(VISITED % ())
                phase("pages", roles.WEB, "under way")
                connection.execute("VACUUM ANALYZE field_household")
                phase("pages", roles.WEB, "vacuumed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

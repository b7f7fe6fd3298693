"""`nanxi serve|doctor|audit|backup|restore|areas|manage`: the house's own commands. A refusal is one sentence, exit code 1."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Deed = Callable[[argparse.Namespace], int]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", "run the desk of one county until Ctrl-C", _serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to answer on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--ingest-port", type=int, help="where phones report positions (default: the next port)")
    serve.add_argument("--rehearsal", action="store_true", help="a made-up county, marked 演练, in a home of its own")
    serve.add_argument("--persons", type=int, default=20_000, help="rehearsal: how many made-up persons")
    serve.add_argument("--days", type=int, default=21, help="rehearsal: how many days lie behind them")
    serve.add_argument("--seed", type=int, default=1, help="rehearsal: another number makes another county")
    serve.add_argument("--start", metavar="YYYY-MM-DD", help="rehearsal: its first day (default: today minus the days)")
    serve.add_argument("--alone", action="store_true", help="rehearsal: without its clients; whoever drives it founds the county")

    doctor = _command(commands, "doctor", "check home, keys, roles, disk, ledger and jobs", _doctor)
    doctor.add_argument(
        "--setup", action="store_true", help="set roles and structure right; also prepares the server in DATABASE_URL"
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")

    audit = commands.add_parser("audit", help="the ledger").add_subparsers(metavar="DEED", required=True)
    verify = _command(
        audit, "verify", "check every ledger entry against its MAC, its link and the witness; exit code 1 on findings", _verify
    )
    verify.add_argument(
        "--witness", type=Path, metavar="FILE", help="anchors kept elsewhere (default: the home's witness/anchors.log)"
    )
    verify.add_argument("--json", action="store_true", help="print the findings as JSON")

    backup = _command(commands, "backup", "write database, keys and files into one private file", _backup)
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = _command(commands, "restore", "bring a whole home back from a backup, into a new folder", _restore)
    restore.add_argument("file", type=Path, metavar="FILE")

    areas = commands.add_parser("areas", help="the area tree").add_subparsers(metavar="DEED", required=True)
    wanted = _command(areas, "import", "add or update areas from CSV and GeoJSON (WGS-84) files", _areas)
    wanted.add_argument("files", type=Path, nargs="+", metavar="FILE")

    manage = _command(commands, "manage", "Django's own commands as the owner of the database's structure", _manage)
    manage.add_argument("words", nargs=argparse.REMAINDER, metavar="…")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, deed: Deed
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--home", metavar="DIR", help="the county's folder (default: NANXI_HOME, else var/county)")
    parser.set_defaults(run=deed)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    from nanxi.cli import InputError
    from nanxi.foundation.supervisor.database import home_of
    from nanxi.foundation.supervisor.phases import Wish, serve
    from nanxi.foundation.supervisor.rehearsing import Rehearsal

    ingest = arguments.ingest_port or arguments.port + 1
    for port in (arguments.port, ingest):
        if not 1 <= port <= 65535:
            raise InputError(f"--port {port}: a port lies between 1 and 65535.")
    size = (arguments.persons, arguments.days, arguments.seed, arguments.start)
    rehearsal = Rehearsal(*size, played=arguments.alone) if arguments.rehearsal else None
    return serve(Wish(home_of(arguments.home, rehearsal=arguments.rehearsal), arguments.host, arguments.port, ingest, rehearsal))


def _doctor(arguments: argparse.Namespace) -> int:
    from nanxi.foundation import doctor
    from nanxi.foundation.supervisor.database import home_of

    return doctor.run(home_of(arguments.home), setup=arguments.setup, as_json=arguments.json)


def _verify(arguments: argparse.Namespace) -> int:
    from nanxi.foundation import audit
    from nanxi.foundation.supervisor.database import home_of

    return audit.run(home_of(arguments.home), witness=arguments.witness, as_json=arguments.json)


def _backup(arguments: argparse.Namespace) -> int:
    from nanxi.foundation import backup
    from nanxi.foundation.supervisor.database import home_of

    return backup.run(home_of(arguments.home), arguments.file)


def _restore(arguments: argparse.Namespace) -> int:
    from nanxi.cli import InputError
    from nanxi.foundation import restore
    from nanxi.foundation.supervisor.database import home_of

    if not arguments.home:
        raise InputError("a restore needs a new folder: name it with --home DIR.")
    return restore.run(arguments.file, home_of(arguments.home))


def _areas(arguments: argparse.Namespace) -> int:
    from nanxi.foundation import area_files
    from nanxi.foundation.supervisor.database import home_of

    return area_files.run(home_of(arguments.home), arguments.files)


def _manage(arguments: argparse.Namespace) -> int:
    from nanxi.foundation.supervisor import structure
    from nanxi.foundation.supervisor.database import home_of, reached

    home = home_of(arguments.home)
    with reached(home):
        return structure.django_admin(home, arguments.words or ["help"], captured=False).returncode

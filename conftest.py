"""How tests meet the database: as `nanxi_web`, on a clone of a template that was migrated once as owner.

`db` (pytest-django) rolls each test back. A test that commits, or needs a second connection to see its rows, takes
`fresh_db`: its own clone, dropped afterwards. `as_role("nanxi_worker")` opens a real connection of any role.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nanxi.foundation.postgres import Cluster, Home
from nanxi.foundation.postgres.roles import WEB
from tests import database

ROOT = Path(__file__).resolve().parent
_running: list[database.TestCluster] = []
_broken: list[Exception] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster before any worker, then let Django read its settings."""
    if _only_engines(config) or (config.option.collectonly and not hasattr(config, "workerinput")):
        return
    if not hasattr(config, "workerinput"):
        database.sweep_leftovers()
        cluster = database.TestCluster()
        _running.append(cluster)
        cluster.start()
        os.environ["NANXI_HOME"] = str(cluster.home.root)
    os.environ["NANXI_DB_ROLE"] = WEB
    os.environ["NANXI_DB_NAME"] = database.clone_name()
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nanxi.settings"
    import django
    from django.conf import settings

    try:
        # A parallel worker's settings are read before this hook, with the environment of the process that started it.
        settings.DATABASES["default"]["NAME"] = os.environ["NANXI_DB_NAME"]
        django.setup()
    except Exception as problem:
        # Rules and engines can still be tested while a room is being moved; whatever needs Django says why it cannot run.
        _broken.append(problem)


def pytest_report_header() -> list[str]:
    return [f"Django cannot start, tests that need it will fail: {problem!r}" for problem in _broken]


def pytest_unconfigure(config: pytest.Config) -> None:
    while _running:
        _running.pop().stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    for item in items:
        if item.get_closest_marker("e2e") and not chromium and os.environ.get("NANXI_E2E") != "required":
            item.add_marker(pytest.mark.skip(reason="no Chromium here: `sudo apt-get install chromium fonts-noto-cjk`"))
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            raise pytest.UsageError(
                f"{item.nodeid}: django_db(transaction=True) needs TRUNCATE, which no role has; use fresh_db."
            )


def _only_engines(config: pytest.Config) -> bool:
    """Engines know no database: their tests start none."""
    engines = ROOT / "nanxi" / "engines"
    paths = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    return bool(paths) and all(engines in (path, *path.parents) for path in paths)


@pytest.fixture(scope="session")
def home() -> Home:
    """The home of this run: keys, secrets and the cluster."""
    return Home(Path(os.environ["NANXI_HOME"]))


@pytest.fixture(scope="session")
def django_db_setup(home: Home, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: a clone for this worker instead of a database made by the web role."""
    for problem in _broken:
        raise problem
    database.ensure_template(home)
    name = database.make_clone(home, os.environ["NANXI_DB_NAME"])
    yield
    with django_db_blocker.unblock():
        _close_connections()
    database.drop_clone(home, name)


@pytest.fixture
def fresh_db(
    request: pytest.FixtureRequest, home: Home, django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database of the test's own: commits are real, threads and subprocesses see them. The value is its name."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("take `fresh_db` or `db`, not both: `db` would hold its transaction on another database.")
    from django.db import connections

    name = database.make_clone(home, database.clone_name())
    monkeypatch.setenv("NANXI_DB_NAME", name)
    with django_db_blocker.unblock():
        _close_connections()
        usual = connections.settings["default"]["NAME"]
        connections.settings["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name
        try:
            yield name
        finally:
            # The usual name first: a close that fails must not leave every later test on a database that is gone.
            connections.settings["default"]["NAME"] = connections["default"].settings_dict["NAME"] = usual
            _close_connections()
    database.drop_clone(home, name)


@pytest.fixture
def as_role(home: Home, django_db_setup: None) -> Callable[[str], contextlib.AbstractContextManager[psycopg.Connection]]:
    """`with as_role("nanxi_worker") as connection:` a psycopg connection of that role to the test's database."""

    def connect(role: str) -> contextlib.AbstractContextManager[psycopg.Connection]:
        return psycopg.connect(Cluster(home).dsn(role, os.environ["NANXI_DB_NAME"]))

    return connect


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()

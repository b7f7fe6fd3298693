"""The web process. It does not answer with a database role that could read past row-level security (safeguard 6)."""

import os

from django.core.asgi import get_asgi_application

from nanxi.foundation.size_limit import SizeLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanxi.settings")
os.environ.setdefault("NANXI_POOL", "1")
application = SizeLimit(get_asgi_application())


def _refuse_unsafe_role() -> None:
    import psycopg
    from django.conf import settings

    from nanxi.foundation.postgres.roles import connection_string
    from nanxi.foundation.postgres.safety import refuse_unsafe_role

    # Not by Django's connection: servers load us inside their event loop, where it refuses to work.
    with psycopg.connect(connection_string(settings.DB_ROLE, settings.HOME), autocommit=True) as connection:
        refuse_unsafe_role(connection)


_refuse_unsafe_role()

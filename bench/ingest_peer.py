"""The peer of bench/ingest.py: the same reading, sealing and durable insert in a plain Django view, one commit a request."""

from __future__ import annotations

# ruff: noqa: E402
import base64
import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.conf import settings

from nanxi.foundation.postgres.home import current_home
from nanxi.foundation.postgres.roles import INGEST, connection_settings

found = connection_settings(INGEST, current_home())
# Each request runs in a thread of its own under ASGI: without a pool it would sign on anew, or leave its connection open.
pool = {"OPTIONS": {"pool": {"min_size": 4, "max_size": 32, "timeout": 30}}, "CONN_MAX_AGE": 0}
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, MIDDLEWARE=[], SECRET_KEY="bench", USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **found, **pool}},
)  # fmt: skip
django.setup()

from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from nanxi.foundation.clock import county_day
from nanxi.orders import owntracks
from nanxi.orders.receiver import PHONE, Phone
from nanxi.orders.sealing import Sender

INSERT = (
    "INSERT INTO bench_position (order_id, tst, digest, area_code, rx, source, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
phones: dict[bytes, Phone] = {}
senders: dict[object, Sender] = {}


def pub(request: HttpRequest) -> HttpResponse:
    """Phones and the day's sender are remembered, as the endpoint does."""
    now, body = datetime.now(UTC), request.body
    token = base64.b64decode(request.headers["authorization"].partition(" ")[2]).partition(b":")[2]
    digest = hashlib.sha256(token).digest()
    with connection.cursor() as cursor:
        if digest not in phones:
            phones[digest] = Phone(*cursor.execute(PHONE + "WHERE token_digest = %s", [digest]).fetchone())
        day, phone = county_day(now), phones[digest]
        if day not in senders:
            row = cursor.execute("SELECT public FROM orders_positionkey WHERE day = %s", [day]).fetchone()
            senders[day] = Sender.to(day, bytes(row[0]))
        fixes, _ = owntracks.read(body, int(now.timestamp() * 1000))
        for fix in fixes:
            sealed = senders[day].seal(phone.order_id, fix.tst, fix.digest, fix.content)
            cursor.execute(INSERT, [phone.order_id, fix.tst, fix.digest, phone.area_code, now, "phone", sealed])
    answer = JsonResponse([], safe=False)
    answer["Content-Length"] = str(len(answer.content))
    return answer


urlpatterns = [path("pub", pub), path("health", lambda request: HttpResponse(json.dumps({})))]
application = get_asgi_application()

if __name__ == "__main__":
    import uvicorn

    port = int(os.environ["NANXI_INGEST_PORT"])
    uvicorn.run(application, host="127.0.0.1", port=port, access_log=False, log_level="warning", lifespan="off")

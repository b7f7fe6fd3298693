"""Who may see and write what: scoped rows, decisions that are only added, and the narrow door of the ingest role."""

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect

INGEST = """
GRANT INSERT ON orders_position, orders_deadletter TO nanxi_ingest;
GRANT USAGE ON SEQUENCE orders_deadletter_id_seq TO nanxi_ingest;
GRANT SELECT (order_id, area_code, valid_from, valid_until, revoked_at, ask_fix, token_digest) ON orders_orderdevice TO nanxi_ingest;
GRANT SELECT (day, public) ON orders_positionkey TO nanxi_ingest;
GRANT SELECT, INSERT, UPDATE ON orders_ingesttally TO nanxi_ingest;
CREATE POLICY ingest_add ON orders_position FOR INSERT TO nanxi_ingest WITH CHECK (decided_at IS NULL);
CREATE POLICY ingest_add ON orders_deadletter FOR INSERT TO nanxi_ingest WITH CHECK (true);
CREATE POLICY ingest_read ON orders_orderdevice FOR SELECT TO nanxi_ingest USING (true);
-- A published notice is public: a town must see the notice of the county above it and of the area somebody came from.
CREATE POLICY published ON orders_areanotice FOR SELECT TO nanxi_web, nanxi_worker USING (published_at IS NOT NULL);
-- What was measured is not changed afterwards; only the mark that it was decided.
REVOKE UPDATE ON orders_position FROM nanxi_web, nanxi_worker, nanxi_system;
GRANT UPDATE (decided_at) ON orders_position TO nanxi_worker, nanxi_system;
"""
NO_INGEST = """
DROP POLICY ingest_add ON orders_position; DROP POLICY ingest_add ON orders_deadletter;
DROP POLICY ingest_read ON orders_orderdevice; DROP POLICY published ON orders_areanotice;
REVOKE ALL ON orders_position, orders_deadletter, orders_orderdevice, orders_positionkey, orders_ingesttally FROM nanxi_ingest;
"""
SCOPED = ("homepoint", "orderdevice", "position", "deadletter", "fencestate", "fenceevent", "areanotice")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("foundation", "0002_row_security")]

    operations = [
        protect("orders_isolationorder", person_column="person_id"),
        protect("orders_orderdecision"),
        *[protect(f"orders_{name}") for name in SCOPED],
        append_only("orders_orderdecision"),
        append_only("orders_homepoint"),
        append_only("orders_fenceevent"),
        migrations.RunSQL(INGEST, NO_INGEST),
    ]

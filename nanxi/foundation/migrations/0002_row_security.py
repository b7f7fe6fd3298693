"""Row security of the ground floor: scope functions, the append-only ledger, and the narrow door to its tail."""

from django.db import migrations

from nanxi.foundation.row_security import DROP_FUNCTIONS, FUNCTIONS, protect

LOW, HIGH = "current_setting('nanxi.lo', true)", "current_setting('nanxi.hi', true)"
INSIDE = f"(area_code = '' OR (area_code >= {LOW} AND area_code < {HIGH}) OR nanxi_more(area_code))"

LEDGER = f"""
ALTER TABLE foundation_ledgerentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE foundation_ledgerentry FORCE ROW LEVEL SECURITY;
CREATE POLICY scope_read ON foundation_ledgerentry FOR SELECT TO nanxi_web, nanxi_worker USING ({INSIDE});
-- The functions below run as the owner; the ledger holds ids and kinds, no identifiers.
CREATE POLICY tail ON foundation_ledgerentry FOR SELECT TO nanxi_owner USING (true);
CREATE POLICY add ON foundation_ledgerentry FOR INSERT TO nanxi_owner, nanxi_web, nanxi_worker, nanxi_ingest WITH CHECK (seq IS NULL AND link IS NULL);
CREATE POLICY whole ON foundation_ledgerentry TO nanxi_system USING (true) WITH CHECK (true);
REVOKE UPDATE, DELETE, TRUNCATE ON foundation_ledgerentry FROM nanxi_web, nanxi_worker, nanxi_system;
GRANT UPDATE (seq, link) ON foundation_ledgerentry TO nanxi_system;
GRANT INSERT ON foundation_ledgerentry TO nanxi_ingest;

-- The event stream reads ids and kinds of all areas and filters them by the listener's scope when it sends.
CREATE FUNCTION nanxi_ledger_tail(after bigint, most integer)
RETURNS TABLE (seq bigint, kind text, area_code text, subject_kind text, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT e.seq, e.kind::text, e.area_code::text, e.subject_kind::text, e.subject_id
  FROM foundation_ledgerentry AS e WHERE e.seq > after ORDER BY e.seq LIMIT most $$;
CREATE FUNCTION nanxi_ledger_head() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(max(e.seq), 0) FROM foundation_ledgerentry AS e $$;
REVOKE EXECUTE ON FUNCTION nanxi_ledger_tail(bigint, integer), nanxi_ledger_head() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION nanxi_ledger_tail(bigint, integer), nanxi_ledger_head() TO nanxi_web, nanxi_worker, nanxi_system;
"""
NO_LEDGER = """
DROP FUNCTION nanxi_ledger_head(); DROP FUNCTION nanxi_ledger_tail(bigint, integer);
DROP POLICY scope_read ON foundation_ledgerentry; DROP POLICY tail ON foundation_ledgerentry; DROP POLICY add ON foundation_ledgerentry; DROP POLICY whole ON foundation_ledgerentry;
ALTER TABLE foundation_ledgerentry NO FORCE ROW LEVEL SECURITY; ALTER TABLE foundation_ledgerentry DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(LEDGER, NO_LEDGER),
        protect("foundation_jobrun"),
    ]

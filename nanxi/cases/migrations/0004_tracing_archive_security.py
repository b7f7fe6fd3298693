"""Row security of the archive's tables; numbers and whom they stand for show only to a transaction that names a tracing run."""

from django.db import migrations

from nanxi.foundation.row_security import SCOPED, protect

MAPPING = f"""
CREATE SEQUENCE cases_entity_number MINVALUE 0 START 0 AS integer;
GRANT USAGE, SELECT ON SEQUENCE cases_entity_number TO nanxi_web, nanxi_worker, nanxi_system;
GRANT SELECT ON SEQUENCE cases_entity_number TO nanxi_backup;
CREATE FUNCTION nanxi_mapping_open() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('nanxi.mapping', true), '') = 'archive' OR EXISTS (
    SELECT 1 FROM cases_tracerun AS r WHERE r.id::text = current_setting('nanxi.mapping', true))
    OR EXISTS (SELECT 1 FROM cases_comparison AS c WHERE c.id::text = current_setting('nanxi.mapping', true)) $$;
ALTER TABLE cases_entity ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases_entity FORCE ROW LEVEL SECURITY;
CREATE POLICY opened ON cases_entity TO {SCOPED}
  USING ((SELECT nanxi_mapping_open())) WITH CHECK ((SELECT nanxi_mapping_open()));
CREATE POLICY whole ON cases_entity TO nanxi_system USING (true) WITH CHECK (true);
"""
UNDO = """
DROP POLICY opened ON cases_entity; DROP POLICY whole ON cases_entity;
ALTER TABLE cases_entity NO FORCE ROW LEVEL SECURITY; ALTER TABLE cases_entity DISABLE ROW LEVEL SECURITY;
DROP FUNCTION nanxi_mapping_open(); DROP SEQUENCE cases_entity_number;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_tracing_archive"), ("foundation", "0002_row_security")]

    operations = [
        *[protect(f"cases_{table}") for table in ("comparison", "indirectcontact", "ride", "venuenotice")],
        migrations.RunSQL(MAPPING, UNDO),
    ]

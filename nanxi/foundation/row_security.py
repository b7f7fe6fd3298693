"""Row-level security in migrations: every scoped table ends its migration with `protect(...)`.

The policy repeats the query layer's rule, so that one of them may be forgotten. The first range is compared in the
open so that the county's long reads stay cheap; further ranges and grants go through functions.
"""

from __future__ import annotations

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION nanxi_more(code text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('nanxi.more', true), '') <> '' AND EXISTS (
    SELECT 1 FROM unnest(string_to_array(current_setting('nanxi.more', true), ',')) AS span
    WHERE code COLLATE "C" >= split_part(span, '-', 1) AND code COLLATE "C" < split_part(span, '-', 2)) $$;
CREATE FUNCTION nanxi_granted(whom uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('nanxi.user', true), '') <> '' AND EXISTS (
    SELECT 1 FROM foundation_accessgrant AS g
    WHERE g.person_id = whom AND g.user_id = nullif(current_setting('nanxi.user', true), '')::uuid
      AND g.expires_at > nullif(current_setting('nanxi.now', true), '')::timestamptz) $$;
"""
DROP_FUNCTIONS = "DROP FUNCTION nanxi_granted(uuid); DROP FUNCTION nanxi_more(text);"

#: Roles that act for people and see what their scope shows. The owner is among them: under FORCE it has no more.
SCOPED = "nanxi_owner, nanxi_web, nanxi_worker"


def protect(table: str, *, person_column: str = "", area_column: str = "area_code") -> migrations.RunSQL:
    """Force row-level security on `table`: visible where its area lies in scope, or where a live grant names its person."""
    low, high = "current_setting('nanxi.lo', true)", "current_setting('nanxi.hi', true)"
    inside = f"(({area_column} >= {low} AND {area_column} < {high}) OR nanxi_more({area_column}))"
    seen = f"({inside} OR nanxi_granted({person_column}))" if person_column else inside
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_read ON {table} FOR SELECT TO {SCOPED} USING ({seen});
        CREATE POLICY scope_add ON {table} FOR INSERT TO {SCOPED} WITH CHECK ({inside});
        CREATE POLICY scope_change ON {table} FOR UPDATE TO {SCOPED} USING ({inside}) WITH CHECK ({inside});
        CREATE POLICY scope_drop ON {table} FOR DELETE TO {SCOPED} USING ({inside});
        CREATE POLICY whole ON {table} TO nanxi_system USING (true) WITH CHECK (true);
        """,
        f"""
        DROP POLICY scope_read ON {table}; DROP POLICY scope_add ON {table}; DROP POLICY scope_change ON {table};
        DROP POLICY scope_drop ON {table}; DROP POLICY whole ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def append_only(table: str) -> migrations.RunSQL:
    """The roles that act for people may add rows to `table` and read them, nothing else."""
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM nanxi_web, nanxi_worker, nanxi_system, nanxi_ingest",
        f"GRANT UPDATE, DELETE ON {table} TO nanxi_web, nanxi_worker, nanxi_system",
    )

"""Row security of relations and residences: a grant on either person opens the row, and nothing of it changes but its end."""

from django.db import migrations

from nanxi.foundation.row_security import SCOPED, protect


def granted(table: str, column: str) -> migrations.RunSQL:
    """A live grant on the person whom the record of `column` names shows the row, wherever the person lives."""
    named = f"(SELECT r.person_id FROM people_sourcerecord AS r WHERE r.id = {table}.{column})"
    return migrations.RunSQL(
        f"CREATE POLICY granted_{column} ON {table} FOR SELECT TO {SCOPED} USING (nanxi_granted({named}))",
        f"DROP POLICY granted_{column} ON {table}",
    )


def only_ends(table: str, *more: str) -> migrations.RunSQL:
    """Rows are added and ended; no role deletes one or rewrites what was said."""
    columns = ", ".join(("until", "ending", "ended_at", "ended_by", *more))
    return migrations.RunSQL(
        f"""
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM nanxi_web, nanxi_worker, nanxi_system, nanxi_ingest;
        GRANT UPDATE ({columns}) ON {table} TO nanxi_web, nanxi_worker, nanxi_system;
        """,
        f"GRANT UPDATE, DELETE ON {table} TO nanxi_web, nanxi_worker, nanxi_system",
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0011_relations")]

    operations = [
        protect("people_relation"),
        granted("people_relation", "record_id"),
        granted("people_relation", "other_id"),
        only_ends("people_relation", "record_id", "other_id"),
        protect("people_temporaryresidence"),
        granted("people_temporaryresidence", "record_id"),
        only_ends("people_temporaryresidence"),
    ]

"""Care rows are scoped; reports and grounds are only ever added. Orders made before have their grounds filled in."""

from typing import Any

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect

TABLES = ("orderground", "healthreport", "need", "askedcheckin")
FILL = """
INSERT INTO orders_orderground (id, area_code, order_id, evidence_id)
SELECT gen_random_uuid(), d.area_code, d.order_id, e.id::uuid
FROM orders_orderdecision AS d, LATERAL jsonb_array_elements_text(coalesce(d.facts -> 'evidence_ids', '[]'::jsonb)) AS e(id)
ON CONFLICT DO NOTHING
"""


def fill(apps: Any, editor: Any) -> None:
    """The owner sees rows of a scope only, so the whole county is entered; every order with a decision must have its grounds."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('nanxi.lo', '0', true), set_config('nanxi.hi', ':', true)")
        cursor.execute(FILL)
        cursor.execute(
            "SELECT count(*) FROM orders_orderdecision AS d WHERE jsonb_array_length(coalesce(d.facts -> 'evidence_ids', '[]')) > 0"
            " AND NOT EXISTS (SELECT FROM orders_orderground AS g WHERE g.order_id = d.order_id)"
        )
        left = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('nanxi.lo', '', true), set_config('nanxi.hi', '', true)")
    if left:
        raise RuntimeError(f"{left} decisions have no ground after the fill; the migration stops.")


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_care"), ("foundation", "0002_row_security")]

    operations = [
        *[protect(f"orders_{name}") for name in TABLES],
        migrations.RunPython(fill, migrations.RunPython.noop),
        append_only("orders_orderground"),
        append_only("orders_healthreport"),
    ]

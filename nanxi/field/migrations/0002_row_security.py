"""Row security of the field room; passages and visits are only ever added, but for the person behind a visit's record."""

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect

FOLLOW = "GRANT UPDATE (person_id) ON field_visit TO nanxi_worker, nanxi_system"
STAY = "REVOKE UPDATE (person_id) ON field_visit FROM nanxi_worker, nanxi_system"


class Migration(migrations.Migration):
    dependencies = [("field", "0001_initial"), ("foundation", "0002_row_security")]

    operations = [
        protect("field_passage"),
        protect("field_visit", person_column="person_id"),
        append_only("field_passage"),
        append_only("field_visit"),
        migrations.RunSQL(FOLLOW, STAY),
    ]

"""Row security of the desk: a grant also shows the task or alert of its person; steps and reads are only ever added."""

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect

SCOPED = ("directive", "alertstep", "alertplace", "handovernote", "noteread")


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial"), ("foundation", "0002_row_security")]

    operations = [
        protect("desk_task", person_column="person_id"),
        protect("desk_alert", person_column="person_id"),
        *[protect(f"desk_{table}") for table in SCOPED],
        append_only("desk_alertstep"),
        append_only("desk_alertplace"),
        append_only("desk_noteread"),
    ]

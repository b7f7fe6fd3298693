"""Row security of the register; links are only ever added, and a person has nothing to change."""

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("foundation", "0002_row_security")]

    operations = [
        protect("people_sourcerecord", person_column="person_id"),
        protect("people_recordindex"),
        protect("people_reviewpair"),
        protect("people_identitylink", person_column="person_id"),
        append_only("people_person"),
        append_only("people_identitylink"),
    ]

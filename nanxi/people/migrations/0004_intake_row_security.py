"""Row security of lists and their rows."""

from django.db import migrations

from nanxi.foundation.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("people", "0003_intake")]

    operations = [protect("people_listbatch"), protect("people_stagedrow")]

"""The outbox is scoped like its alerts."""

from django.db import migrations

from nanxi.foundation.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_alert_channels"), ("foundation", "0002_row_security")]

    operations = [protect("desk_outgoing")]

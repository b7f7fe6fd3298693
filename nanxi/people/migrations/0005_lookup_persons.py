"""A look-up remembers whom it brought, so that only they can be chosen as the person of its task."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_intake_row_security")]

    operations = [
        migrations.AddField(
            model_name="lookup",
            name="persons",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
    ]

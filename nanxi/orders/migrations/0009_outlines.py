"""Area notices with an outline that the fence watches, and events about them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_policies")]

    operations = [
        migrations.AddField(model_name="areanotice", name="outline", field=models.JSONField(null=True)),
        migrations.AddField(
            model_name="areanotice", name="datum", field=models.CharField(blank=True, max_length=10, default=""), preserve_default=False
        ),
        migrations.AddField(
            model_name="fenceevent",
            name="notice",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.areanotice"),
        ),
    ]

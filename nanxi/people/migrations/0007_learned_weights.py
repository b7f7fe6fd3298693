"""Who asked for learned weights, and what they would change. Of a kept version only its adoption may change."""

from django.db import migrations, models

ROLES = "nanxi_web, nanxi_worker, nanxi_system"


class Migration(migrations.Migration):
    dependencies = [("people", "0006_scored_links")]

    operations = [
        migrations.AddField("linkweights", "learned_by", models.UUIDField(null=True)),
        migrations.AddField("linkweights", "beside", models.CharField(default="", max_length=24)),
        migrations.AddField("linkweights", "told", models.JSONField(default=dict)),
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON people_linkweights FROM {ROLES};"
            f" GRANT UPDATE (adopted_at, adopted_by) ON people_linkweights TO {ROLES}",
            f"GRANT UPDATE, DELETE ON people_linkweights TO {ROLES}",
        ),
    ]

"""Lists of a sweep are read from an index of their own, not by looking through a whole county for the few that refused."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("field", "0006_arrivals")]

    operations = [
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["round", "result", "area_code", "id"], name="household_by_result"),
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(
                fields=["round", "area_code", "id"],
                name="household_free",
                condition=models.Q(("worker_id", None), models.Q(("result__in", ["moved", "no_such", "visited"]), _negated=True)),
            ),
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(
                fields=["round", "area_code", "id"], name="household_found", condition=models.Q(("found_at__isnull", False))
            ),
        ),
    ]

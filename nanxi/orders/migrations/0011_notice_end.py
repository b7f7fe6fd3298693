"""An area notice that two officers end before its time."""

from django.db import migrations, models

REASONS = [
    ("no_source", "No source of infection is left in the area"),
    ("in_error", "The notice or its outline was wrong"),
    ("replaced", "Another notice takes its place"),
    ("overruled", "Set aside by a superior authority or a court"),
]


def text(length: int, **more: object) -> models.CharField:
    return models.CharField(blank=True, default="", max_length=length, **more)  # type: ignore[arg-type]


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_position_days")]

    operations = [
        migrations.AddField("areanotice", "end_reason", text(12, choices=REASONS), preserve_default=False),
        migrations.AddField("areanotice", "end_asked_by", text(60), preserve_default=False),
        migrations.AddField("areanotice", "end_asked_at", models.DateTimeField(null=True)),
        migrations.AddField("areanotice", "ended_by", text(60), preserve_default=False),
        migrations.AddField("areanotice", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField("areanotice", "stated_until", models.DateTimeField(null=True)),
    ]

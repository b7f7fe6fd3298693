"""Matching by weights: one strip of digests for a record, what a rule's link rests on, learned weights, counts of names."""

import nanxi.foundation.identifiers
from django.db import migrations, models

GONE = ("name_key", "sound_key", "phone_keys", "name_phone_keys", "birth_key", "birth_year", "sex", "address_key", "row_key")


class Migration(migrations.Migration):
    dependencies = [("people", "0005_lookup_persons")]

    operations = [
        *(migrations.RemoveField("sourcerecord", name) for name in GONE),
        migrations.AddField("sourcerecord", "traits", models.BinaryField(null=True)),
        migrations.AlterField("reviewpair", "score", models.FloatField(default=0)),
        migrations.CreateModel(
            name="LinkWeights",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.CharField(max_length=24, unique=True)),
                ("model", models.JSONField()),
                ("learned_at", models.DateTimeField()),
                ("records", models.IntegerField()),
                ("adopted_at", models.DateTimeField(null=True)),
                ("adopted_by", models.UUIDField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NameCount",
            fields=[
                ("name", models.BigIntegerField(primary_key=True, serialize=False)),
                ("persons", models.IntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="identitylink",
            name="margin",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="identitylink",
            name="score",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="identitylink",
            name="weights",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="identitylink",
            name="weights_version",
            field=models.CharField(default="", max_length=24),
        ),
        migrations.AddField(
            model_name="reviewpair",
            name="blind",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="reviewpair",
            name="kind",
            field=models.CharField(
                choices=[
                    ("likely", "probably the same"),
                    ("ambiguous", "fits more than one person"),
                    ("conflict", "one ID number, two names"),
                    ("missed", "found again at night"),
                    ("numbers", "two ID numbers, else one person"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="reviewpair",
            index=models.Index(condition=models.Q(("blind", True)), fields=["decided_at"], name="pair_blind"),
        ),
    ]

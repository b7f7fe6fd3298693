"""A phone's region sealed for its token, its word at the broker, and what was decided about messages set aside."""

from django.db import migrations, models

GRANT = "GRANT SELECT (id, region_sealed, broker_hash) ON orders_orderdevice TO nanxi_ingest"
REVOKE = "REVOKE SELECT (id, region_sealed, broker_hash) ON orders_orderdevice FROM nanxi_ingest"


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_silences'),
    ]

    operations = [
        migrations.AddField(
            model_name='deadletter',
            name='decided_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='decided_by',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='decided_why',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='decision',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='digest',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='orderdevice',
            name='broker_hash',
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name='orderdevice',
            name='public',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='orderdevice',
            name='region_of',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='orderdevice',
            name='region_sealed',
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name='deadletter',
            index=models.Index(fields=['decision', '-rx'], name='deadletter_waiting'),
        ),
        migrations.RunSQL(GRANT, REVOKE),
    ]

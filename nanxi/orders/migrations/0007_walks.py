"""Synthetic walk-outs, and the mark of the orders behind them."""

import django.db.models.deletion
import django.db.models.manager
import nanxi.foundation.identifiers
from django.db import migrations, models

from nanxi.foundation.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_ingest_devices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Walk',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(db_collation='C', db_index=True, max_length=15)),
                ('started_at', models.DateTimeField()),
                ('sent', models.PositiveSmallIntegerField(default=0)),
                ('decided_at', models.DateTimeField(null=True)),
                ('arrived_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('why', models.CharField(blank=True, max_length=10)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelOptions(
            name='isolationorder',
            options={'base_manager_name': 'watched'},
        ),
        migrations.AlterModelManagers(
            name='isolationorder',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('watched', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='isolationorder',
            name='synthetic',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='isolationorder',
            constraint=models.CheckConstraint(condition=models.Q(('synthetic', False), ('person_id', None), _connector='OR'), name='order_synthetic_is_nobody'),
        ),
        migrations.AddField(
            model_name='walk',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='walks', to='orders.isolationorder'),
        ),
        migrations.AddIndex(
            model_name='walk',
            index=models.Index(fields=['area_code', '-started_at'], name='walk_of_town'),
        ),
        protect("orders_walk"),
    ]

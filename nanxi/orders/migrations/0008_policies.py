"""Versions of the fence's rules, and the choice of one for an order; a choice is added and never changed."""

import django.db.models.deletion
import django.db.models.manager
import nanxi.foundation.identifiers
from django.db import migrations, models

from nanxi.foundation.row_security import append_only, protect


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0007_walks'),
    ]

    operations = [
        migrations.CreateModel(
            name='FencePolicy',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.CharField(max_length=20, unique=True)),
                ('changes', models.JSONField(default=dict)),
                ('drafted_by', models.CharField(max_length=60)),
                ('drafted_at', models.DateTimeField()),
                ('published_by', models.CharField(blank=True, max_length=60)),
                ('published_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OrderPolicy',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(db_collation='C', db_index=True, max_length=15)),
                ('version', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=60)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='orders.isolationorder')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'indexes': [models.Index(fields=['order', '-at'], name='policy_of_order')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        protect("orders_orderpolicy"),
        append_only("orders_orderpolicy"),
    ]

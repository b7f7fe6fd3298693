"""Silences that are held a few minutes before anybody is told; scoped like their orders."""

import django.db.models.deletion
import django.db.models.manager
import nanxi.foundation.identifiers
from django.db import migrations, models

from nanxi.foundation.row_security import protect


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_care_security'),
        ('foundation', '0002_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='HeldSilence',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(db_collation='C', db_index=True, max_length=15)),
                ('event_key', models.CharField(max_length=60)),
                ('said_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('how', models.CharField(blank=True, max_length=8)),
                ('told_to', models.CharField(blank=True, max_length=15)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='silences', to='orders.isolationorder')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['said_at'], name='silence_held'), models.Index(condition=models.Q(('how', 'outage')), fields=['told_to'], name='silence_outage')],
                'constraints': [models.UniqueConstraint(fields=('order', 'event_key'), name='silence_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        protect("orders_heldsilence"),
    ]

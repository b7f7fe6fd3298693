"""What phones hand in: kept for good; only the person behind its record may follow the register's links."""

import django.db.models.deletion
import django.db.models.manager
import nanxi.foundation.identifiers
from django.db import migrations, models

from nanxi.foundation.row_security import append_only, protect

FOLLOW = "GRANT UPDATE (person_id) ON field_handedin TO nanxi_worker, nanxi_system"
STAY = "REVOKE UPDATE (person_id) ON field_handedin FROM nanxi_worker, nanxi_system"


class Migration(migrations.Migration):

    dependencies = [
        ('field', '0003_sweep'),
    ]

    operations = [
        migrations.CreateModel(
            name='HandedIn',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(db_collation='C', db_index=True, max_length=15)),
                ('by_id', models.UUIDField()),
                ('key', models.UUIDField()),
                ('device_id', models.UUIDField(null=True)),
                ('task_id', models.UUIDField(db_index=True)),
                ('record_id', models.UUIDField(db_index=True, null=True)),
                ('person_id', models.UUIDField(null=True)),
                ('standing', models.CharField(max_length=8)),
                ('outcome', models.CharField(blank=True, max_length=16)),
                ('said_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('clock_off_s', models.IntegerField(default=0)),
                ('received_at', models.DateTimeField()),
                ('visit_id', models.UUIDField(null=True)),
                ('sealed', models.BinaryField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'indexes': [models.Index(fields=['standing', '-received_at'], name='handed_in_flagged')],
                'constraints': [models.UniqueConstraint(fields=('by_id', 'key'), name='handed_in_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(db_collation='C', db_index=True, max_length=15)),
                ('by_id', models.UUIDField()),
                ('key', models.UUIDField()),
                ('received_at', models.DateTimeField()),
                ('sealed', models.BinaryField()),
                ('handed_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='field.handedin')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'everything',
                'constraints': [models.UniqueConstraint(fields=('by_id', 'key'), name='photo_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        protect("field_handedin", person_column="person_id"),
        protect("field_photo"),
        append_only("field_handedin"),
        append_only("field_photo"),
        migrations.RunSQL(FOLLOW, STAY),
    ]

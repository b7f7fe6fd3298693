"""A webhook's key is changed without a message lost: the old one signs beside the new one for a stated time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0008_webhooks")]

    operations = [
        migrations.AddField(model_name="hook", name="old_secret", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="hook", name="old_until", field=models.DateTimeField(null=True)),
    ]

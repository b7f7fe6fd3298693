from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_who_told")]

    operations = [
        migrations.AddField(model_name="tracerun", name="answer", field=models.JSONField(default=dict)),
    ]

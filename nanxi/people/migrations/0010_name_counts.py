"""Name counts say how much a common name weighs: only the night's count, which runs as the matcher, writes them."""

from django.db import migrations

KEEP = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON people_namecount FROM nanxi_web, nanxi_worker, nanxi_ingest"
GIVE = "GRANT INSERT, UPDATE, DELETE ON people_namecount TO nanxi_web, nanxi_worker"


class Migration(migrations.Migration):
    dependencies = [("people", "0009_elsewhere")]

    operations = [migrations.RunSQL(KEEP, GIVE)]

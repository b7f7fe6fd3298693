"""Row security of the cases room; evidence and decisions are only ever added."""

from django.db import migrations

from nanxi.foundation.row_security import append_only, protect

TABLES = (
    "labresult", "case", "caseevidence", "interview", "itineraryentry", "sighting", "tracerun", "closecontact", "exposure", "contactdecision",
    "followup",
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("foundation", "0002_row_security")]

    operations = [
        *[protect(f"cases_{table}") for table in TABLES],
        append_only("cases_caseevidence"),
        append_only("cases_contactdecision"),
    ]

"""A door for the matcher to have the planner look at the register after a long list: only a table's owner may have it analysed."""

from django.db import migrations

CREATE = """
CREATE FUNCTION people_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  ANALYZE people_recordindex;
  ANALYZE people_sourcerecord;
END $$;
REVOKE ALL ON FUNCTION people_analyze() FROM PUBLIC, nanxi_web, nanxi_worker;
GRANT EXECUTE ON FUNCTION people_analyze() TO nanxi_system;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_learned_weights")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION people_analyze()")]

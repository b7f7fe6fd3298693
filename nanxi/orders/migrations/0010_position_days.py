"""Positions parted by the county day of their fix, dropped as a whole when no order needs the day; holds that stop it.

Parts are made and dropped by functions that run as the structure's owner, so that no serving role may do either otherwise, and
each function asks again what its caller should have asked: running orders, the time kept after their end, holds.
"""

import nanxi.foundation.identifiers
from django.db import migrations, models

from nanxi.foundation.row_security import append_only, protect

PARTED = """
ALTER TABLE orders_position RENAME TO orders_position_before;
ALTER INDEX position_waiting RENAME TO position_waiting_before;
CREATE TABLE orders_position (
  LIKE orders_position_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (order_id, tst, digest)
) PARTITION BY RANGE (tst);
CREATE INDEX position_waiting ON orders_position (rx) WHERE decided_at IS NULL;
-- What has no day of its own: a clock far ahead, a day already dropped.
CREATE TABLE orders_position_rest PARTITION OF orders_position DEFAULT;
REVOKE ALL ON orders_position_rest FROM nanxi_web, nanxi_worker, nanxi_system, nanxi_ingest;
ALTER TABLE orders_position_rest ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders_position_rest FORCE ROW LEVEL SECURITY;
CREATE POLICY keeper ON orders_position_rest TO nanxi_owner USING (true) WITH CHECK (true);
GRANT INSERT ON orders_position TO nanxi_ingest;
CREATE POLICY ingest_add ON orders_position FOR INSERT TO nanxi_ingest WITH CHECK (decided_at IS NULL);
REVOKE UPDATE ON orders_position FROM nanxi_web, nanxi_worker, nanxi_system;
GRANT UPDATE (decided_at) ON orders_position TO nanxi_worker, nanxi_system;
"""

#: A day that nobody set is kept this long after the last order of it has ended.
DAYS = 1
FUNCTIONS = f"""
-- The functions answer for the whole county whatever the scope of their caller: a narrow one must not make a day look unneeded.
CREATE POLICY keeper ON orders_isolationorder FOR SELECT TO nanxi_owner USING (true);
CREATE POLICY keeper ON orders_position FOR SELECT TO nanxi_owner USING (true);
CREATE POLICY keeper ON orders_deadletter FOR SELECT TO nanxi_owner USING (true);

CREATE FUNCTION orders_day_low(day date) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ((day - DATE '1970-01-01')::bigint * 86400 - 8 * 3600) * 1000 $$;

CREATE FUNCTION orders_days_kept() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce((SELECT k.days FROM orders_positionkeeping AS k ORDER BY k.at DESC, k.id DESC LIMIT 1), {DAYS}) $$;

CREATE FUNCTION orders_day_held(day date, at timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM orders_positionhold AS h WHERE day BETWEEN h.first_day AND h.last_day
    AND h.opened_at IS NOT NULL AND h.lifted_at IS NULL AND h.until > at) $$;

-- Why a day stays: 'young', 'held', 'order'; 'due' when nothing keeps it.
CREATE FUNCTION orders_day_why(day date, at timestamptz) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN day > (at AT TIME ZONE 'Asia/Shanghai')::date - 2 THEN 'young'
    WHEN orders_day_held(day, at) THEN 'held'
    WHEN EXISTS (SELECT FROM orders_isolationorder AS o WHERE o.open_until > at - make_interval(days => orders_days_kept())
      AND EXISTS (SELECT FROM orders_position AS p WHERE p.order_id = o.id
        AND p.tst >= orders_day_low(day) AND p.tst < orders_day_low(day + 1))) THEN 'order'
    ELSE 'due' END $$;

CREATE FUNCTION orders_open_day(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part text := 'orders_position_' || to_char(day, 'YYYYMMDD');
  low bigint := orders_day_low(day);
  high bigint := orders_day_low(day + 1);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('orders.days', 73));
  IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE orders_position INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', part);
  EXECUTE format('WITH moved AS (DELETE FROM orders_position_rest WHERE tst >= %s AND tst < %s RETURNING *)'
    ' INSERT INTO %I SELECT * FROM moved', low, high, part);
  EXECUTE format('REVOKE ALL ON %I FROM nanxi_web, nanxi_worker, nanxi_system, nanxi_ingest', part);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE orders_position ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, low, high);
  RETURN true;
END $$;

-- Drops a day that is due; 'gone' or why it stays.
CREATE FUNCTION orders_drop_day(day date, at timestamptz) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part text := 'orders_position_' || to_char(day, 'YYYYMMDD');
  why text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('orders.days', 73));
  IF to_regclass(part) IS NULL THEN RETURN 'gone'; END IF;
  -- Nobody adds to the log between the question and the end of the day.
  LOCK TABLE orders_position IN ACCESS EXCLUSIVE MODE;
  why := orders_day_why(day, at);
  IF why <> 'due' THEN RETURN why; END IF;
  EXECUTE format('DROP TABLE %I', part);
  RETURN 'gone';
END $$;

-- Rows without a day of their own, of orders that ended long enough ago; how many.
CREATE FUNCTION orders_clear_rest(at timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
  DELETE FROM orders_position_rest AS p USING orders_isolationorder AS o
  WHERE o.id = p.order_id AND o.open_until <= at - make_interval(days => orders_days_kept())
    AND NOT orders_day_held((p.rx AT TIME ZONE 'Asia/Shanghai')::date, at);
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;

-- Days whose key something still needs beside the parts: the first four bytes of what is sealed are the day's ordinal.
CREATE FUNCTION orders_days_sealed_elsewhere() RETURNS SETOF date LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT DISTINCT DATE '0001-01-01' - 1 + ('x' || encode(substr(s.sealed, 1, 4), 'hex'))::bit(32)::int
  FROM (SELECT sealed FROM orders_position_rest UNION ALL SELECT sealed FROM orders_deadletter WHERE length(sealed) > 4) AS s $$;

REVOKE EXECUTE ON FUNCTION orders_open_day, orders_drop_day, orders_clear_rest, orders_days_sealed_elsewhere
  FROM nanxi_web, nanxi_worker;
"""
NO_FUNCTIONS = """
DROP FUNCTION orders_days_sealed_elsewhere, orders_clear_rest, orders_drop_day, orders_open_day, orders_day_why, orders_day_held,
  orders_days_kept, orders_day_low;
DROP POLICY keeper ON orders_isolationorder; DROP POLICY keeper ON orders_position; DROP POLICY keeper ON orders_deadletter;
"""

#: The owner sees rows of a scope only, so the whole county is entered; every row must arrive.
MOVE = """
DO $$
DECLARE before bigint; after bigint; one date;
BEGIN
  PERFORM set_config('nanxi.lo', '0', true), set_config('nanxi.hi', ':', true);
  SELECT count(*) INTO before FROM orders_position_before;
  FOR one IN SELECT DISTINCT (to_timestamp(tst / 1000) AT TIME ZONE 'Asia/Shanghai')::date FROM orders_position_before
    WHERE to_timestamp(tst / 1000) < rx + interval '3 days'
  LOOP PERFORM orders_open_day(one); END LOOP;
  INSERT INTO orders_position SELECT * FROM orders_position_before;
  SELECT count(*) INTO after FROM orders_position;
  IF before <> after THEN RAISE EXCEPTION '% positions before, % after; the migration stops.', before, after; END IF;
  DROP TABLE orders_position_before;
  PERFORM set_config('nanxi.lo', '', true), set_config('nanxi.hi', '', true);
END $$;
"""

#: What the synthetic walks were told is thinned, what persons were told is not: 40 towns say some 18,000 things a day.
WALKS = """
GRANT DELETE ON orders_fenceevent TO nanxi_system;
CREATE POLICY only_walks ON orders_fenceevent AS RESTRICTIVE FOR DELETE TO nanxi_system
  USING (EXISTS (SELECT FROM orders_isolationorder AS o WHERE o.id = order_id AND o.synthetic));
"""
NO_WALKS = "DROP POLICY only_walks ON orders_fenceevent; REVOKE DELETE ON orders_fenceevent FROM nanxi_system"


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0009_outlines'),
        ('foundation', '0002_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='PositionHold',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('reason', models.CharField(choices=[('contest', 'a contest against an order of these days'), ('court', 'an order of a court'), ('oversight', 'an examination by oversight'), ('incident', 'a fault of ours that is being examined')], max_length=12)),
                ('until', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=60)),
                ('asked_at', models.DateTimeField()),
                ('opened_by', models.CharField(blank=True, max_length=60)),
                ('opened_at', models.DateTimeField(null=True)),
                ('lifted_by', models.CharField(blank=True, max_length=60)),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='hold_has_days'), models.CheckConstraint(condition=models.Q(('opened_at', None), models.Q(models.Q(('opened_by', models.F('asked_by')), _negated=True), models.Q(('opened_by', ''), _negated=True)), _connector='OR'), name='hold_by_two')],
            },
        ),
        migrations.CreateModel(
            name='PositionKeeping',
            fields=[
                ('id', models.UUIDField(default=nanxi.foundation.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('days', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=60)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('days__lte', 21)), name='keeping_is_short')],
            },
        ),
        append_only("orders_positionkeeping"),
        migrations.RunSQL(PARTED, migrations.RunSQL.noop),
        protect("orders_position"),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL(WALKS, NO_WALKS),
    ]

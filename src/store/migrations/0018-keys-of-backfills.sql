-- Which keys of dynamic partitions there were when a backfill was launched: its targets count in them.
alter table millrace.backfill add column dynamic_keys jsonb;

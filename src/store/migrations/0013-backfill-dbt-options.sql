-- What each run of a backfill asks of dbt, as in run.dbt_options; null: nothing.
alter table millrace.backfill add column dbt_options jsonb;

-- A model of dbt has a slot for its table, which is written by one at a time, and one of the pool that it names.
alter table millrace.pool_slot drop constraint pool_slot_pkey, add primary key (step_id, pool);

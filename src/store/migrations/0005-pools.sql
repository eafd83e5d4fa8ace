-- Who uses a slot of a pool now. A slot is freed when the code that used it has really stopped.
create table millrace.pool_slot (
  step_id bigint primary key references millrace.step on delete cascade,
  run_id bigint not null references millrace.run on delete cascade,
  environment text not null,
  pool text not null,
  taken_at timestamptz not null default now()
);
create index pool_slot_of_pool on millrace.pool_slot (environment, pool);
create index pool_slot_of_run on millrace.pool_slot (run_id);

-- Runs of all engines at once, as the coordinator is configured; null: as many as engines take.
alter table millrace.coordinator add column run_limit integer;

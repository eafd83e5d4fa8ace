-- Many targets, carried out by many runs. What was done is read from the steps of its runs.
create table millrace.backfill (
  id bigint generated always as identity primary key,
  environment text not null,
  digest text not null,
  status text not null default 'running'
    check (status in ('running', 'paused', 'canceling', 'canceled', 'succeeded', 'failed')),
  selection text not null,
  -- In words, for reading: the targets below are what counts.
  partitions text not null,
  requested_by text not null,
  -- Runs at once; null: as many as engines take.
  max_parallel integer,
  -- Which partitions exist is decided once, when the backfill is asked for.
  evaluated_at timestamptz not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  -- The one engine that requests its runs, and until when nobody else may.
  driver uuid,
  driver_epoch bigint not null default 0,
  driven_until timestamptz not null default '-infinity',
  -- Failures of runs up to this one are forgotten: somebody asked to try them again.
  forgiven_run bigint not null default 0,
  error jsonb
);
create index backfill_open on millrace.backfill (id) where status in ('running', 'paused', 'canceling');

create table millrace.backfill_target (
  backfill_id bigint not null references millrace.backfill on delete cascade,
  asset text not null,
  -- The positions of its targeted partitions in the definition with this id; null for an unpartitioned asset.
  definition text,
  positions int4multirange,
  -- Of these, what will not be made, because something upstream in the same backfill failed.
  given_up int4multirange,
  primary key (backfill_id, asset)
);

alter table millrace.run add column backfill_id bigint references millrace.backfill on delete cascade;
create index run_of_backfill on millrace.run (backfill_id, id) where backfill_id is not null;

-- Small whatever was before: what waits, and what of backfills is under way.
create index run_queued on millrace.run (priority desc, id) where status = 'queued';
create index run_of_backfill_active on millrace.run (backfill_id, digest)
  where status in ('dispatched', 'running', 'canceling') and backfill_id is not null;

-- A step may end through no fault of its own: with its engine, or with the worker that ran its neighbours.
alter table millrace.step add column lost text check (lost in ('engine', 'worker'));

-- How many runs of backfills an engine takes at once: none, or all of its places but the one for people.
alter table millrace.engine add column backfill_slots integer not null default 0;

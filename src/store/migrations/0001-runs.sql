-- Who is alive. One row per engine process; its heartbeat touches this row and its run leases only.
create table millrace.engine (
  id uuid primary key,
  name text not null,
  host text not null,
  pid integer not null,
  version text not null,
  digests text[] not null default '{}',
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);

-- The one engine that decides what may start now. Each of its writes checks the epoch.
create table millrace.coordinator (
  only_row boolean primary key default true check (only_row),
  engine uuid,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity'
);
insert into millrace.coordinator default values;

-- Relations that Millrace created, and the only ones it writes.
create table millrace.relation (
  schema_name text not null,
  table_name text not null,
  asset text not null,
  created_at timestamptz not null default now(),
  primary key (schema_name, table_name)
);

-- The row that dispatch locks while it decides who owns a slice of the asset.
create table millrace.asset (
  environment text not null,
  key text not null,
  primary key (environment, key)
);

create table millrace.run (
  id bigint generated always as identity primary key,
  environment text not null,
  digest text not null,
  status text not null default 'queued'
    check (status in ('queued', 'dispatched', 'running', 'canceling', 'succeeded', 'failed', 'canceled')),
  selection text not null,
  requested_by text not null,
  priority integer not null default 0,
  -- Which partitions exist is decided once, when the run is asked for.
  evaluated_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  dispatched_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  cancel_requested_at timestamptz,
  error jsonb
);
create index run_open on millrace.run (priority desc, id)
  where status in ('queued', 'dispatched', 'running', 'canceling');

-- A run is owned by a lease; whoever finds it expired may take the run over.
create table millrace.run_lease (
  run_id bigint primary key references millrace.run on delete cascade,
  engine uuid not null,
  attempt integer not null,
  expires_at timestamptz not null
);
create index run_lease_of_engine on millrace.run_lease (engine);

-- The fence stands on this row: publishing ends with an update that only the present attempt passes,
-- and a take-over updates the same row first.
create table millrace.step (
  id bigint generated always as identity primary key,
  run_id bigint not null references millrace.run on delete cascade,
  position integer not null,
  asset text not null,
  -- [key] of one partition or [first, last] of a range, and their positions in the partitions definition
  -- with this id; null for an unpartitioned asset.
  partitions text[],
  positions int4range,
  definition text,
  depends_on integer[] not null default '{}',
  status text not null default 'queued'
    check (status in ('queued', 'running', 'succeeded', 'failed', 'skipped', 'canceled', 'unknown')),
  attempt integer not null default 0,
  worker uuid,
  reason text,
  started_at timestamptz,
  ended_at timestamptz,
  rows bigint,
  error jsonb,
  unique (run_id, position)
);
create index step_of_asset on millrace.step (asset, id desc);

-- One owner per slice: null claims the whole asset, and so does a slice of another definition.
create table millrace.slice_claim (
  environment text not null,
  asset text not null,
  positions int4range,
  definition text,
  run_id bigint not null references millrace.run on delete cascade
);
create index slice_claim_of_asset on millrace.slice_claim (environment, asset);
create index slice_claim_of_run on millrace.slice_claim (run_id);

-- The compact history: one row per step that published, kept when events are dropped.
create table millrace.materialization (
  id bigint generated always as identity primary key,
  environment text not null,
  asset text not null,
  partitions text[],
  partition_count integer not null default 1,
  run_id bigint not null,
  step_id bigint not null,
  at timestamptz not null,
  rows bigint,
  duration_ms integer,
  code_version text,
  data_version text,
  metadata jsonb,
  sequence bigint
);
create index materialization_of_asset on millrace.materialization (environment, asset, id desc);

-- The truth about partitions, written by the transaction that publishes the data.
-- An unpartitioned asset has one row, whose partition is the empty string. Without a materialization it
-- only says that the last attempt failed.
create table millrace.asset_partition (
  environment text not null,
  asset text not null,
  partition text not null,
  position integer,
  definition text,
  failed_step bigint,
  materialization_id bigint,
  run_id bigint,
  at timestamptz,
  rows bigint,
  duration_ms integer,
  code_version text,
  data_version text,
  changed_sequence bigint,
  primary key (environment, asset, partition)
);

create table millrace.check_result (
  environment text not null,
  asset text not null,
  partition text not null,
  name text not null,
  passed boolean not null,
  blocking boolean not null,
  severity text not null,
  failed_rows bigint,
  message text,
  run_id bigint not null,
  at timestamptz not null,
  primary key (environment, asset, partition, name)
);

-- What happened, for reading; nothing current depends on it, so old days are simply dropped.
create table millrace.event (
  at timestamptz not null,
  run_id bigint not null,
  step_id bigint,
  level text not null,
  message text not null
) partition by range (at);
create index event_of_run on millrace.event (run_id, at);

-- The one engine that evaluates the automations of an environment. Each of its writes checks the epoch.
create table millrace.automation_lease (
  environment text primary key,
  engine uuid,
  epoch bigint not null default 0,
  held_since timestamptz,
  expires_at timestamptz not null default '-infinity'
);

-- What is remembered of a sensor, a schedule or a condition between its ticks. The version moves with each tick
-- and each change by hand: what was evaluated before is not written after.
create table millrace.automation (
  environment text not null,
  kind text not null check (kind in ('sensor', 'schedule', 'condition', 'freshness')),
  name text not null,
  -- By hand; null: as the code says.
  switched boolean,
  -- As it was last seen by who evaluates it: who is switched on begins anew.
  was_on boolean not null default false,
  cursor text,
  -- What its instants were counted by, such as the crons of a schedule.
  definition text,
  -- Everything up to this instant has been dealt with.
  done_until timestamptz,
  version bigint not null default 0,
  primary key (environment, kind, name)
);

-- One evaluation, or several in a row that came to nothing in the same way.
create table millrace.tick (
  id bigint generated always as identity primary key,
  environment text not null,
  kind text not null,
  automation text not null,
  -- The instant that it stands for, and when it was really evaluated.
  at timestamptz not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  -- How many evaluations this row tells of; `ended_at` is of the last one.
  evaluations integer not null default 1,
  status text not null check (status in ('requested', 'skipped', 'failed')),
  cursor_before text,
  cursor_after text,
  reason text,
  error jsonb,
  run_ids bigint[] not null default '{}',
  log jsonb,
  -- What else its kind has to tell: how a condition came to its answer, which files were seen.
  details jsonb
);
create index tick_of_automation on millrace.tick (environment, kind, automation, id desc);
create index tick_in_time on millrace.tick (ended_at);

-- A run for each key of an automation, and never a second one.
create table millrace.run_key (
  environment text not null,
  kind text not null,
  automation text not null,
  key text not null,
  run_id bigint not null,
  at timestamptz not null default now(),
  primary key (environment, kind, automation, key)
);

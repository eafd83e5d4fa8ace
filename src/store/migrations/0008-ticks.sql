-- Ticks are dropped by when they began: their end moves while further evaluations come to nothing too,
-- and a row whose indexed columns stay is changed in place.
drop index millrace.tick_in_time;
create index tick_in_time on millrace.tick (started_at);

-- What a sensor has dealt with already: files, runs. The value tells whether it is the same one still.
create table millrace.automation_seen (
  environment text not null,
  automation text not null,
  key text not null,
  value text not null,
  at timestamptz not null default now(),
  primary key (environment, automation, key)
);

-- Calls of the daemon's webhooks that no sensor has dealt with yet.
create table millrace.webhook_call (
  id bigint generated always as identity primary key,
  environment text not null,
  automation text not null,
  -- Two calls with the same idempotency key are one.
  idempotency_key text,
  body text not null,
  content_type text,
  received_at timestamptz not null default now()
);
create index webhook_call_of_automation on millrace.webhook_call (environment, automation, id);
create table millrace.webhook_key (
  environment text not null,
  automation text not null,
  key text not null,
  at timestamptz not null default now(),
  primary key (environment, automation, key)
);

-- How far what a sensor watches was handed to it: the engine's own cursor, beside that of its function.
alter table millrace.automation add column position jsonb;

-- Sensors ask which runs have ended since.
create index run_ended on millrace.run (environment, ended_at) where ended_at is not null;

-- What was materialized at the last look at conditions: who takes the next one asks only for what came after it.
create table millrace.condition_materialized (
  environment text not null,
  asset text not null,
  -- Null: the asset has no partitions.
  definition text,
  -- Where ranges of positions begin and end, in turns.
  positions jsonb not null,
  primary key (environment, asset)
);

-- The look that they are of: an older version takes looks without writing them.
alter table millrace.condition_look add column materialized_at bigint;

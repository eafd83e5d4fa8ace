-- Which transaction recorded it: what a look at conditions did not see is what its snapshot did not.
-- What was there before has none, and is never news.
alter table millrace.materialization add column xid xid8;
alter table millrace.materialization alter column xid set default pg_current_xact_id();
create index materialization_news on millrace.materialization (environment, xid);

-- The transaction that last forgot materializations of it.
alter table millrace.asset add column wiped_by xid8;

create index asset_partition_failed on millrace.asset_partition (environment, asset) where failed_step is not null;
create index check_result_failed on millrace.check_result (environment, asset) where not passed;

-- The last look at all conditions of an environment: when it was, and what it could see.
create table millrace.condition_look (
  environment text primary key,
  number bigint not null,
  evaluated_at timestamptz not null,
  snapshot pg_snapshot not null
);

-- What the condition of an asset remembers, written when it is another than before.
create table millrace.condition_memory (
  environment text not null,
  asset text not null,
  requested jsonb not null,
  targets jsonb not null,
  -- How it last came to its answer: only another way is recorded as a tick.
  explained text not null,
  primary key (environment, asset)
);

-- What the numbers of an explanation mean: the parts of a condition in words, by a digest of them.
create table millrace.condition_form (
  environment text not null,
  asset text not null,
  digest text not null,
  form jsonb not null,
  primary key (environment, asset, digest)
);

-- How fresh an asset was when its state last changed.
create table millrace.freshness (
  environment text not null,
  asset text not null,
  state text not null,
  since timestamptz,
  changed_at timestamptz not null,
  primary key (environment, asset)
);

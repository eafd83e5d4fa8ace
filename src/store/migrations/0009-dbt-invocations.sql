-- What an engine asked dbt to make: written before dbt begins, so that whoever takes its run over can find out what
-- became of it. The account of an invocation lies in its folder, on its host.
create table millrace.dbt_invocation (
  id uuid primary key,
  run_id bigint not null references millrace.run on delete cascade,
  host text not null,
  folder text not null,
  -- Changes up to this one were there to be read.
  since bigint not null,
  -- [{ step, asset, uniqueId, codeVersion, inputs, partitions, tests }]
  steps jsonb not null,
  started_at timestamptz not null default now()
);
create index dbt_invocation_of_run on millrace.dbt_invocation (run_id);

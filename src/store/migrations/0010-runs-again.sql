-- A run that nobody watches is requested again when its engine dies: so often it was lost already, and of which run
-- it is the rest.
alter table millrace.run
  add column automated boolean not null default false,
  add column times_lost smallint not null default 0,
  add column rest_of bigint;

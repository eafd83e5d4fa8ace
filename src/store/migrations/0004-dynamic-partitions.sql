-- Partitions that come and go while assets run: the keys of each name, in the order in which they were added.
create table millrace.dynamic_partition (
  environment text not null,
  name text not null,
  key text not null,
  position bigint generated always as identity,
  primary key (environment, name, key)
);
create index dynamic_partition_in_order on millrace.dynamic_partition (environment, name, position);

-- A number that only grows. Who holds this row gives its next value to the partitions that were committed and
-- have none yet; so whether something was there to be loaded is told by comparing two numbers.
create table millrace.version_sequence (
  only_row boolean primary key default true check (only_row),
  value bigint not null default 0
);
insert into millrace.version_sequence default values;

alter table millrace.asset_partition
  -- Changes up to this one were there to be loaded when it was made; null: nothing is upstream of it.
  add column watermark bigint,
  -- Changes after this one were certainly not loaded.
  add column settled bigint,
  -- The assets upstream when it was made.
  add column inputs text[],
  -- Data versions it had before the present one, and from which number up to which each: some come back.
  add column former_versions text[],
  add column former_since bigint[],
  add column former_until bigint[];

-- What was made before there were versions is judged by its time.
update millrace.asset_partition as present
set data_version = '#' || materialization_id, changed_sequence = place, watermark = place, settled = place
from (select environment, asset, partition, dense_rank() over (order by at) as place
      from millrace.asset_partition where materialization_id is not null) as known
where (present.environment, present.asset, present.partition) = (known.environment, known.asset, known.partition);
update millrace.version_sequence
set value = coalesce((select max(changed_sequence) from millrace.asset_partition), 0);

create index asset_partition_unstamped on millrace.asset_partition (environment)
  where changed_sequence is null and materialization_id is not null;
create index asset_partition_former on millrace.asset_partition (environment, asset) where former_versions is not null;

-- What somebody marks as materialized, or reports from outside, has no run.
alter table millrace.materialization alter column run_id drop not null, alter column step_id drop not null;

-- Stamps what was committed before the call, and answers the number up to which everything is stamped.
-- A function, because each of its statements sees what was committed before it: the row is locked first.
create function millrace.stamp_versions() returns bigint language plpgsql as $$
declare
  present bigint;
begin
  if not exists (
    select from millrace.asset_partition where changed_sequence is null and materialization_id is not null
  ) then
    select value into present from millrace.version_sequence;
    return present;
  end if;
  -- Whatever relies on the number is committed later, and then so is this.
  perform set_config('synchronous_commit', 'off', true);
  select value + 1 into present from millrace.version_sequence for update;
  -- A row that is just being published again gets its number with what is published.
  update millrace.asset_partition set changed_sequence = present
  where ctid = any(array(
    select ctid from millrace.asset_partition
    where changed_sequence is null and materialization_id is not null for update skip locked
  ));
  update millrace.version_sequence set value = present;
  return present;
end
$$;

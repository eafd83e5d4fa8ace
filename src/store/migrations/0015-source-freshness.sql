-- How new the data of a source is, as dbt has measured it last.
create table millrace.source_freshness (
  environment text not null,
  asset text not null,
  -- The newest row's time; null: the source holds no row.
  loaded_at timestamptz,
  checked_at timestamptz not null,
  primary key (environment, asset)
);

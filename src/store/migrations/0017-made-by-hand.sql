-- Of what people have dbt make by hand, nobody knows which partitions some of it was: few rows among very many.
create index materialization_unsure on millrace.materialization (environment, asset)
  where metadata->'dbt'->>'partitions' = 'unknown';

-- What a run asks of dbt beside its models: { "fullRefresh": true }; null: nothing.
alter table millrace.run add column dbt_options jsonb;

-- A view has no days of its own; that it lets each day through is what the partitions say.
{{ config(meta={'millrace': {
    'partitions': {'daily': {'start': '2026-01-02', 'timezone': 'UTC'}},
    'partitionColumn': 'day'
}}) }}

select
    station,
    city,
    observed_at,
    (observed_at at time zone 'UTC')::date as day,
    celsius,
    humidity
from {{ source('weather', 'daily_readings') }}

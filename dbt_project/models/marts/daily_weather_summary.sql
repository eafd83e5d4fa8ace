{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='day',
    meta={'millrace': {
        'partitions': {'daily': {'start': '2026-01-02', 'timezone': 'UTC'}},
        'partitionColumn': 'day'
    }}
) }}

select
    readings.city,
    cities.country,
    readings.day,
    count(distinct readings.station) as stations,
    count(*) as readings,
    min(readings.celsius) as min_celsius,
    avg(readings.celsius) as mean_celsius,
    max(readings.celsius) as max_celsius,
    avg(readings.humidity) as mean_humidity
from {{ ref('stg_readings') }} as readings
left join {{ ref('cities') }} as cities on cities.city = readings.city
where {{ in_partition('readings.observed_at') }}
group by readings.city, cities.country, readings.day

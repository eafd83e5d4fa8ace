-- A station is where it was last.
select distinct on (station)
    station,
    city,
    observed_at as last_seen
from {{ ref('stg_readings') }}
order by station, observed_at desc

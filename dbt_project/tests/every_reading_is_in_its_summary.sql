-- Of the days that are being made, for others may be made at this moment by a run of their own; all under plain dbt.
-- Days that were not summarised yet are none of this test's business.
select summary.city, summary.day
from {{ ref('daily_weather_summary') }} as summary
left join {{ ref('stg_readings') }} as readings on readings.city = summary.city and readings.day = summary.day
where {{ in_partition("(summary.day::timestamp at time zone 'UTC')") }}
group by summary.city, summary.day, summary.readings
having count(readings.station) <> summary.readings

select
    summary.city,
    summary.country,
    count(*) as days,
    avg(summary.mean_celsius) as mean_celsius,
    max(summary.max_celsius) - min(summary.min_celsius) as celsius_range,
    max(stations.stations) as stations
from {{ ref('daily_weather_summary') }} as summary
left join (
    select city, count(*) as stations from {{ ref('stg_stations') }} group by city
) as stations on stations.city = summary.city
group by summary.city, summary.country

select readings.city, count(*) as readings
from {{ ref('stg_readings') }} as readings
left join {{ ref('cities') }} as cities on cities.city = readings.city
where cities.city is null
group by readings.city

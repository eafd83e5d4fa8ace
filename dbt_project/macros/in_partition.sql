{#
  True for the rows of the partitions that are being made. Millrace says which by two settings of the session,
  so nothing is parsed anew; under plain dbt they are not set, and every row is meant.
#}
{% macro in_partition(column) -%}
    {{ column }} >= coalesce(nullif(current_setting('millrace.partition_start', true), '')::timestamptz, '-infinity')
    and {{ column }} < coalesce(nullif(current_setting('millrace.partition_end', true), '')::timestamptz, 'infinity')
{%- endmacro %}

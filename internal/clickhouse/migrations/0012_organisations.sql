-- Enterprises, universities and the operator's own.
CREATE TABLE IF NOT EXISTS {{table "organisations"}} (
    id      String,
    name    String,
    role    LowCardinality(String),
    region  LowCardinality(String),
    version UInt64
) ENGINE = {{replacing "organisations" "version"}}
ORDER BY id

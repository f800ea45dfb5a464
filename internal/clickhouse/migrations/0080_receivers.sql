-- Which alerts reach which address: one row a subscription and channel.
CREATE TABLE IF NOT EXISTS {{table "receivers"}} (
    id           String,
    channel      LowCardinality(String),
    address      String,
    org          String,
    skills       Array(String),
    regions      Array(String),
    industries   Array(String),
    min_severity LowCardinality(String),
    language     LowCardinality(String),
    secret       String,
    active       Bool,
    version      UInt64
) ENGINE = {{replacing "receivers" "version"}}
ORDER BY (id, channel)

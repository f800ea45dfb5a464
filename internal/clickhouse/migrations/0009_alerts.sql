-- Where each alert stands; its history is in alert_events.
CREATE TABLE IF NOT EXISTS {{table "alerts"}} (
    id       String,
    grain    LowCardinality(String),
    skill    LowCardinality(String),
    region   LowCardinality(String),
    industry LowCardinality(String),
    tier     LowCardinality(String),
    severity LowCardinality(String),
    status   LowCardinality(String),
    opened   Date32,
    updated  Date32,
    evidence String,
    version  UInt64
) ENGINE = {{replacing "alerts" "version"}}
ORDER BY id

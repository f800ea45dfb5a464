-- Append-only: every step of every alert's life, with the evidence of that moment as JSON.
CREATE TABLE IF NOT EXISTS {{table "alert_events"}} (
    id       String,
    alert_id String,
    kind     LowCardinality(String),
    at       DateTime64(3, 'UTC'),
    grain    LowCardinality(String),
    skill    LowCardinality(String),
    region   LowCardinality(String),
    industry LowCardinality(String),
    tier     LowCardinality(String),
    severity LowCardinality(String),
    opened   Date32,
    period   Date32,
    evidence String
) ENGINE = {{replacing "alert_events" ""}}
ORDER BY (alert_id, id)

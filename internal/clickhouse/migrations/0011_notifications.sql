-- One row per attempt to tell one subscriber of one event, with a named reason.
CREATE TABLE IF NOT EXISTS {{table "notifications"}} (
    id           String,
    event_id     String,
    alert_id     String,
    subscription String,
    org          String,
    channel      LowCardinality(String),
    target       String,
    status       LowCardinality(String),
    reason       String,
    attempt      UInt16,
    at           DateTime64(3, 'UTC'),
    next_attempt Nullable(DateTime64(3, 'UTC'))
) ENGINE = {{replacing "notifications" "at"}}
ORDER BY (id, attempt)

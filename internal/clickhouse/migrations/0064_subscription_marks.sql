-- What was decided about a subscription after it was made, one row a kind; each kind has one writer.
CREATE TABLE IF NOT EXISTS {{table "subscription_marks"}} (
    subscription String,
    kind         LowCardinality(String),
    value        String,
    at           DateTime64(3, 'UTC')
) ENGINE = {{replacing "subscription_marks" "at"}}
ORDER BY (subscription, kind)

-- How a subscription's receiver has answered lately, one row a channel.
CREATE TABLE IF NOT EXISTS {{table "subscription_health"}} (
    subscription  String,
    channel       LowCardinality(String),
    failures      UInt32,
    failing_since DateTime64(3, 'UTC'),
    reason        String,
    at            DateTime64(3, 'UTC')
) ENGINE = {{replacing "subscription_health" "at"}}
ORDER BY (subscription, channel)

-- What has been rolled up: version is the latest mark (microseconds) that the roll-up saw.
CREATE TABLE IF NOT EXISTS {{table "period_rollups"}} (
    grain     LowCardinality(String),
    period    Date32,
    version   UInt64,
    rolled_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = {{replacing "period_rollups" "version"}}
ORDER BY (grain, period)

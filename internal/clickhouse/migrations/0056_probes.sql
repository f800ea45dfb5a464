-- One row that /readyz writes to learn whether a write is possible.
CREATE TABLE IF NOT EXISTS {{table "probes"}} (
    name    LowCardinality(String),
    written DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = {{replacing "probes" "written"}}
ORDER BY name

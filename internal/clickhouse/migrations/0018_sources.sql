-- Sources that ever fed the system, crawled or imported.
CREATE TABLE IF NOT EXISTS {{table "sources"}} (
    name     LowCardinality(String),
    kind     LowCardinality(String),
    url      String,
    schedule String,
    grain    LowCardinality(String),
    note     String,
    version  UInt64
) ENGINE = {{replacing "sources" "version"}}
ORDER BY name

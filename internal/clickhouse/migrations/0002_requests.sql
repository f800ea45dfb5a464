-- Enterprises' direct skill requests; the latest version of an id counts.
CREATE TABLE IF NOT EXISTS {{table "requests"}} (
    id         String,
    org        String,
    skill      LowCardinality(String),
    heads      UInt32,
    tier       LowCardinality(String),
    region     LowCardinality(String),
    industry   LowCardinality(String),
    needed_by  Nullable(Date32),
    note       String,
    created_at DateTime64(3, 'UTC'),
    withdrawn  Bool,
    version    UInt64
) ENGINE = {{replacing "requests" "version"}}
ORDER BY id
{{dedup}}

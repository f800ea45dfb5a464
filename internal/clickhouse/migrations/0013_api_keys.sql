-- API keys: the hash only. A revoked key stays as a row.
CREATE TABLE IF NOT EXISTS {{table "api_keys"}} (
    id      String,
    org     String,
    role    LowCardinality(String),
    hash    String,
    created DateTime64(3, 'UTC'),
    revoked Bool,
    version UInt64
) ENGINE = {{replacing "api_keys" "version"}}
ORDER BY id

-- Idempotency keys of writes: the same key with another body is refused. First write wins: versions fall with
-- time, and the deduplication window drops a concurrent second insert of a key.
CREATE TABLE IF NOT EXISTS {{table "idempotency"}} (
    org       String,
    key       String,
    body_hash String,
    resource  String,
    response  String,
    version   UInt64,
    created   DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = {{replacing "idempotency" "version"}}
ORDER BY (org, key)
TTL toDateTime(created) + INTERVAL 30 DAY
{{dedup}}

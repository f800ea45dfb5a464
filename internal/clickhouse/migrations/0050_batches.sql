-- One row per flushed batch and kind of fact: which offsets were read and which rows, in which version, were stored
-- because of them. It is written after the facts and before the commit, so what it names must be there.
CREATE TABLE IF NOT EXISTS {{table "batches"}} (
    topic     LowCardinality(String),
    partition Int32,
    first     Int64,
    last      Int64,
    fact      LowCardinality(String),
    ids       Array(String) CODEC(ZSTD(3)),
    versions  Array(UInt64) CODEC(ZSTD(3)),
    sources   Array(LowCardinality(String)),
    first_day Date32,
    last_day  Date32,
    written   DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = {{replacing "batches" "written"}}
ORDER BY (topic, partition, first, last, fact)

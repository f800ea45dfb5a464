-- One row per crawl run with its outcome.
CREATE TABLE IF NOT EXISTS {{table "crawl_runs"}} (
    id             String,
    source         LowCardinality(String),
    outcome        LowCardinality(String),
    reason         String,
    started        DateTime64(3, 'UTC'),
    ended          DateTime64(3, 'UTC'),
    listed         UInt32,
    fetched        UInt32,
    not_modified   UInt32,
    failed         UInt32,
    disallowed     UInt32,
    postings       UInt32,
    bytes_received UInt64
) ENGINE = {{replacing "crawl_runs" "ended"}}
ORDER BY (source, id)

-- What the crawler remembers of each URL: validators for conditional requests, and when it was first seen.
CREATE TABLE IF NOT EXISTS {{table "crawl_pages"}} (
    source        LowCardinality(String),
    url           String,
    etag          String,
    last_modified String,
    content_hash  String,
    first_seen    DateTime64(3, 'UTC'),
    last_seen     DateTime64(3, 'UTC'),
    status        UInt16
) ENGINE = {{replacing "crawl_pages" "last_seen"}}
ORDER BY (source, url)

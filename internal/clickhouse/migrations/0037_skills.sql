-- The taxonomy that is in use: names for pages and for checking requests. Written by migrate, so that stages
-- need not import the extractor.
CREATE TABLE IF NOT EXISTS {{table "skills"}} (
    id       String,
    name_en  String,
    name_zh  String,
    category LowCardinality(String),
    version  UInt64
) ENGINE = {{replacing "skills" "version"}}
ORDER BY id

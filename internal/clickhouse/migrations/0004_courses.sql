-- Courses of programmes. A course counts while its version is its programme's: courses that a later version
-- of the programme no longer lists drop out by themselves.
CREATE TABLE IF NOT EXISTS {{table "courses"}} (
    programme_id     String,
    id               String,
    title            String,
    description      String,
    hours            UInt32,
    required         Bool,
    seats            UInt32,
    skills           Array(LowCardinality(String)),
    taxonomy_version LowCardinality(String),
    version          UInt64
) ENGINE = {{replacing "courses" "version"}}
ORDER BY (programme_id, id)
{{dedup}}

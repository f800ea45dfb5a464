-- Degree programmes of universities: the supply side.
CREATE TABLE IF NOT EXISTS {{table "programmes"}} (
    id               String,
    org              String,
    school           String,
    region           LowCardinality(String),
    name             String,
    degree           LowCardinality(String),
    cohort_size      UInt32,
    graduation_month UInt8,
    first_year       UInt16,
    closed           Bool,
    version          UInt64
) ENGINE = {{replacing "programmes" "version"}}
ORDER BY id
{{dedup}}

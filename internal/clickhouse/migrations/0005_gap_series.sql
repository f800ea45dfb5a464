-- Skill-gap series. The row with skill '' carries the exposure of its cell; region, industry and tier '' mean
-- "all". Rows are visible when period_rollups names their version, so a roll-up appears whole or not at all.
CREATE TABLE IF NOT EXISTS {{table "gap_series"}} (
    grain     LowCardinality(String),
    skill     LowCardinality(String),
    region    LowCardinality(String),
    industry  LowCardinality(String),
    tier      LowCardinality(String),
    period    Date32,
    openings  Float64,
    vacancies UInt32,
    exposure  UInt32,
    employers UInt32,
    requested Float64,
    supply    Nullable(Float64),
    gap       Nullable(Float64),
    state     LowCardinality(String),
    version   UInt64
) ENGINE = {{replacing "gap_series" "version"}}
ORDER BY (grain, skill, region, industry, tier, period)
{{dedup}}

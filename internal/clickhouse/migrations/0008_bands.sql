-- One row per evaluated series and period: the band and what was observed against it.
CREATE TABLE IF NOT EXISTS {{table "bands"}} (
    grain        LowCardinality(String),
    skill        LowCardinality(String),
    region       LowCardinality(String),
    industry     LowCardinality(String),
    tier         LowCardinality(String),
    period       Date32,
    state        LowCardinality(String),
    window       UInt16,
    observed     Float64,
    exposure     Float64,
    expected     Float64,
    lower        Float64,
    upper        Float64,
    p            Float64,
    dispersion   Float64,
    base_rate    Float64,
    trend_year   Float64,
    history      UInt32,
    band_version LowCardinality(String),
    evaluated_at DateTime64(3, 'UTC')
) ENGINE = {{replacing "bands" "evaluated_at"}}
ORDER BY (grain, skill, region, industry, tier, period)
{{dedup}}

-- Periods whose facts changed after their last roll-up. Marks are written after the facts they speak of.
CREATE TABLE IF NOT EXISTS {{table "period_marks"}} (
    grain  LowCardinality(String),
    period Date32,
    marked DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = {{replacing "period_marks" "marked"}}
ORDER BY (grain, period)

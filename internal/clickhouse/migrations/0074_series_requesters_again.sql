-- Periods with requests are rolled up again, so that they have the new columns.
INSERT INTO period_marks (grain, period) SELECT DISTINCT grain, period FROM gap_series WHERE requested > 0

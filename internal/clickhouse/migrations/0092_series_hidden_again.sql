-- Every period is rolled up again, so that it has the new column.
INSERT INTO period_marks (grain, period) SELECT DISTINCT grain, period FROM gap_series

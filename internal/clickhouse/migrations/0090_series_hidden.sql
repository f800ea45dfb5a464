-- What of a row is not public (talent.Hidden): 1 postings and all that is counted of them, 2 requests, 4 what is judged. A row that was
-- rolled up before this column is not public until it is rolled up again.
ALTER TABLE {{table "gap_series"}}
    ADD COLUMN IF NOT EXISTS hidden UInt8 DEFAULT 7 AFTER state

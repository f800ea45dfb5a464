-- Every check of the stored data: the latest says whether roll-up and alerts may work. compared is how far the
-- batches have been compared with the facts.
CREATE TABLE IF NOT EXISTS {{table "integrity_checks"}} (
    at       DateTime64(6, 'UTC'),
    ok       Bool,
    compared DateTime64(6, 'UTC'),
    parts    UInt64,
    findings String
) ENGINE = {{replacing "integrity_checks" ""}}
ORDER BY at

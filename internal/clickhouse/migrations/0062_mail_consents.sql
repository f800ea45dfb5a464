-- What the owner of an address said: org is empty for what holds for the whole system.
CREATE TABLE IF NOT EXISTS {{table "mail_consents"}} (
    address String,
    org     String,
    state   LowCardinality(String),
    at      DateTime64(3, 'UTC')
) ENGINE = {{replacing "mail_consents" "at"}}
ORDER BY (address, org)

-- One row a mail that was sent: the token of its links (hash only), and for whom it was sent; also what limits count.
CREATE TABLE IF NOT EXISTS {{table "mail_links"}} (
    hash         String,
    delivery     String,
    subscription String,
    org          String,
    key_id       String,
    address      String,
    mailbox      String,
    language     LowCardinality(String),
    confirms     Bool,
    created      DateTime64(3, 'UTC'),
    expires      DateTime64(3, 'UTC')
) ENGINE = {{replacing "mail_links" "created"}}
PARTITION BY toYYYYMM(created)
ORDER BY hash
TTL toDateTime(created) + INTERVAL 400 DAY

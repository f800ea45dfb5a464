-- Which alerts reach whom, and how.
CREATE TABLE IF NOT EXISTS {{table "subscriptions"}} (
    id           String,
    org          String,
    skills       Array(String),
    regions      Array(String),
    industries   Array(String),
    min_severity LowCardinality(String),
    language     LowCardinality(String),
    email        String,
    webhook_url  String,
    secret       String,
    active       Bool,
    version      UInt64
) ENGINE = {{replacing "subscriptions" "version"}}
ORDER BY id

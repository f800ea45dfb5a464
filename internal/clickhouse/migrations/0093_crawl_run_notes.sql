-- What is to be said of a run, as JSON of talent.RunNote: pages say it in their reader's language.
ALTER TABLE {{table "crawl_runs"}}
    ADD COLUMN IF NOT EXISTS notes String DEFAULT '' AFTER reason

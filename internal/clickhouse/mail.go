package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutMailLink records the token of a mail before the mail is sent.
func (s *Store) PutMailLink(ctx context.Context, l talent.MailLink) error {
	return insert(ctx, s, "mail link", "", `INSERT INTO mail_links
		(hash, delivery, subscription, org, key_id, address, mailbox, language, confirms, created, expires)`, 1, func(int) []any {
		return []any{l.Hash, l.Delivery, l.Subscription, l.Org, l.KeyID, l.Address, l.Mailbox, l.Language, l.Confirms, l.Created, l.Expires}
	})
}

// MailLink returns the link of a token's hash, and false when there is none.
func (s *Store) MailLink(ctx context.Context, hash string) (talent.MailLink, bool, error) {
	type row struct {
		Hash         string    `ch:"hash"`
		Delivery     string    `ch:"delivery"`
		Subscription string    `ch:"subscription"`
		Org          string    `ch:"org"`
		KeyID        string    `ch:"key_id"`
		Address      string    `ch:"address"`
		Mailbox      string    `ch:"mailbox"`
		Language     string    `ch:"language"`
		Confirms     bool      `ch:"confirms"`
		Created      time.Time `ch:"created"`
		Expires      time.Time `ch:"expires"`
	}
	got, err := rows[row](ctx, s, "mail link", `SELECT hash, delivery, subscription, org, key_id, address, mailbox, language, confirms,
		created, expires FROM mail_links FINAL WHERE hash = {hash:String}`, named("hash", hash))
	if err != nil || len(got) == 0 {
		return talent.MailLink{}, false, err
	}
	r := got[0]
	return talent.MailLink{Hash: r.Hash, Delivery: r.Delivery, Subscription: r.Subscription, Org: r.Org, KeyID: r.KeyID, Address: r.Address,
		Mailbox: r.Mailbox, Language: r.Language, Confirms: r.Confirms, Created: r.Created.UTC(), Expires: r.Expires.UTC()}, true, nil
}

// MailCounts counts the different mails of one sort that were sent since a moment: to the mailbox, for the key and
// for the organisation of a link. The link's own delivery does not count, so that a repetition is not counted as a second mail.
func (s *Store) MailCounts(ctx context.Context, l talent.MailLink, since time.Time) (talent.MailCounts, error) {
	type row struct {
		Mailbox uint64 `ch:"to_mailbox"`
		Key     uint64 `ch:"of_key"`
		Org     uint64 `ch:"of_org"`
	}
	got, err := rows[row](ctx, s, "mail counts", `
		SELECT uniqExactIf(delivery, mailbox = {mailbox:String}) AS to_mailbox,
			uniqExactIf(delivery, key_id = {key:String} AND org = {org:String}) AS of_key, uniqExactIf(delivery, org = {org:String}) AS of_org
		FROM mail_links WHERE created >= fromUnixTimestamp64Milli({since:Int64}) AND confirms = {confirms:Bool} AND delivery != {delivery:String}`,
		named("mailbox", l.Mailbox), named("key", l.KeyID), named("org", l.Org), named("since", since.UnixMilli()), named("confirms", l.Confirms),
		named("delivery", l.Delivery))
	if err != nil || len(got) == 0 {
		return talent.MailCounts{}, err
	}
	return talent.MailCounts{Mailbox: int(got[0].Mailbox), Key: int(got[0].Key), Org: int(got[0].Org)}, nil
}

// PutConsents records what owners of addresses said; the latest word to an organisation counts.
func (s *Store) PutConsents(ctx context.Context, list ...talent.Consent) error {
	return insert(ctx, s, "consents", "", "INSERT INTO mail_consents (address, org, state, at)", len(list), func(i int) []any {
		return []any{list[i].Address, list[i].Org, string(list[i].State), list[i].At}
	})
}

// Consents returns what the owners of addresses said, to every organisation and to the whole system. addresses are
// hashes.
func (s *Store) Consents(ctx context.Context, addresses []string) ([]talent.Consent, error) {
	type row struct {
		Address string    `ch:"address"`
		Org     string    `ch:"org"`
		State   string    `ch:"state"`
		At      time.Time `ch:"at"`
	}
	if len(addresses) == 0 {
		return nil, nil
	}
	got, err := rows[row](ctx, s, "consents",
		"SELECT address, org, state, at FROM mail_consents FINAL WHERE address IN {list:Array(String)}", named("list", addresses))
	out := make([]talent.Consent, len(got))
	for i, r := range got {
		out[i] = talent.Consent{Address: r.Address, Org: r.Org, State: talent.ConsentState(r.State), At: r.At.UTC()}
	}
	return out, err
}

package talent

// longestKey bounds a key, in bytes: an address or an id that is longer is replaced by one made of it.
const longestKey = 4 << 10

// Keyed returns p with a key: its own, else its address, else one made of its content.
func Keyed(p Posting) Posting {
	if p.Key == "" {
		p.Key = p.URL
	}
	p.Key = ShortKey(p.Key)
	if p.Key == "" {
		p.Key = ContentKey(p.Title, p.Employer, p.Location, p.Text)
	}
	return p
}

// ShortKey returns key, or one made of it when it is longer than 4 KiB.
func ShortKey(key string) string {
	if len(key) > longestKey {
		return ContentKey(key)
	}
	return key
}

// ContentKey is the key of a posting that has neither id nor address: equal content, equal key.
func ContentKey(parts ...string) string {
	return NewID(append([]string{"content"}, parts...)...)
}

package text

// PrefixFold is strings.HasPrefix for a lower-case part whose ASCII letters match without regard to case.
func PrefixFold(s, part string) bool {
	if len(s) < len(part) {
		return false
	}
	for i := 0; i < len(part); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != part[i] {
			return false
		}
	}
	return true
}

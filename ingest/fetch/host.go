package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// target is whom a request is for, in the one form that is judged, dialled and told to a proxy.
type target struct {
	name string     // lower case, ASCII, without a final dot; empty when ip is valid
	ip   netip.Addr // without zone, unmapped
	port uint16
}

// String is host:port.
func (t target) String() string {
	if t.ip.IsValid() {
		return netip.AddrPortFrom(t.ip, t.port).String()
	}
	return net.JoinHostPort(t.name, strconv.Itoa(int(t.port)))
}

// targetOf reads host and port. Its error is an ErrForbiddenAddress: what has more than one reading (2130706433,
// 0177.0.0.1, 0x7f.1, a zone, a sign outside of host names) is refused, because whoever resolves it next may read
// it in another way.
func targetOf(host, port string) (target, error) {
	refuse := func(why string) (target, error) {
		return target{}, fmt.Errorf("%w: the host %q %s", ErrForbiddenAddress, host, why)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return refuse("has no valid port")
	}
	t := target{port: uint16(n)}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return refuse("names a network card, so it is on this network only")
		}
		t.ip = ip.Unmap()
		return t, nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.IndexFunc(name, func(r rune) bool { return r > 127 }) >= 0 {
		if name, err = idna.Lookup.ToASCII(name); err != nil {
			return refuse("is no internationalised name")
		}
		name = strings.TrimSuffix(name, ".") // 。 has become one
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return refuse("is no host name")
		}
	}
	if len(name) > 253 {
		return refuse("is too long")
	}
	// A host that ends in a number is an address (URL Standard, host parser).
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || hexadecimal(last) {
		if t.ip, err = netip.ParseAddr(name); err != nil {
			return refuse("is an address in an unusual spelling: write it as four decimal numbers")
		}
		return t, nil
	}
	t.name = name
	return t, nil
}

func hexadecimal(label string) bool {
	digits, ok := strings.CutPrefix(label, "0x")
	return ok && strings.Trim(digits, "0123456789abcdef") == ""
}

// targetOfURL also refuses what is not http or https, and a user in front of the host, which people read as the
// host.
func targetOfURL(u *url.URL) (target, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return target{}, fmt.Errorf("%w: %q is not http or https", ErrForbiddenAddress, u.Scheme)
	}
	if u.Hostname() == "" {
		return target{}, fmt.Errorf("%w: the URL names no host", ErrForbiddenAddress)
	}
	if u.User != nil {
		return target{}, fmt.Errorf("%w: the URL holds a user name before its host %s", ErrForbiddenAddress, u.Host)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return targetOf(u.Hostname(), port)
}

// public reports whether a name stands under a suffix that is registered on the Internet. Names such as localhost,
// printer, metadata.google.internal and nas.local do not.
func public(name string) bool {
	suffix, registered := publicsuffix.PublicSuffix(name)
	return (registered || strings.Contains(suffix, ".")) && suffix != name
}

package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
)

// CheckWebhook says whether a webhook of this address would be refused at every call: what is no http or https
// address, a port that is not asked, or a name all of whose addresses are private, loopback or link-local and not
// listed. A name that does not resolve now passes: the guard looks again whenever it is called.
func (c *Client) CheckWebhook(ctx context.Context, u *url.URL) error {
	if err := c.guard.check(u); err != nil {
		return err
	}
	addr := hostPort(u)
	if c.cfg.allowed(addr) {
		return nil
	}
	_, digits, err := net.SplitHostPort(addr)
	port, perr := strconv.ParseUint(digits, 10, 16)
	if err != nil || perr != nil {
		return fmt.Errorf("%w: %s has no valid port", ErrForbiddenAddress, addr)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil { // judged by a public address of the same port
		ips = []netip.Addr{netip.AddrFrom4([4]byte{1, 1, 1, 1})}
	}
	for _, ip := range ips {
		if err := forbidden(addr, c.guard.guardian.SafeAddrPort(netip.AddrPortFrom(ip.Unmap(), uint16(port)))); err != nil {
			return err
		}
	}
	return nil
}

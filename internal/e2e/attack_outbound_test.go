//go:build e2e

package e2e

// outboundAttacks are filled in by the part of the system that they are about.
func outboundAttacks() []attack { return nil }

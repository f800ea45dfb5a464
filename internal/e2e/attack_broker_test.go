//go:build e2e

package e2e

// brokerAttacks are filled in by the part of the system that they are about.
func brokerAttacks() []attack { return nil }

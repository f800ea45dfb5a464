//go:build e2e

package e2e

// engineAttacks are filled in by the part of the system that they are about.
func engineAttacks() []attack { return nil }

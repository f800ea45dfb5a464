package testenv

import (
	"syscall"
	"testing"
)

// Main runs a package's tests and ends the process; packages whose tests use the engine call it from TestMain.
// Under the race detector os.Exit runs the C library's exit handlers, which pull the engine down while its
// threads still work: the process then dies of a segmentation fault after every test has passed. syscall.Exit
// leaves without them, as a program without the race detector does. Races fail their tests all the same.
func Main(m *testing.M) { syscall.Exit(m.Run()) }

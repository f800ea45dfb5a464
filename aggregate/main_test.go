package aggregate_test

import (
	"testing"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestMain leaves by a way that the engine survives under the race detector.
func TestMain(m *testing.M) { testenv.Main(m) }

package programmes

import (
	"testing"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

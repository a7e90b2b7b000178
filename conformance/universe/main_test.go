package universe

import (
	"testing"

	"twinset.dev/conformance/internal/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

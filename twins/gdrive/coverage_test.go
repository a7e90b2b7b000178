package gdrive

import "testing"
import "twinset.dev/kit/twintest"

func hear(string, twintest.Exchange) {}
func checkFull(*testing.T)           {}

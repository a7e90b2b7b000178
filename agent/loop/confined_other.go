//go:build !linux

package loop

import "errors"

var errNoLandlock = errors.New("only Linux confines environments")

func enforceable() error    { return errNoLandlock }
func (Box) enter() error    { return errNoLandlock }
func become([]string) error { return errNoLandlock }

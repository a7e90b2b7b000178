package okta

import (
	"strings"
	"testing"
)

// Every operation takes a permission, but for those that everybody may do.
func TestOperationsTakePermissions(t *testing.T) {
	o := host()
	for _, op := range o.served {
		_, own := permissionsOf[op.ID]
		if !op.open && !own && len(op.Scopes) == 0 {
			t.Errorf("%s takes no permission", op.ID)
		}
		for _, p := range op.permissions() {
			if strings.Count(p, ".") < 2 {
				t.Errorf("%s takes %q", op.ID, p)
			}
		}
	}
	for id := range permissionsOf {
		if o.served[id] == nil {
			t.Errorf("%s is in the table of permissions, and no operation", id)
		}
	}
}

package okta

import "github.com/okta/okta-sdk-golang/v2/okta"

func (e *env) paired(u *okta.User) {}

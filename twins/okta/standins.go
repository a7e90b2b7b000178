package okta

import "strings"

type userType struct{ id, name string }

func (c *call) userTypes() []userType { return []userType{{seedID("oty", "default"), "user"}} }

func (c *call) userAttributes(userType string) []string {
	return strings.Fields("login firstName lastName middleName honorificPrefix honorificSuffix email title displayName nickName profileUrl secondEmail mobilePhone primaryPhone streetAddress city state zipCode countryCode postalAddress preferredLanguage locale timezone userType employeeNumber costCenter organization division department managerId manager")
}

// evaluate works out an expression in which a name stands for what scope has under it; null if it cannot.
func evaluate(expression string, scope obj) any {
	condition, rest, ternary := strings.Cut(expression, " ? ")
	if ternary {
		yes, no, _ := strings.Cut(rest, " : ")
		for _, op := range []string{" == ", " != "} {
			if a, b, ok := strings.Cut(condition, op); ok {
				if (evaluate(a, scope) == evaluate(b, scope)) == (op == " == ") {
					return evaluate(yes, scope)
				}
				return evaluate(no, scope)
			}
		}
		return nil
	}
	if strings.Contains(expression, " + ") {
		sum := ""
		for _, part := range strings.Split(expression, " + ") {
			sum += text(evaluate(part, scope))
		}
		return sum
	}
	if strings.HasPrefix(expression, `"`) {
		return strings.Trim(expression, `"`)
	}
	return dig(scope, strings.Split(expression, ".")...)
}

package okta

import (
	"slices"
	"strings"
)

// A permission is named as Okta's custom roles name it: okta.users.lifecycle.suspend. What stands after "okta." is the
// sort of thing that it is about.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/permissions/

// permissionsOf are what an operation takes, where that is not the one that its scope is called after. Of several each is
// about its own sort of thing, and all are taken.
var permissionsOf = map[string][]string{
	"createUser":                         {"okta.users.create"},
	"updateUser":                         {"okta.users.userprofile.manage"},
	"replaceUser":                        {"okta.users.userprofile.manage"},
	"replaceUserClassification":          {"okta.users.userprofile.manage"},
	"deleteUser":                         {"okta.users.lifecycle.delete"},
	"activateUser":                       {"okta.users.lifecycle.activate"},
	"reactivateUser":                     {"okta.users.lifecycle.activate"},
	"deactivateUser":                     {"okta.users.lifecycle.deactivate"},
	"suspendUser":                        {"okta.users.lifecycle.suspend"},
	"unsuspendUser":                      {"okta.users.lifecycle.unsuspend"},
	"unlockUser":                         {"okta.users.lifecycle.unlock"},
	"revokeUserSessions":                 {"okta.users.lifecycle.clearSessions"},
	"revokeUserGrant":                    {"okta.users.lifecycle.clearSessions"},
	"revokeUserGrants":                   {"okta.users.lifecycle.clearSessions"},
	"revokeGrantsForUserAndClient":       {"okta.users.lifecycle.clearSessions"},
	"revokeTokenForUserAndClient":        {"okta.users.lifecycle.clearSessions"},
	"revokeTokensForUserAndClient":       {"okta.users.lifecycle.clearSessions"},
	"revokeSession":                      {"okta.users.lifecycle.clearSessions"},
	"resetPassword":                      {"okta.users.credentials.resetPassword"},
	"forgotPassword":                     {"okta.users.credentials.resetPassword"},
	"expirePassword":                     {"okta.users.credentials.expirePassword"},
	"expirePasswordWithTempPassword":     {"okta.users.credentials.expirePassword"},
	"changePassword":                     {"okta.users.credentials.manage"},
	"changeRecoveryQuestion":             {"okta.users.credentials.manage"},
	"forgotPasswordSetNewPassword":       {"okta.users.credentials.manage"},
	"resetFactors":                       {"okta.users.credentials.resetFactors"},
	"unenrollFactor":                     {"okta.users.credentials.resetFactors"},
	"deleteAuthenticatorEnrollment":      {"okta.users.credentials.resetFactors"},
	"enrollFactor":                       {"okta.users.credentials.manage"},
	"activateFactor":                     {"okta.users.credentials.manage"},
	"resendEnrollFactor":                 {"okta.users.credentials.manage"},
	"verifyFactor":                       {"okta.users.credentials.manage"},
	"updateFactor":                       {"okta.users.credentials.manage"},
	"createAuthenticatorEnrollment":      {"okta.users.credentials.manage"},
	"createTacAuthenticatorEnrollment":   {"okta.users.credentials.manageTemporaryAccessCode"},
	"addGroup":                           {"okta.groups.create"},
	"assignUserToGroup":                  {"okta.groups.members.manage", "okta.users.groupMembership.manage"},
	"unassignUserFromGroup":              {"okta.groups.members.manage", "okta.users.groupMembership.manage"},
	"assignUserToApplication":            {"okta.apps.assignment.manage"}, // whom, is in the body
	"updateApplicationUser":              {"okta.apps.assignment.manage", "okta.users.appAssignment.manage"},
	"unassignUserFromApplication":        {"okta.apps.assignment.manage", "okta.users.appAssignment.manage"},
	"assignGroupToApplication":           {"okta.apps.assignment.manage", "okta.groups.appAssignment.manage"},
	"updateGroupAssignmentToApplication": {"okta.apps.assignment.manage", "okta.groups.appAssignment.manage"},
	"unassignApplicationFromGroup":       {"okta.apps.assignment.manage", "okta.groups.appAssignment.manage"},
	"listGroupPushMappings":              {"okta.apps.read"},
	"getGroupPushMapping":                {"okta.apps.read"},
	"createGroupPushMapping":             {"okta.apps.manage"},
	"updateGroupPushMapping":             {"okta.apps.manage"},
	"deleteGroupPushMapping":             {"okta.apps.manage"},
	"getApplicationUserSchema":           {"okta.apps.read"},
	"updateApplicationUserProfile":       {"okta.apps.manage"},
	"updateOktaSupportCase":              {"okta.support.cases.manage"},
	"listSupportedSecurityQuestions":     {}, // everybody may
	"revokeCurrentApiToken":              {}, // it is the caller's own
}

// permissionFamilies are the scopes whose permissions are called otherwise.
var permissionFamilies = map[string]string{
	"appGrants": "apps", "clients": "apps", "authorizationServers": "authzServers", "idps": "identityProviders", "roles": "iam", "agentPools": "agents", "realmAssignments": "realms",
	"brands": "customizations", "templates": "customizations", "domains": "customizations", "emailDomains": "customizations", "emailServers": "customizations", "uischemas": "customizations",
	"linkedObjects": "schemas", "deviceAssurance": "devices", "deviceIntegrations": "devices", "devicePostureChecks": "devices", "principalRateLimits": "rateLimits", "directories": "groups",
}

// permissions are what an operation takes. Who shows an access token has to have its scope as well.
func (op *operation) permissions() []string {
	if p, ok := permissionsOf[op.ID]; ok || len(op.Scopes) == 0 {
		return p
	}
	name, _ := strings.CutPrefix(op.Scopes[0], "okta.")
	family, verb := name, name[strings.LastIndexByte(name, '.')+1:]
	if i := strings.IndexByte(name, '.'); i > 0 {
		family = name[:i]
	}
	if f := permissionFamilies[family]; f != "" {
		family = f
	}
	return []string{"okta." + family + "." + verb}
}

// sortOf is the sort of thing that a permission is about.
func sortOf(permission string) string {
	name, _ := strings.CutPrefix(permission, "okta.")
	sort, _, _ := strings.Cut(name, ".")
	if sort == "profilesources" {
		return "apps"
	}
	return sort
}

// allows reports whether who has some permissions has another: one to manage a thing is one to do all that there is to
// do with it, and to read it.
func allows(has []string, permission string) bool {
	return slices.ContainsFunc(has, func(p string) bool {
		if p == permission {
			return true
		}
		all, manages := strings.CutSuffix(p, ".manage")
		return manages && strings.HasPrefix(permission, all+".")
	})
}

// standardRoles are what those who have a role of Okta's own may do. A super administrator may do everything.
//
// https://help.okta.com/oie/en-us/content/topics/security/administrators-admin-comparison.htm
var standardRoles = func() map[string][]string {
	okta := func(names string) (out []string) {
		for _, n := range strings.Fields(names) {
			out = append(out, "okta."+n)
		}
		return out
	}
	reads := okta(`users.read groups.read apps.read policies.read authzServers.read identityProviders.read customizations.read devices.read authenticators.read networkZones.read trustedOrigins.read
		orgs.read features.read behaviors.read captchas.read logs.read userTypes.read realms.read rateLimits.read eventHooks.read inlineHooks.read agents.read apiTokens.read sessions.read threatInsights.read
		profileMappings.read pushProviders.read identitySources.read serviceAccounts.read userRisk.read securityEventsProviders.read logStreams.read`)
	people := okta(`users.manage groups.read groups.members.manage userTypes.read`)
	schemas := okta(`schemas.read schemas.manage`)
	return map[string][]string{
		"ORG_ADMIN": slices.Concat(reads, schemas, okta(`users.manage groups.manage policies.manage identityProviders.manage customizations.manage devices.manage authenticators.manage networkZones.manage trustedOrigins.manage
			orgs.manage features.manage behaviors.manage captchas.manage userTypes.manage realms.manage eventHooks.manage inlineHooks.manage agents.manage apiTokens.manage sessions.manage threatInsights.manage
			pushProviders.manage identitySources.manage userRisk.manage securityEventsProviders.manage`)),
		"APP_ADMIN":                   slices.Concat(schemas, okta(`apps.manage profilesources.import.run users.read users.appAssignment.manage groups.read groups.appAssignment.manage policies.read profileMappings.manage logs.read userTypes.read agents.read oauthIntegrations.manage`)),
		"API_ACCESS_MANAGEMENT_ADMIN": slices.Concat(schemas, okta(`authzServers.manage apps.manage users.read users.appAssignment.manage groups.read groups.appAssignment.manage profileMappings.manage trustedOrigins.manage logs.read apiTokens.read inlineHooks.read`)),
		"USER_ADMIN":                  people,
		"HELP_DESK_ADMIN":             okta(`users.read users.credentials.resetPassword users.credentials.expirePassword users.credentials.resetFactors users.lifecycle.unlock users.lifecycle.clearSessions groups.read userTypes.read`),
		"GROUP_MEMBERSHIP_ADMIN":      okta(`users.read users.groupMembership.manage groups.read groups.members.manage`),
		"READ_ONLY_ADMIN":             reads,
		"MOBILE_ADMIN":                okta(`users.read groups.read apps.read policies.read orgs.read devices.manage logs.read userTypes.read`),
		"REPORT_ADMIN":                okta(`logs.read`),
		"WORKFLOWS_ADMIN":             okta(`workflows.manage`),
		"ACCESS_CERTIFICATIONS_ADMIN": okta(`governance.accessCertifications.manage users.read groups.read apps.read`),
		"ACCESS_REQUESTS_ADMIN":       okta(`governance.accessRequests.manage users.read groups.read`),
	}
}()

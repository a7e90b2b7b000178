package okta

import (
	"net/http"
	"strings"
)

// A refusal is what Okta answers instead: a status, a code, a sentence, and the causes that go with it.
//
// https://developer.okta.com/docs/reference/error-codes/
type refusal struct {
	status  int
	code    string
	summary string
	causes  []string
	header  http.Header
	details []any // causes that say more than a sentence
	body    any   // what is answered in the place of all that, by the Identity Engine
}

func (r *refusal) Error() string { return r.code }

// because is the refusal with causes of its own.
func (r *refusal) because(causes ...string) *refusal {
	return &refusal{status: r.status, code: r.code, summary: r.summary, causes: causes, header: r.header}
}

// Refusals that many operations share.
var (
	errMalformed         = &refusal{status: 400, code: "E0000003", summary: "The request body was not well-formed."}
	errAuthentication    = &refusal{status: 401, code: "E0000004", summary: "Authentication failed"}
	errInvalidSession    = &refusal{status: 401, code: "E0000005", summary: "Invalid session"}
	errForbidden         = &refusal{status: 403, code: "E0000006", summary: "You do not have permission to perform the requested action"}
	errInternal          = &refusal{status: 500, code: "E0000009", summary: "Internal Server Error"}
	errInvalidToken      = &refusal{status: 401, code: "E0000011", summary: "Invalid token provided"}
	errCredentials       = &refusal{status: 403, code: "E0000014", summary: "Update of credentials failed"}
	errFeature           = &refusal{status: 401, code: "E0000015", summary: "You do not have permission to access the feature you are requesting"}
	errAlreadyActive     = &refusal{status: 403, code: "E0000016", summary: "Activation failed because the user is already active"}
	errMediaType         = &refusal{status: 400, code: "E0000019", summary: "Bad request. Accept and/or Content-Type headers likely do not match supported values."}
	errMethod            = &refusal{status: 405, code: "E0000022", summary: "The endpoint does not support the provided HTTP method"}
	errMissing           = &refusal{status: 400, code: "E0000028", summary: "The request is missing a required parameter."}
	errPaging            = &refusal{status: 400, code: "E0000029", summary: "Invalid paging request.", causes: []string{"Invalid cursor."}}
	errDate              = &refusal{status: 400, code: "E0000030", summary: "Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00."}
	errSearch            = &refusal{status: 400, code: "E0000031", summary: "Invalid search criteria."}
	errStatus            = &refusal{status: 403, code: "E0000038", summary: "This operation is not allowed in the user's current status."}
	errTooMany           = &refusal{status: 429, code: "E0000047", summary: "API call exceeded rate limit due to too many requests."}
	errNotTwinned        = &refusal{status: 501, code: "E0000060", summary: "Unsupported operation.", causes: []string{"The twin does not have this operation yet."}}
	errUnsupported       = &refusal{status: 501, code: "E0000060", summary: "Unsupported operation."}
	errBearer            = &refusal{status: 401, code: "E0000011", summary: "Invalid token provided", header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="The access token is invalid"`}}}
	errSignOnDenied      = &refusal{status: 403, code: "E0000085", summary: "You do not have permission to access your account at this time."}
	errHookFailed        = &refusal{status: 502, code: "E0000134", summary: "Okta could not communicate correctly with an inline hook."}
	errHookTimeout       = &refusal{status: 504, code: "E0000137", summary: "Okta did not receive a response from an inline hook."}
	errFeatureConflict   = &refusal{status: 400, code: "E0000141", summary: "Feature cannot be enabled or disabled due to dependencies/dependents conflicts."}
	errDomainExists      = &refusal{status: 403, code: "E0000161", summary: "Unique domain name required."}
	errDomainNotFound    = &refusal{status: 404, code: "E0000163", summary: "Domain ID not found."}
	errDomainUnverified  = &refusal{status: 403, code: "E0000165", summary: "Domain not verified."}
	errEmailDefault      = &refusal{status: 409, code: "E0000182", summary: "A default email template customization already exists."}
	errEmailLanguage     = &refusal{status: 409, code: "E0000183", summary: "An email template customization for that language already exists."}
	errEmailDelete       = &refusal{status: 409, code: "E0000184", summary: "A default email template customization can't be deleted."}
	errEmailClear        = &refusal{status: 409, code: "E0000185", summary: "The isDefault parameter of the default email template customization can't be set to false."}
	errPushProviderUsed  = &refusal{status: 409, code: "E0000187", summary: "Cannot delete push provider because it is being used by a custom app authenticator."}
	errEmailRecipients   = &refusal{status: 422, code: "E0000189", summary: "This template does not support the recipients value."}
	errEmailDomainExists = &refusal{status: 409, code: "E0000197", summary: "Unique email domain name required."}
	errNoEmailDomain     = &refusal{status: 404, code: "E0000198", summary: "Email domain not found."}
	errBrandDefault      = &refusal{status: 409, code: "E0000200", summary: "A default brand cannot be deleted."}
	errBrandUsed         = &refusal{status: 409, code: "E0000201", summary: "A brand associated with a custom domain or email doamin cannot be deleted."}
	errBrandName         = &refusal{status: 409, code: "E0000202", summary: "Brand name already exists."}
	errBrandMapping      = &refusal{status: 409, code: "E0000203", summary: "Failed to associate this domain with the given brandId."}
	errDefaultPages      = &refusal{status: 403, code: "E0000213", summary: "Cannot update page content for the default brand."}
	errEmailDomainStatus = &refusal{status: 400, code: "E0000217", summary: "Invalid status. Cannot validate email domain in current status."}
	errEmailServer       = &refusal{status: 400, code: "E0000222", summary: "You can enable only one SMTP server at a time. Another SMTP server is already enabled."}
	errEmailConnection   = &refusal{status: 400, code: "E0000223", summary: "Connection with the specified SMTP server failed."}
	errInsufficientScope = &refusal{status: 403, code: "E0000006", summary: "You do not have permission to perform the requested action",
		header: http.Header{"Www-Authenticate": {`Bearer error="insufficient_scope", error_description="The access token provided does not contain the required scopes.", resource="/api/v1"`}}}
)

// Refusals about people and how they prove themselves.
var (
	errNoSuchRecovery    = &refusal{status: 403, code: "E0000095", summary: "Recovery not allowed for unknown user."}
	errUnlock            = &refusal{status: 403, code: "E0000032", summary: "Unlock is not allowed for this user."}
	errCredentialsScheme = &refusal{status: 400, code: "E0000041", summary: "Credentials should not be set on this resource based on the scheme."}
	errSearchAndFilter   = &refusal{status: 400, code: "E0000033", summary: "Cannot specify a search query and filter in the same request."}
	errForgot            = &refusal{status: 403, code: "E0000034", summary: "Forgot password not allowed on specified user."}
	errChangePassword    = &refusal{status: 403, code: "E0000035", summary: "Change password not allowed on specified user."}
	errChangeQuestion    = &refusal{status: 403, code: "E0000036", summary: "Change recovery question not allowed on specified user."}
	errPassCode          = &refusal{status: 403, code: "E0000068", summary: "Invalid Passcode/Answer"}
	errLockedOut         = &refusal{status: 403, code: "E0000069", summary: "User Locked"}
	errAuthState         = &refusal{status: 403, code: "E0000079", summary: "This operation is not allowed in the current authentication state."}
	errPasswordPolicy    = &refusal{status: 403, code: "E0000080", summary: "The password does not meet the complexity requirements of the current password policy."}
	errReplayed          = &refusal{status: 403, code: "E0000082", summary: "Each code can only be used once. Please wait for a new code and try again."}
	errRecoveryAnswer    = &refusal{status: 403, code: "E0000087", summary: "The recovery question answer did not match our records."}
	errRoleAssigned      = &refusal{status: 409, code: "E0000090", summary: "The role specified is already assigned to the user."}
	errRoleType          = &refusal{status: 400, code: "E0000091", summary: "The provided role type was not the same as required role type."}
	errPhone             = &refusal{status: 400, code: "E0000098", summary: "This phone number is invalid."}
	errRecoveryToken     = &refusal{status: 403, code: "E0000105", summary: "You have accessed an account recovery link that has expired or been previously used."}
	errTransition        = &refusal{status: 403, code: "E0000107", summary: "The entity is not in the expected state for the requested transition."}
	errNoPhone           = &refusal{status: 403, code: "E0000097", summary: "There is no verified phone number on file."}
	errLastTarget        = &refusal{status: 400, code: "E0000001", summary: "Api validation failed: roleTarget", causes: []string{"The last target of a role can't be removed. Unassign the role instead."}}
	errSentJustNow       = &refusal{status: 429, code: "E0000109", summary: "An SMS message was recently sent. Please wait 30 seconds before trying again."}
	errEnumMismatch      = &refusal{status: 400, code: "E0000123", summary: "Array specified in enum field must match const values specified in oneOf field."}
	errExpireNoPassword  = &refusal{status: 400, code: "E0000124", summary: "To create a user and expire their password immediately, a password must be specified"}
	errExpireNotActive   = &refusal{status: 400, code: "E0000125", summary: `To create a user and expire their password immediately, "activate" must be true`}
	errLinkDefinition    = &refusal{status: 409, code: "E0000127", summary: "Invalid linked object definition."}
	errSuspendNotActive  = &refusal{status: 400, code: "E0000001", summary: "Api validation failed: suspendUser", causes: []string{"Cannot suspend a user that is not active"}}
	errUnsuspendNotSo    = &refusal{status: 400, code: "E0000001", summary: "Api validation failed: unsuspendUser", causes: []string{"Cannot unsuspend a user that is not suspended"}}
)

// notFound says that there is no such thing; noun is what Okta's own code calls it.
func notFound(id, noun string) *refusal {
	return &refusal{status: 404, code: "E0000007", summary: "Not found: Resource not found: " + id + " (" + noun + ")"}
}

// invalid says that what was sent will not do: subject is the first thing wrong, or what was being made.
func invalid(subject string, causes ...string) *refusal {
	return &refusal{status: 400, code: "E0000001", summary: "Api validation failed: " + subject, causes: causes}
}

// blank says that a field is missing.
func blank(field string) *refusal {
	return invalid(field, field+": The field cannot be left blank")
}

// illegal says that an argument makes no sense.
func illegal(why string) *refusal {
	return &refusal{status: 400, code: "E0000002", summary: "The request was not valid: " + why}
}

// readOnly says that an attribute is not the caller's to change.
func readOnly(attribute string) *refusal {
	return &refusal{status: 403, code: "E0000077", summary: "Cannot modify the " + attribute + " attribute because it is read-only."}
}

// guessed are the operations that can refuse with a sentence that no recorded answer of an org has. That they refuse, and
// with which status and code, follows from the documentation or from what is alike.
var guessed = strings.Fields(`
	activateGroupRule activateRealmAssignment addJwk addResourceSetResource assignGroupToApplication assignLinkedObjectValueForPrimary
	assignUserToApplication changePassword changeRecoveryQuestion cloneApplicationKey cloneIdentityProviderKey createAppServiceAccount
	createBehaviorDetectionRule createCrossAppAccessConnection createCustomDomain createEmailDomain createEmailServer createEventHook
	createFederatedClaim createGroupPushMapping createIdentitySourceSession createInlineHook createLinkedObjectDefinition createLogStream
	createNetworkZone createOAuth2Claim createOAuth2ClientSecret createOAuth2Scope createPushProvider createRealm createRole createRolePermission
	createSmsTemplate createTrustedOrigin deactivateRealmAssignment deleteGroupRule deleteHookKey deleteNetworkZone deleteOAuth2ResourceServerJsonWebKey
	deleteRealm deleteRealmAssignment deleteRole deleteUserType enrollFactor executeInlineHook extendOktaSupport forgotPasswordSetNewPassword
	generateApplicationKey generateCsrForApplication generateCsrForIdentityProvider generateIdentityProviderSigningKey generateNewClientSecret
	grantAerialConsent listInlineHooks listLogEvents mapResourceToPolicy publishCsrForIdentityProvider publishCsrFromApplication replaceApplication
	replaceAuthorizationServer replaceBehaviorDetectionRule replaceBrand replaceBrandTheme replaceBrandWellKnownURI replaceEventHook
	replaceFirstPartyAppSettings replaceGroupRule replaceInlineHook replaceLogStream replaceNetworkZone replaceOAuth2Claim replaceOAuth2Scope
	replacePrincipalRateLimitEntity replacePushProvider replaceRateLimitSettingsWarningThreshold replaceRealm replaceRealmAssignment replaceTrustedOrigin
	replaceUserType resendEnrollFactor revokeAerialConsent rotateAuthorizationServerKeys updateADGroupMembership updateApplicationUserProfile
	updateConfiguration updateFeatureForApplication updateGroupSchema updateProfileMapping updateUserProfile uploadBrandThemeBackgroundImage
	uploadBrandThemeFavicon uploadBrandThemeLogo uploadIdentitySourceDataForDelete uploadIdentitySourceDataForUpsert
	uploadIdentitySourceGroupMembershipsForDelete uploadIdentitySourceGroupMembershipsForUpsert uploadIdentitySourceGroupsDataForDelete
	uploadIdentitySourceGroupsForUpsert upsertCertificate verifyEventHook
`)

// noteUnheard says so in the manifest.
func (o *Okta) noteUnheard() {
	known := map[string]bool{}
	for _, id := range guessed {
		known[id] = true
	}
	for _, op := range o.Operations() {
		if known[op.ID] {
			op.Notes = strings.TrimPrefix(op.Notes+"; the words of some refusals are in no recorded answer", "; ")
		}
	}
}

package okta

// A catalogApp is an app of Okta's catalog.
type catalogApp struct {
	label    string
	modes    []string // the sign-on modes it can be in, the first if none is asked for; it has none if there are none
	links    []string // the pages that people open
	place    int      // where the first of these is in the catalog, 0 if that differs from org to org
	settings obj      // what can be set, and what it is if it is not; nil if that is not known, then all is kept
	provides bool     // people can be provisioned
}

// needed is a setting that must be given.
const needed = "\x00needed"

var (
	login   = []string{"login"}
	swaOnly = []string{modeBrowserPlugin}
	samlSWA = []string{modeSAML20, modeBrowserPlugin}
	oidcApp = []string{modeOIDC}
)

// catalog is the part of Okta's catalog that the twin knows, by name.
var catalog = map[string]catalogApp{
	"bookmark":            {"Bookmark App", []string{modeBookmark}, login, 2557, obj{"url": needed, "requestIntegration": false}, false},
	"oidc_client":         {"OpenID Connect Client", oidcApp, []string{"oidc_client_link"}, 0, obj{}, false},
	"template_basic_auth": {"Template Basic Auth App", []string{modeBasicAuth}, login, 2873, obj{"url": needed, "authURL": needed, "loginUrlRegex": nil}, false},
	"template_sps": {"Template Secure Password Store App", []string{modePasswordStore}, login, 2355, obj{"url": needed, "usernameField": needed, "passwordField": needed, "optionalField1": nil, "optionalField1Value": nil,
		"optionalField2": nil, "optionalField2Value": nil, "optionalField3": nil, "optionalField3Value": nil}, false},
	"template_swa": {"Template Plugin App", swaOnly, login, 2357, obj{"url": needed, "usernameField": nil, "passwordField": nil, "buttonField": nil, "loginUrlRegex": nil, "checkbox": nil, "redirectUrl": nil}, false},
	"template_swa3field": {"Template Plugin App 3 Fields", swaOnly, login, 3287, obj{"targetURL": needed, "userNameSelector": nil, "passwordSelector": nil, "buttonSelector": nil, "extraFieldSelector": nil,
		"extraFieldValue": nil, "loginUrlRegex": nil, "redirectUrl": nil}, false},
	"template_wsfed": {"Template WS Fed App", []string{modeWSFed}, login, 2921, obj{"siteURL": needed, "realm": nil, "wReplyURL": nil, "wReplyOverride": false, "audienceRestriction": nil, "nameIDFormat": nil, "authnContextClassRef": nil,
		"attributeStatements": nil, "usernameAttribute": nil, "groupFilter": nil, "groupName": nil, "groupValueFormat": nil}, false},
	"template_saml_2_0": {"Template SAML 2.0 App", []string{modeSAML20}, login, 2913, nil, false},

	"active_directory": {label: "Active Directory", provides: true, settings: obj{"activationEmail": nil, "filterGroupsByOU": false, "jitGroupsAcrossDomains": false, "login": nil, "namingContext": nil, "password": nil, "scanRate": nil, "searchOrgUnit": nil}},
	"amazon_aws": {"AWS Account Federation", samlSWA, login, 272, obj{"accessKey": nil, "accountID": nil, "appFilter": "okta", "awsEnvironmentType": "aws.amazon", "groupFilter": `aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)`,
		"identityProviderArn": nil, "joinAllRoles": false, "loginURL": needed, "overrideAcsURL": nil, "roleValuePattern": "arn:aws:iam::${accountid}:saml-provider/OKTA,arn:aws:iam::${accountid}:role/${role}", "secretKey": nil,
		"secretKeyEnc": nil, "sessionDuration": float64(43200), "useGroupMapping": false, "webSSOAllowedClient": nil}, true},
	"amazon_aws_sso":                 {"AWS IAM Identity Center", samlSWA, login, 0, nil, true},
	"applauz":                        {"Applauz", oidcApp, []string{"applauz_link"}, 0, obj{}, false},
	"aws_console":                    {"AWS Console", swaOnly, []string{"aws_console_login"}, 4163, obj{}, false},
	"csv_directory_v2":               {label: "CSV Directory", settings: obj{}, provides: true},
	"deel":                           {"Deel", oidcApp, []string{"deel_link"}, 0, obj{}, false},
	"deelhr":                         {"Deel HR", nil, []string{"deelhr_link"}, 0, obj{}, true},
	"github_enterprise_managed_user": {"GitHub Enterprise Managed User", samlSWA, login, 0, obj{"githubEnterpriseName": needed}, true},
	"githubcloud":                    {"GitHub Enterprise Cloud - Organization", samlSWA, login, 0, obj{"githubOrg": needed}, true},
	"google":                         {"Google Workspace", samlSWA, []string{"login", "accounts", "mail", "calendar", "drive"}, 82, obj{"domain": needed, "rpId": nil}, true},
	"jeli":                           {"Jeli", oidcApp, []string{"jeli_link"}, 0, obj{"oktaSubDomain": nil}, false},
	"ldap_interface":                 {"LDAP Interface", oidcApp, []string{"ldap_interface_link"}, 0, obj{"domainName": nil}, false},
	"office365": {"Microsoft Office 365", []string{modeWSFed, modeSAML11, modeBrowserPlugin, modeOIDC}, []string{"login", "mail", "calendar", "onedrive", "people", "newsfeed", "sites", "crm", "delve", "excel", "forms", "planner", "powerbi",
		"powerpoint", "sway", "tasks", "teams", "word", "yammer"}, 2161, obj{"domain": needed, "domains": []any{}, "msftTenant": needed, "occSettings": nil, "office365FlexibleProvisioningMode": nil, "office365ProvisioningType": nil,
		"requireAdminConsent": false, "tenantType": nil, "windowsTransportEnabled": false, "wsFedConfigureType": needed}, true},
	"okta_org2org":         {"Okta Org2Org", []string{modeSAML20, modeBrowserPlugin, modeOIDC}, login, 51975, obj{"acsUrl": nil, "audRestriction": nil, "baseUrl": needed}, true},
	"pagerduty":            {"PagerDuty", samlSWA, login, 3107, obj{"adminUserId": nil, "baseUrl": nil, "subdomain": needed}, true},
	"salesforce":           {"Salesforce.com", samlSWA, []string{"mc", "sfdc", "chatter"}, 46, obj{"customDomain": nil, "instanceType": "PRODUCTION", "integrationType": "STANDARD", "loginUrl": nil, "logoutUrl": nil, "myDomain": nil, "orgID": nil, "portalID": nil, "siteURL": nil}, true},
	"screensteps":          {"ScreenSteps", samlSWA, login, 0, obj{"subDomain": needed}, false},
	"sharepoint_onpremise": {"SharePoint (On-Premise)", []string{modeSAML11, modeWSFed}, login, 3601, obj{"attributeStatements": nil, "groupFilter": nil, "siteURL": needed}, false},
	"slack":                {"Slack", samlSWA, login, 0, obj{"domain": needed, "userEmailValue": nil}, true},
	"strongdm":             {"StrongDM", oidcApp, []string{"strongdm_link"}, 0, obj{"base_url": nil}, true},
	"zoomus":               {"Zoom", samlSWA, login, 1835, obj{"acs_url": nil, "audience_uri": nil, "subDomain": needed}, true},
	"zscalerbyz":           {"Zscaler 2.0", samlSWA, login, 0, obj{"siteDomain": nil}, true},

	"adobe_creative_suite": listed("Adobe Creative Cloud", true), "airtable": listed("Airtable", true), "asana": listed("Asana", true), "atlassian": listed("Atlassian Cloud", true), "bamboohr": listed("BambooHR", true),
	"boxnet": listed("Box", true), "calendly": listed("Calendly", true), "cloudflare": listed("Cloudflare", false), "concur": listed("Concur", true), "confluence_onprem": listed("Confluence (On-Premise)", false),
	"datadog": listed("Datadog", true), "docusign": listed("DocuSign", true), "dropbox_for_business": listed("Dropbox Business", true), "egnyte": listed("Egnyte", true), "expensify": listed("Expensify", false),
	"figma": listed("Figma", true), "freshdesk": listed("Freshdesk", false), "gitlab": listed("GitLab", true), "gotomeeting": listed("GoToMeeting", true), "grafana": listed("Grafana", false), "greenhouse": listed("Greenhouse", false),
	"hubspot": listed("HubSpot", true), "intercom": listed("Intercom", false), "jira_onprem": listed("Jira (On-Premise)", true), "lastpass": listed("LastPass", true), "lucidchart": listed("Lucidchart", true), "miro": listed("Miro", true),
	"netsuite": listed("NetSuite", true), "newrelic": listed("New Relic", true), "notion": listed("Notion", true), "opsgenie": listed("Opsgenie", false), "panw_globalprotect": listed("Palo Alto Networks - GlobalProtect", false),
	"servicenow_ud": listed("ServiceNow UD", true), "sentry": listed("Sentry", true), "sharepoint_local": listed("SharePoint (local)", false), "smartsheet": listed("Smartsheet", true), "snowflake": listed("Snowflake", true),
	"splunk": listed("Splunk", false), "sumologic": listed("Sumo Logic", false), "tableau_online": listed("Tableau Cloud", true), "terraform_cloud": listed("Terraform Cloud", false), "trello": listed("Trello", false), "ultipro": listed("UltiPro", true),
	"facebook": {label: "Facebook", modes: swaOnly, links: login}, "workday": listed("Workday", true), "workplace_by_facebook": listed("Workplace", true), "zendesk": listed("Zendesk", true),

	// What every org has.
	"saasure": {"Okta Admin Console", oidcApp, []string{"admin"}, 2, obj{}, false}, authenticatorApp: builtIn("Okta Authenticator"), "okta_enduser": builtIn("Okta Dashboard"), "okta_browser_plugin": builtIn("Okta Browser Plugin"), "okta_account_settings": builtIn("Okta End User Settings"),
}

// listed is an app of the catalog of which no more is known than that people sign in to it by SAML or with a password.
func listed(label string, provides bool) catalogApp {
	return catalogApp{label: label, modes: samlSWA, links: login, provides: provides}
}

func builtIn(label string) catalogApp {
	return catalogApp{label: label, modes: oidcApp, settings: obj{}}
}

// unique are the apps of which an org has the one that it came with.
var unique = []string{"saasure", "okta_enduser", "okta_browser_plugin", "okta_account_settings"}

// bootstrapApps makes the apps that every org has.
func (c *call) bootstrapApps(born int64) {
	for i, name := range unique {
		t := catalog[name]
		a := App{ID: seedID("0oa", name), Name: name, Label: t.label, Status: "ACTIVE", SignOnMode: modeOIDC, Order: int64(i + 1), Created: born, Updated: born, System: true, Key: seedID("exk", name), Link: seedID("aln", name),
			Policy: c.policyOfApp(t.label), Enrollment: c.systemPolicy("PROFILE_ENROLLMENT")}
		a.Doc = c.defaults(a, obj{})
		object(a.Doc["visibility"])["hide"] = obj{"iOS": false, "web": false}
		c.giveKeys(&a)
		c.o.apps.Put(c.Tx, a)
	}
	a := App{ID: seedID("0oa", authenticatorApp), Name: authenticatorApp, Label: "Okta Authenticator", Status: "ACTIVE", SignOnMode: modeOIDC, Created: born, Updated: born, System: true}
	a.Doc = c.defaults(a, obj{})
	c.o.apps.Put(c.Tx, a)
	c.mapApp(a)
}

// portalApp is the company's own web app, as a developer would begin with.
var portalApp = seedID("0oa", "portal")

// seedPortal makes the portal, and gives it to everyone.
func (c *call) seedPortal(company string, everyone Group, born int64) error {
	a := App{ID: portalApp, Name: "oidc_client", SignOnMode: modeOIDC, Status: "ACTIVE", Order: int64(len(unique) + 1), Created: born, Updated: born, Key: seedID("exk", "portal"), Link: seedID("aln", "portal"),
		Policy: c.systemPolicy("ACCESS_POLICY"), Enrollment: c.systemPolicy("PROFILE_ENROLLMENT")}
	secret, err := c.configure(&a, obj{"label": company + " Portal", "settings": obj{"oauthClient": obj{"application_type": "web", "grant_types": []any{"authorization_code", "refresh_token", "client_credentials"},
		"response_types": []any{"code"}, "redirect_uris": []any{"http://localhost:8080/authorization-code/callback"}, "post_logout_redirect_uris": []any{"http://localhost:8080"}}}})
	if err != nil {
		return err
	}
	c.giveKeys(&a)
	c.o.apps.Put(c.Tx, a)
	c.mapApp(a)
	c.addSecret(a, secret)
	c.o.appGroups.Put(c.Tx, AppGroup{App: a.ID, Group: everyone.ID, Created: born, Updated: born, Profile: obj{}})
	return nil
}

// authenticatorApp is what Okta Verify is to the org: an app that is in no list, but has people.
const authenticatorApp = "Okta_Authenticator"

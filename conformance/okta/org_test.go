package okta

import (
	"slices"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func init() {
	row("OrgSetting", "GetOrgSettings", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOrgSettings(e.ctx)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
		want(t, "has a name", got.CompanyName != "", true)
		want(t, "has a subdomain", got.Subdomain != "", true)
	})
	row("OrgSetting", "UpdateOrgSetting", func(t *testing.T) {
		e := world(t)
		_, _, err := e.OrgSetting.PartialUpdateOrgSetting(e.ctx, okta.OrgSetting{City: "Bern"})
		must(t, err)
		_, _, err = e.OrgSetting.UpdateOrgSetting(e.ctx, okta.OrgSetting{CompanyName: "Planes", Address1: "Runway 1", Country: "CH"})
		must(t, err)
		got, _, err := e.OrgSetting.GetOrgSettings(e.ctx)
		must(t, err)
		want(t, "name", got.CompanyName, "Planes")
		want(t, "address", got.Address1, "Runway 1")
		want(t, "city, which was not sent", got.City, "")
		_, _, err = e.OrgSetting.UpdateOrgSetting(e.ctx, okta.OrgSetting{Address1: "Runway 1"})
		refused(t, err, "E0000001", "companyName")
	})
	row("OrgSetting", "PartialUpdateOrgSetting", func(t *testing.T) {
		e := world(t)
		before, _, err := e.OrgSetting.PartialUpdateOrgSetting(e.ctx, okta.OrgSetting{City: "Bern"})
		must(t, err)
		_, _, err = e.OrgSetting.PartialUpdateOrgSetting(e.ctx, okta.OrgSetting{PhoneNumber: "+41 31 000 00 00"})
		must(t, err)
		got, _, err := e.OrgSetting.GetOrgSettings(e.ctx)
		must(t, err)
		want(t, "phone", got.PhoneNumber, "+41 31 000 00 00")
		want(t, "city, which was not sent", got.City, "Bern")
		want(t, "name, which was not sent", got.CompanyName, before.CompanyName)
	})
	row("OrgSetting", "UpdateOrgLogo", func(t *testing.T) {
		e := world(t)
		logo := func() string {
			got, _, err := e.OrgSetting.GetOrgSettings(e.ctx)
			must(t, err)
			return got.Links.(map[string]any)["logo"].(map[string]any)["href"].(string)
		}
		want(t, "type before", kindAt(t, logo()), "image/svg+xml")
		_, err := e.OrgSetting.UpdateOrgLogo(e.ctx, picture(t, 40, 20))
		must(t, err)
		want(t, "type after", kindAt(t, logo()), "image/png")
		_, err = e.OrgSetting.UpdateOrgLogo(e.ctx, noPicture(t))
		refused(t, err, "E0000001", "file")
	})
	row("OrgSetting", "GetOrgContactTypes", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOrgContactTypes(e.ctx)
		must(t, err)
		want(t, "types", len(got), 2)
		want(t, "first", got[0].ContactType, "BILLING")
		want(t, "second", got[1].ContactType, "TECHNICAL")
	})
	row("OrgSetting", "GetOrgContactUser", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOrgContactUser(e.ctx, "TECHNICAL")
		must(t, err)
		want(t, "contact before", got.UserId, "")
		me, _, err := e.User.GetUser(e.ctx, "me")
		must(t, err)
		_, _, err = e.OrgSetting.UpdateOrgContactUser(e.ctx, "TECHNICAL", okta.UserIdString{UserId: me.Id})
		must(t, err)
		got, _, err = e.OrgSetting.GetOrgContactUser(e.ctx, "TECHNICAL")
		must(t, err)
		want(t, "contact after", got.UserId, me.Id)
		_, _, err = e.OrgSetting.GetOrgContactUser(e.ctx, "MUSICAL")
		refused(t, err, "E0000007", "MUSICAL")
	})
	row("OrgSetting", "UpdateOrgContactUser", func(t *testing.T) {
		e := world(t)
		me, _, err := e.User.GetUser(e.ctx, "me")
		must(t, err)
		_, _, err = e.OrgSetting.UpdateOrgContactUser(e.ctx, "BILLING", okta.UserIdString{UserId: me.Id})
		must(t, err)
		got, _, err := e.OrgSetting.GetOrgContactUser(e.ctx, "BILLING")
		must(t, err)
		want(t, "contact", got.UserId, me.Id)
		other, _, err := e.OrgSetting.GetOrgContactUser(e.ctx, "TECHNICAL")
		must(t, err)
		want(t, "contact of another type", other.UserId, "")
		_, _, err = e.OrgSetting.UpdateOrgContactUser(e.ctx, "BILLING", okta.UserIdString{UserId: "00unone"})
		refused(t, err, "E0000007", "00unone (User)")
	})
	footer()
	communication()
	support()
	features()
}

func footer() {
	// shown reports whether people see the footer of Okta's pages.
	shown := func(e *env) bool {
		e.t.Helper()
		got, _, err := e.OrgSetting.GetOrgPreferences(e.ctx)
		must(e.t, err)
		return *got.ShowEndUserFooter
	}
	row("OrgSetting", "GetOrgPreferences", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOrgPreferences(e.ctx)
		must(t, err)
		want(t, "shown", *got.ShowEndUserFooter, true)
		_, next := got.Links.(map[string]any)["hideEndUserFooter"]
		want(t, "can be hidden", next, true)
	})
	row("OrgSetting", "HideOktaUIFooter", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.HideOktaUIFooter(e.ctx)
		must(t, err)
		want(t, "answer", *got.ShowEndUserFooter, false)
		want(t, "shown", shown(e), false)
	})
	row("OrgSetting", "ShowOktaUIFooter", func(t *testing.T) {
		e := world(t)
		_, _, err := e.OrgSetting.HideOktaUIFooter(e.ctx)
		must(t, err)
		got, _, err := e.OrgSetting.ShowOktaUIFooter(e.ctx)
		must(t, err)
		want(t, "answer", *got.ShowEndUserFooter, true)
		want(t, "shown", shown(e), true)
	})
}

func communication() {
	// spared reports whether people get no emails from Okta.
	spared := func(e *env) bool {
		e.t.Helper()
		got, _, err := e.OrgSetting.GetOktaCommunicationSettings(e.ctx)
		must(e.t, err)
		return *got.OptOutEmailUsers
	}
	row("OrgSetting", "GetOktaCommunicationSettings", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOktaCommunicationSettings(e.ctx)
		must(t, err)
		want(t, "spared", *got.OptOutEmailUsers, true)
		_, next := got.Links.(map[string]any)["optIn"]
		want(t, "can be asked for", next, true)
	})
	row("OrgSetting", "OptInUsersToOktaCommunicationEmails", func(t *testing.T) {
		e := world(t)
		want(t, "spared before", spared(e), true)
		got, _, err := e.OrgSetting.OptInUsersToOktaCommunicationEmails(e.ctx)
		must(t, err)
		want(t, "answer", *got.OptOutEmailUsers, false)
		want(t, "spared after", spared(e), false)
	})
	row("OrgSetting", "OptOutUsersFromOktaCommunicationEmails", func(t *testing.T) {
		e := world(t)
		_, _, err := e.OrgSetting.OptInUsersToOktaCommunicationEmails(e.ctx)
		must(t, err)
		got, _, err := e.OrgSetting.OptOutUsersFromOktaCommunicationEmails(e.ctx)
		must(t, err)
		want(t, "answer", *got.OptOutEmailUsers, true)
		want(t, "spared", spared(e), true)
	})
}

func support() {
	// until is when Okta's people may look into the org no longer, nil if they may not.
	until := func(e *env) *time.Time {
		e.t.Helper()
		got, _, err := e.OrgSetting.GetOrgOktaSupportSettings(e.ctx)
		must(e.t, err)
		return got.Expiration
	}
	row("OrgSetting", "GetOrgOktaSupportSettings", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GetOrgOktaSupportSettings(e.ctx)
		must(t, err)
		want(t, "support", got.Support, "DISABLED")
		want(t, "until", got.Expiration, nil)
	})
	row("OrgSetting", "GrantOktaSupport", func(t *testing.T) {
		e := world(t)
		got, _, err := e.OrgSetting.GrantOktaSupport(e.ctx)
		must(t, err)
		want(t, "support", got.Support, "ENABLED")
		want(t, "hours", time.Until(*until(e)).Round(time.Hour), 8*time.Hour)
	})
	row("OrgSetting", "ExtendOktaSupport", func(t *testing.T) {
		e := world(t)
		_, _, err := e.OrgSetting.ExtendOktaSupport(e.ctx)
		refused(t, err, "E0000001", "support")
		_, _, err = e.OrgSetting.GrantOktaSupport(e.ctx)
		must(t, err)
		before := until(e)
		_, _, err = e.OrgSetting.ExtendOktaSupport(e.ctx)
		must(t, err)
		want(t, "hours more", until(e).Sub(*before), 24*time.Hour)
	})
	row("OrgSetting", "RevokeOktaSupport", func(t *testing.T) {
		e := world(t)
		_, _, err := e.OrgSetting.GrantOktaSupport(e.ctx)
		must(t, err)
		got, _, err := e.OrgSetting.RevokeOktaSupport(e.ctx)
		must(t, err)
		want(t, "support", got.Support, "DISABLED")
		want(t, "until", until(e), nil)
	})
}

// feature is the org's feature of a name.
func (e *env) feature(name string) *okta.Feature {
	e.t.Helper()
	all, _, err := e.Feature.ListFeatures(e.ctx)
	must(e.t, err)
	i := slices.IndexFunc(all, func(f *okta.Feature) bool { return f.Name == name })
	if i < 0 {
		e.t.Fatalf("the org has no feature %s", name)
	}
	return all[i]
}

func features() {
	// The second can be on with the first alone.
	const needed, needs = "Early Access Realms", "Realm assignments for imports"
	row("Feature", "ListFeatures", func(t *testing.T) {
		e := world(t)
		f := e.feature(needed)
		want(t, "status", f.Status, "DISABLED")
		want(t, "type", f.Type, "self-service")
		_, _, err := e.Feature.UpdateFeatureLifecycle(e.ctx, f.Id, "enable", nil)
		must(t, err)
		want(t, "status after", e.feature(needed).Status, "ENABLED")
	})
	row("Feature", "GetFeature", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Feature.GetFeature(e.ctx, e.feature(needs).Id)
		must(t, err)
		want(t, "name", got.Name, needs)
		want(t, "stage", *got.Stage, okta.FeatureStage{Value: "BETA", State: "OPEN"})
		_, _, err = e.Feature.GetFeature(e.ctx, "ftrnone")
		refused(t, err, "E0000007", "ftrnone (Feature)")
	})
	row("Feature", "ListFeatureDependencies", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Feature.ListFeatureDependencies(e.ctx, e.feature(needs).Id)
		must(t, err)
		want(t, "dependencies", len(got), 1)
		want(t, "name", got[0].Name, needed)
		none, _, err := e.Feature.ListFeatureDependencies(e.ctx, got[0].Id)
		must(t, err)
		want(t, "its dependencies", len(none), 0)
	})
	row("Feature", "ListFeatureDependents", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Feature.ListFeatureDependents(e.ctx, e.feature(needed).Id)
		must(t, err)
		want(t, "dependents", len(got), 1)
		want(t, "name", got[0].Name, needs)
		_, _, err = e.Feature.ListFeatureDependents(e.ctx, "ftrnone")
		refused(t, err, "E0000007", "ftrnone (Feature)")
	})
	row("Feature", "UpdateFeatureLifecycle", func(t *testing.T) {
		e := world(t)
		first, second := e.feature(needed).Id, e.feature(needs).Id
		_, _, err := e.Feature.UpdateFeatureLifecycle(e.ctx, second, "enable", nil)
		refused(t, err, "E0000141", needed)
		force := query.NewQueryParams(query.WithMode("force"))
		_, _, err = e.Feature.UpdateFeatureLifecycle(e.ctx, second, "enable", force)
		must(t, err)
		want(t, "what it needs", e.feature(needed).Status, "ENABLED")
		_, _, err = e.Feature.UpdateFeatureLifecycle(e.ctx, first, "disable", nil)
		refused(t, err, "E0000141", needs)
		_, _, err = e.Feature.UpdateFeatureLifecycle(e.ctx, first, "disable", force)
		must(t, err)
		want(t, "what needed it", e.feature(needs).Status, "DISABLED")
	})
}

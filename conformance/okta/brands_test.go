package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"image"
	"image/png"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// brand is the id of the org's own brand.
func (e *env) brand() string {
	e.t.Helper()
	all, _, err := e.Brand.ListBrands(e.ctx)
	must(e.t, err)
	return all[0].Id
}

// theme is the theme of the org's own brand.
func (e *env) theme() (brand string, theme *okta.ThemeResponse) {
	e.t.Helper()
	brand = e.brand()
	all, _, err := e.Brand.ListBrandThemes(e.ctx, brand)
	must(e.t, err)
	return brand, all[0]
}

// picture is a file with a picture of that size.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "picture.png"))
	must(t, err)
	must(t, png.Encode(f, image.NewGray(image.Rect(0, 0, width, height))))
	must(t, f.Close())
	return f.Name()
}

// noPicture is a file that is none.
func noPicture(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "picture.png")
	must(t, os.WriteFile(name, []byte("I am a picture"), 0o600))
	return name
}

// kindAt is the type of what is found at an address.
func kindAt(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	must(t, err)
	res.Body.Close()
	want(t, "status of "+url, res.StatusCode, 200)
	return res.Header.Get("Content-Type")
}

func init() {
	row("Brand", "ListBrands", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Brand.ListBrands(e.ctx)
		must(t, err)
		want(t, "brands", len(all), 1)
		e.api("POST", "/api/v1/brands", map[string]any{"name": "Planes"}, nil)
		all, _, err = e.Brand.ListBrands(e.ctx)
		must(t, err)
		want(t, "brands after", len(all), 2)
	})
	row("Brand", "GetBrand", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Brand.GetBrand(e.ctx, e.brand())
		must(t, err)
		want(t, "powered by Okta", *got.RemovePoweredByOkta, false)
		_, _, err = e.Brand.GetBrand(e.ctx, "bndnone")
		refused(t, err, "E0000007", "bndnone (Brand)")
	})
	row("Brand", "UpdateBrand", func(t *testing.T) {
		e := world(t)
		id, yes := e.brand(), true
		_, _, err := e.Brand.UpdateBrand(e.ctx, id, okta.Brand{RemovePoweredByOkta: &yes, AgreeToCustomPrivacyPolicy: &yes, CustomPrivacyPolicyUrl: "https://planes.example.com/privacy"})
		must(t, err)
		got, _, err := e.Brand.GetBrand(e.ctx, id)
		must(t, err)
		want(t, "privacy policy", got.CustomPrivacyPolicyUrl, "https://planes.example.com/privacy")
		want(t, "powered by Okta is removed", *got.RemovePoweredByOkta, true)
		_, _, err = e.Brand.UpdateBrand(e.ctx, id, okta.Brand{CustomPrivacyPolicyUrl: "https://planes.example.com/privacy"})
		refused(t, err, "E0000001", "agreeToCustomPrivacyPolicy")
	})
	themes()
	emails()
	domains()
	smsTemplates()
}

func themes() {
	row("Brand", "ListBrandThemes", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Brand.ListBrandThemes(e.ctx, e.brand())
		must(t, err)
		want(t, "themes", len(all), 1)
		want(t, "colour", all[0].PrimaryColorHex, "#1662dd")
		_, _, err = e.Brand.ListBrandThemes(e.ctx, "bndnone")
		refused(t, err, "E0000007", "bndnone")
	})
	row("Brand", "GetBrandTheme", func(t *testing.T) {
		e := world(t)
		brand, theme := e.theme()
		got, _, err := e.Brand.GetBrandTheme(e.ctx, brand, theme.Id)
		must(t, err)
		want(t, "sign-in page", got.SignInPageTouchPointVariant, "OKTA_DEFAULT")
		want(t, "type of the logo", kindAt(t, got.Logo), "image/svg+xml")
		_, _, err = e.Brand.GetBrandTheme(e.ctx, brand, "thenone")
		refused(t, err, "E0000007", "thenone")
	})
	row("Brand", "UpdateBrandTheme", func(t *testing.T) {
		e := world(t)
		brand, theme := e.theme()
		to := okta.Theme{PrimaryColorHex: "#ffee00", SecondaryColorHex: "#000000", SignInPageTouchPointVariant: "BACKGROUND_SECONDARY_COLOR", EndUserDashboardTouchPointVariant: "FULL_THEME",
			ErrorPageTouchPointVariant: "OKTA_DEFAULT", EmailTemplateTouchPointVariant: "FULL_THEME"}
		_, _, err := e.Brand.UpdateBrandTheme(e.ctx, brand, theme.Id, to)
		must(t, err)
		got, _, err := e.Brand.GetBrandTheme(e.ctx, brand, theme.Id)
		must(t, err)
		want(t, "colour", got.PrimaryColorHex, "#ffee00")
		want(t, "what can be read on it", got.PrimaryColorContrastHex, "#000000")
		want(t, "dashboard", got.EndUserDashboardTouchPointVariant, "FULL_THEME")
		to.PrimaryColorHex = "yellow"
		_, _, err = e.Brand.UpdateBrandTheme(e.ctx, brand, theme.Id, to)
		refused(t, err, "E0000001", "primaryColorHex")
	})
	// Each picture of a theme is uploaded and deleted alike.
	for _, p := range []struct {
		name          string
		upload        func(*env, string, string, string) (*okta.ImageUploadResponse, *okta.Response, error)
		delete        func(*env, string, string) (*okta.Response, error)
		of            func(*okta.ThemeResponse) string
		width, height int
	}{
		{"Logo", func(e *env, b, t, file string) (*okta.ImageUploadResponse, *okta.Response, error) {
			return e.Brand.UploadBrandThemeLogo(e.ctx, b, t, file)
		}, func(e *env, b, t string) (*okta.Response, error) { return e.Brand.DeleteBrandThemeLogo(e.ctx, b, t) },
			func(t *okta.ThemeResponse) string { return t.Logo }, 40, 20},
		{"Favicon", func(e *env, b, t, file string) (*okta.ImageUploadResponse, *okta.Response, error) {
			return e.Brand.UploadBrandThemeFavicon(e.ctx, b, t, file)
		}, func(e *env, b, t string) (*okta.Response, error) { return e.Brand.DeleteBrandThemeFavicon(e.ctx, b, t) },
			func(t *okta.ThemeResponse) string { return t.Favicon }, 16, 16},
		{"BackgroundImage", func(e *env, b, t, file string) (*okta.ImageUploadResponse, *okta.Response, error) {
			return e.Brand.UploadBrandThemeBackgroundImage(e.ctx, b, t, file)
		}, func(e *env, b, t string) (*okta.Response, error) {
			return e.Brand.DeleteBrandThemeBackgroundImage(e.ctx, b, t)
		}, func(t *okta.ThemeResponse) string { return t.BackgroundImage }, 40, 20},
	} {
		row("Brand", "UploadBrandTheme"+p.name, func(t *testing.T) {
			e := world(t)
			brand, theme := e.theme()
			made, _, err := p.upload(e, brand, theme.Id, picture(t, p.width, p.height))
			must(t, err)
			got, _, err := e.Brand.GetBrandTheme(e.ctx, brand, theme.Id)
			must(t, err)
			want(t, "address", p.of(got), made.Url)
			want(t, "type", kindAt(t, made.Url), "image/png")
			_, _, err = p.upload(e, brand, theme.Id, noPicture(t))
			refused(t, err, "E0000001", "file")
		})
		row("Brand", "DeleteBrandTheme"+p.name, func(t *testing.T) {
			e := world(t)
			brand, theme := e.theme()
			made, _, err := p.upload(e, brand, theme.Id, picture(t, p.width, p.height))
			must(t, err)
			_, err = p.delete(e, brand, theme.Id)
			must(t, err)
			got, _, err := e.Brand.GetBrandTheme(e.ctx, brand, theme.Id)
			must(t, err)
			want(t, "picture, which is Okta's again", p.of(got), p.of(theme))
			res, err := http.Get(made.Url)
			must(t, err)
			res.Body.Close()
			want(t, "status of the picture that was", res.StatusCode, 404)
		})
	}
}

func emails() {
	const template = "ForgotPassword"
	in := func(language, subject string) okta.EmailTemplateCustomizationRequest {
		return okta.EmailTemplateCustomizationRequest{Language: language, Subject: subject, Body: "<p>${user.profile.firstName}: ${resetPasswordLink}</p>"}
	}
	// worded makes a brand's own words for the template, in two languages.
	worded := func(e *env) (brand string, en, de *okta.EmailTemplateCustomization) {
		e.t.Helper()
		brand = e.brand()
		en, _, err := e.Brand.CreateEmailTemplateCustomization(e.ctx, brand, template, in("en", "Oh no"))
		must(e.t, err)
		de, _, err = e.Brand.CreateEmailTemplateCustomization(e.ctx, brand, template, in("de", "O nein"))
		must(e.t, err)
		return brand, en, de
	}
	// subjects are those of the emails of the template that have been sent.
	subjects := func(e *env) (out []string) {
		for _, d := range e.outbox() {
			if d.Topic == template {
				_, after, _ := strings.Cut(d.Body, `"subject":"`)
				subject, _, _ := strings.Cut(after, `"`)
				out = append(out, subject)
			}
		}
		return out
	}
	row("Brand", "ListEmailTemplates", func(t *testing.T) {
		e := world(t)
		brand := e.brand()
		all, res, err := e.Brand.ListEmailTemplates(e.ctx, brand, query.NewQueryParams(query.WithLimit(200)))
		must(t, err)
		want(t, "more", res.HasNextPage(), false)
		want(t, "has the template", slices.ContainsFunc(all, func(x *okta.EmailTemplate) bool { return x.Name == template }), true)
		some, res, err := e.Brand.ListEmailTemplates(e.ctx, brand, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		want(t, "templates of a page", len(some), 2)
		want(t, "more after a page", res.HasNextPage(), true)
	})
	row("Brand", "GetEmailTemplate", func(t *testing.T) {
		e := world(t)
		brand := e.brand()
		got, _, err := e.Brand.GetEmailTemplate(e.ctx, brand, template)
		must(t, err)
		want(t, "name", got.Name, template)
		_, _, err = e.Brand.GetEmailTemplate(e.ctx, brand, "LoveLetter")
		refused(t, err, "E0000007", "LoveLetter (EmailTemplate)")
	})
	row("Brand", "GetEmailTemplateDefaultContent", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Brand.GetEmailTemplateDefaultContent(e.ctx, e.brand(), template)
		must(t, err)
		want(t, "body has the link's variable", strings.Contains(got.Body, "${resetPasswordLink}"), true)
		_, _, err = e.Brand.GetEmailTemplateDefaultContent(e.ctx, "bndnone", template)
		refused(t, err, "E0000007", "bndnone")
	})
	row("Brand", "GetEmailTemplateDefaultContentPreview", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Brand.GetEmailTemplateDefaultContentPreview(e.ctx, e.brand(), template)
		must(t, err)
		me, _, err := e.User.GetUser(e.ctx, "me")
		must(t, err)
		want(t, "body says the caller's name", strings.Contains(got.Body, (*me.Profile)["firstName"].(string)), true)
		want(t, "body has variables", strings.Contains(got.Body, "${"), false)
	})
	row("Brand", "CreateEmailTemplateCustomization", func(t *testing.T) {
		e := world(t)
		brand, en, de := worded(e)
		want(t, "the first is the default", *en.IsDefault, true)
		want(t, "the second is", *de.IsDefault, false)
		_, _, err := e.Brand.CreateEmailTemplateCustomization(e.ctx, brand, template, in("de", "Ach"))
		refused(t, err, "E0000183", "already exists")
		yes, third := true, in("fr", "Oh non")
		third.IsDefault = &yes
		_, _, err = e.Brand.CreateEmailTemplateCustomization(e.ctx, brand, template, third)
		refused(t, err, "E0000182", "already exists")
	})
	row("Brand", "ListEmailTemplateCustomizations", func(t *testing.T) {
		e := world(t)
		brand, _, _ := worded(e)
		all, _, err := e.Brand.ListEmailTemplateCustomizations(e.ctx, brand, template)
		must(t, err)
		want(t, "customizations", len(all), 2)
		want(t, "first", all[0].Language, "en")
		want(t, "second", all[1].Language, "de")
		none, _, err := e.Brand.ListEmailTemplateCustomizations(e.ctx, brand, "UserActivation")
		must(t, err)
		want(t, "customizations of another template", len(none), 0)
	})
	row("Brand", "GetEmailTemplateCustomization", func(t *testing.T) {
		e := world(t)
		brand, _, de := worded(e)
		got, _, err := e.Brand.GetEmailTemplateCustomization(e.ctx, brand, template, de.Id)
		must(t, err)
		want(t, "subject", got.Subject, "O nein")
		_, _, err = e.Brand.GetEmailTemplateCustomization(e.ctx, brand, "UserActivation", de.Id)
		refused(t, err, "E0000007", de.Id)
	})
	row("Brand", "GetEmailTemplateCustomizationPreview", func(t *testing.T) {
		e := world(t)
		brand, _, de := worded(e)
		got, _, err := e.Brand.GetEmailTemplateCustomizationPreview(e.ctx, brand, template, de.Id)
		must(t, err)
		want(t, "subject", got.Subject, "O nein")
		want(t, "body has variables", strings.Contains(got.Body, "${"), false)
		_, _, err = e.Brand.GetEmailTemplateCustomizationPreview(e.ctx, brand, template, "oelnone")
		refused(t, err, "E0000007", "oelnone")
	})
	row("Brand", "UpdateEmailTemplateCustomization", func(t *testing.T) {
		e := world(t)
		brand, en, de := worded(e)
		yes, to := true, in("de", "Ach")
		to.IsDefault = &yes
		_, _, err := e.Brand.UpdateEmailTemplateCustomization(e.ctx, brand, template, de.Id, to)
		must(t, err)
		got, _, err := e.Brand.GetEmailTemplateCustomization(e.ctx, brand, template, de.Id)
		must(t, err)
		want(t, "subject", got.Subject, "Ach")
		want(t, "is the default", *got.IsDefault, true)
		got, _, err = e.Brand.GetEmailTemplateCustomization(e.ctx, brand, template, en.Id)
		must(t, err)
		want(t, "what was the default is", *got.IsDefault, false)
		no := false
		to.IsDefault = &no
		_, _, err = e.Brand.UpdateEmailTemplateCustomization(e.ctx, brand, template, de.Id, to)
		refused(t, err, "E0000185", "can't be set to false")
	})
	row("Brand", "DeleteEmailTemplateCustomization", func(t *testing.T) {
		e := world(t)
		brand, en, de := worded(e)
		_, err := e.Brand.DeleteEmailTemplateCustomization(e.ctx, brand, template, de.Id)
		must(t, err)
		_, _, err = e.Brand.GetEmailTemplateCustomization(e.ctx, brand, template, de.Id)
		refused(t, err, "E0000007", de.Id)
		_, err = e.Brand.DeleteEmailTemplateCustomization(e.ctx, brand, template, en.Id)
		refused(t, err, "E0000184", "can't be deleted")
	})
	row("Brand", "DeleteEmailTemplateCustomizations", func(t *testing.T) {
		e := world(t)
		brand, _, _ := worded(e)
		_, err := e.Brand.DeleteEmailTemplateCustomizations(e.ctx, brand, template)
		must(t, err)
		none, _, err := e.Brand.ListEmailTemplateCustomizations(e.ctx, brand, template)
		must(t, err)
		want(t, "customizations", len(none), 0)
		_, err = e.Brand.DeleteEmailTemplateCustomizations(e.ctx, brand, "LoveLetter")
		refused(t, err, "E0000007", "LoveLetter")
	})
	row("Brand", "SendTestEmail", func(t *testing.T) {
		e := world(t)
		brand, _, _ := worded(e)
		_, err := e.Brand.SendTestEmail(e.ctx, brand, template, okta.EmailTemplateTestRequest{})
		must(t, err)
		want(t, "subjects of emails", strings.Join(subjects(e), ", "), "Oh no")
		_, err = e.Brand.SendTestEmail(e.ctx, brand, "LoveLetter", okta.EmailTemplateTestRequest{})
		refused(t, err, "E0000007", "LoveLetter")
	})
}

// domain adds a domain whose certificate somebody brings.
func (e *env) domain(name string) *okta.Domain {
	e.t.Helper()
	d, _, err := e.Domain.CreateDomain(e.ctx, okta.Domain{Domain: name, CertificateSourceType: "MANUAL"})
	must(e.t, err)
	return d
}

// certificate is one for a domain, and its key.
func certificate(t *testing.T, domain string) okta.DomainCertificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	public := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return okta.DomainCertificate{Type: "PEM", Certificate: public, CertificateChain: public, PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))}
}

func domains() {
	row("Domain", "CreateDomain", func(t *testing.T) {
		e := world(t)
		d := e.domain("planes.localhost")
		want(t, "status", d.ValidationStatus, "NOT_STARTED")
		want(t, "record", d.DnsRecords[0].Fqdn, "_oktaverification.planes.localhost")
		_, _, err := e.Domain.CreateDomain(e.ctx, okta.Domain{Domain: "planes.localhost", CertificateSourceType: "MANUAL"})
		refused(t, err, "E0000161", "Unique domain name")
		_, _, err = e.Domain.CreateDomain(e.ctx, okta.Domain{Domain: "planes", CertificateSourceType: "MANUAL"})
		refused(t, err, "E0000001", "domain")
	})
	row("Domain", "GetDomain", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Domain.GetDomain(e.ctx, e.domain("planes.localhost").Id)
		must(t, err)
		want(t, "domain", got.Domain, "planes.localhost")
		_, _, err = e.Domain.GetDomain(e.ctx, "OcDnone")
		refused(t, err, "E0000163", "Domain ID not found")
	})
	row("Domain", "ListDomains", func(t *testing.T) {
		e := world(t)
		before, _, err := e.Domain.ListDomains(e.ctx)
		must(t, err)
		want(t, "domains before", len(before.Domains), 1)
		id := e.domain("planes.localhost").Id
		after, _, err := e.Domain.ListDomains(e.ctx)
		must(t, err)
		want(t, "domains", len(after.Domains), 2)
		want(t, "has the new one", slices.ContainsFunc(after.Domains, func(d *okta.Domain) bool { return d.Id == id }), true)
	})
	row("Domain", "VerifyDomain", func(t *testing.T) {
		e := world(t)
		for name, status := range map[string]string{"planes.localhost": "VERIFIED", "planes.example.com": "FAILED_TO_VERIFY"} {
			d := e.domain(name)
			_, _, err := e.Domain.VerifyDomain(e.ctx, d.Id)
			must(t, err)
			got, _, err := e.Domain.GetDomain(e.ctx, d.Id)
			must(t, err)
			want(t, "status of "+name, got.ValidationStatus, status)
		}
		_, _, err := e.Domain.VerifyDomain(e.ctx, "OcDnone")
		refused(t, err, "E0000163", "Domain ID not found")
	})
	row("Domain", "CreateCertificate", func(t *testing.T) {
		e := world(t)
		id := e.domain("planes.localhost").Id
		mine := certificate(t, "planes.localhost")
		_, err := e.Domain.CreateCertificate(e.ctx, id, mine)
		refused(t, err, "E0000165", "not verified")
		_, _, err = e.Domain.VerifyDomain(e.ctx, id)
		must(t, err)
		_, err = e.Domain.CreateCertificate(e.ctx, id, certificate(t, "ships.localhost"))
		refused(t, err, "E0000001", "certificate")
		_, err = e.Domain.CreateCertificate(e.ctx, id, mine)
		must(t, err)
		got, _, err := e.Domain.GetDomain(e.ctx, id)
		must(t, err)
		want(t, "status", got.ValidationStatus, "COMPLETED")
		want(t, "subject", got.PublicCertificate.Subject, "CN=planes.localhost")
	})
	row("Domain", "DeleteDomain", func(t *testing.T) {
		e := world(t)
		id := e.domain("planes.localhost").Id
		_, err := e.Domain.DeleteDomain(e.ctx, id)
		must(t, err)
		_, _, err = e.Domain.GetDomain(e.ctx, id)
		refused(t, err, "E0000163", "Domain ID not found")
		e.domain("planes.localhost") // its name is free again
	})
}

// smsTemplate is one that says something, also in German.
func smsTemplate(name, says string) okta.SmsTemplate {
	return okta.SmsTemplate{Name: name, Type: "SMS_VERIFY_CODE", Template: says, Translations: &okta.SmsTemplateTranslations{"de": "Der Code: ${code}", "fr": "Le code: ${code}"}}
}

// smsTemplate makes such a template.
func (e *env) smsTemplate(name string) *okta.SmsTemplate {
	e.t.Helper()
	s, _, err := e.SmsTemplate.CreateSmsTemplate(e.ctx, smsTemplate(name, "The code: ${code}"))
	must(e.t, err)
	return s
}

func smsTemplates() {
	row("SmsTemplate", "CreateSmsTemplate", func(t *testing.T) {
		e := world(t)
		s := e.smsTemplate("Terse")
		got, _, err := e.SmsTemplate.GetSmsTemplate(e.ctx, s.Id)
		must(t, err)
		want(t, "says", got.Template, "The code: ${code}")
		want(t, "says in German", (*got.Translations)["de"], any("Der Code: ${code}"))
		_, _, err = e.SmsTemplate.CreateSmsTemplate(e.ctx, smsTemplate("Mute", "Guess!"))
		refused(t, err, "E0000001", "template")
	})
	row("SmsTemplate", "GetSmsTemplate", func(t *testing.T) {
		e := world(t)
		got, _, err := e.SmsTemplate.GetSmsTemplate(e.ctx, e.smsTemplate("Terse").Id)
		must(t, err)
		want(t, "name", got.Name, "Terse")
		_, _, err = e.SmsTemplate.GetSmsTemplate(e.ctx, "cstnone")
		refused(t, err, "E0000007", "cstnone")
	})
	row("SmsTemplate", "ListSmsTemplates", func(t *testing.T) {
		e := world(t)
		e.smsTemplate("Terse")
		all, _, err := e.SmsTemplate.ListSmsTemplates(e.ctx, query.NewQueryParams(query.WithTemplateType("SMS_VERIFY_CODE")))
		must(t, err)
		want(t, "templates", len(all), 2)
		want(t, "first", all[0].Name, "Default")
		want(t, "second", all[1].Name, "Terse")
	})
	row("SmsTemplate", "UpdateSmsTemplate", func(t *testing.T) {
		e := world(t)
		s := e.smsTemplate("Terse")
		_, _, err := e.SmsTemplate.UpdateSmsTemplate(e.ctx, s.Id, okta.SmsTemplate{Name: "Chatty", Type: "SMS_VERIFY_CODE", Template: "Well, the code is ${code}"})
		must(t, err)
		got, _, err := e.SmsTemplate.GetSmsTemplate(e.ctx, s.Id)
		must(t, err)
		want(t, "name", got.Name, "Chatty")
		want(t, "says", got.Template, "Well, the code is ${code}")
		want(t, "has translations", got.Translations != nil, false)
		_, _, err = e.SmsTemplate.UpdateSmsTemplate(e.ctx, s.Id, okta.SmsTemplate{Type: "SMS_VERIFY_CODE", Template: "${code}"})
		refused(t, err, "E0000001", "name")
	})
	row("SmsTemplate", "PartialUpdateSmsTemplate", func(t *testing.T) {
		e := world(t)
		s := e.smsTemplate("Terse")
		_, _, err := e.SmsTemplate.PartialUpdateSmsTemplate(e.ctx, s.Id, okta.SmsTemplate{Translations: &okta.SmsTemplateTranslations{"de": "Hier: ${code}", "fr": nil}})
		must(t, err)
		got, _, err := e.SmsTemplate.GetSmsTemplate(e.ctx, s.Id)
		must(t, err)
		want(t, "says", got.Template, "The code: ${code}")
		want(t, "says in German", (*got.Translations)["de"], any("Hier: ${code}"))
		want(t, "languages", len(*got.Translations), 1)
		_, _, err = e.SmsTemplate.PartialUpdateSmsTemplate(e.ctx, s.Id, okta.SmsTemplate{Translations: &okta.SmsTemplateTranslations{"de": "Hier!"}})
		refused(t, err, "E0000001", "translations")
	})
	row("SmsTemplate", "DeleteSmsTemplate", func(t *testing.T) {
		e := world(t)
		s := e.smsTemplate("Terse")
		_, err := e.SmsTemplate.DeleteSmsTemplate(e.ctx, s.Id)
		must(t, err)
		all, _, err := e.SmsTemplate.ListSmsTemplates(e.ctx, nil)
		must(t, err)
		want(t, "templates", len(all), 1)
		_, err = e.SmsTemplate.DeleteSmsTemplate(e.ctx, s.Id)
		refused(t, err, "E0000007", s.Id)
	})
}

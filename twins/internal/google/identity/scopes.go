package identity

import (
	"slices"
	"strings"
)

const (
	scopeOpenID  = "openid"
	scopeEmail   = auth + "userinfo.email"
	scopeProfile = auth + "userinfo.profile"
	auth         = "https://www.googleapis.com/auth/"
)

// wording is what a person reads of each scope when they are asked.
//
// https://developers.google.com/identity/protocols/oauth2/scopes
var wording = map[string]string{
	scopeOpenID:                      "Associate you with your personal info on Google",
	scopeEmail:                       "See your primary Google Account email address",
	scopeProfile:                     "See your personal info, including any personal info you've made publicly available",
	auth + "drive":                   "See, edit, create, and delete all of your Google Drive files",
	auth + "drive.file":              "See, edit, create, and delete only the specific Google Drive files you use with this app",
	auth + "drive.readonly":          "See and download all your Google Drive files",
	auth + "drive.metadata":          "View and manage metadata of files in your Google Drive",
	auth + "drive.metadata.readonly": "See information about your Google Drive files",
	auth + "drive.appdata":           "See, create, and delete its own configuration data in your Google Drive",
	auth + "drive.appfolder":         "See, create, and delete its own configuration data in your Google Drive",
	auth + "drive.apps.readonly":     "View your Google Drive apps",
	auth + "drive.install":           "Connect itself to your Google Drive",
	auth + "drive.scripts":           "Modify your Google Apps Script scripts' behavior",
	auth + "drive.meet.readonly":     "See and download your Google Drive files that were created or edited by Google Meet",
	auth + "drive.photos.readonly":   "View the photos, videos and albums in your Google Photos",
	auth + "drive.activity":          "View and add to the activity record of files in your Google Drive",
	auth + "drive.activity.readonly": "View the activity record of files in your Google Drive",
	auth + "drive.labels":            "See, edit, create, and delete all Google Drive labels in your organization that you have access to, and see your organization's label-related administrative policies",
	auth + "drive.labels.readonly":   "See and use all Google Drive labels in your organization that you have access to",
	auth + "spreadsheets":            "See, edit, create, and delete all your Google Sheets spreadsheets",
	auth + "spreadsheets.readonly":   "See all your Google Sheets spreadsheets",
	auth + "documents":               "See, edit, create, and delete all your Google Docs documents",
	auth + "documents.readonly":      "See all your Google Docs documents",
	auth + "presentations":           "See, edit, create, and delete all your Google Slides presentations",
	auth + "presentations.readonly":  "See all your Google Slides presentations",
	auth + "bigquery":                "View and manage your data in Google BigQuery and see the email address for your Google Account",
	auth + "bigquery.readonly":       "View your data in Google BigQuery",
	auth + "cloud-platform":          "See, edit, configure, and delete your Google Cloud data and see the email address for your Google Account.",
	auth + "calendar":                "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
	auth + "calendar.readonly":       "See and download any calendar you can access using your Google Calendar",
	auth + "contacts":                "See, edit, download, and permanently delete your contacts",
	auth + "contacts.readonly":       "See and download your contacts",
	auth + "gmail.readonly":          "View your email messages and settings",
	auth + "gmail.send":              "Send email on your behalf",
	auth + "script.external_request": "Connect to an external service",
	auth + "script.projects":         "Create and update Google Apps Script projects",

	"https://mail.google.com/":              "Read, compose, send, and permanently delete all your email from Gmail",
	"https://spreadsheets.google.com/feeds": "See, edit, create, and delete all your Google Sheets spreadsheets",
}

// deviceScopes are those that a device with no browser may ask for.
//
// https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes
var deviceScopes = []string{scopeOpenID, scopeEmail, scopeProfile, auth + "drive.appdata", auth + "drive.file"}

// unknownScope reports whether Google has no such scope.
func unknownScope(s string) bool { return wording[s] == "" }

// canonical are scopes by their full names, each once.
func canonical(scopes []string) (out []string) {
	for _, s := range scopes {
		switch s {
		case "email":
			s = scopeEmail
		case "profile":
			s = scopeProfile
		case "https://www.googleapis.com/auth/plus.me":
			s = scopeProfile
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// within reports whether all scopes are among those that were given.
func within(scopes, given []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(given, s) })
}

// signsIn reports whether a scope only says who somebody is, which nobody can leave out.
func signsIn(s string) bool { return s == scopeOpenID || strings.HasPrefix(s, auth+"userinfo.") }

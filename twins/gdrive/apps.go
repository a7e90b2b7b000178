package gdrive

import (
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) appsOperations() {
	d.On(twin.Full, "apps.list", d.appsList).Answers(api.AppList{}, "")
	d.On(twin.Full, "apps.get", d.appsGet).Answers(api.App{}, "")
}

func errNoApp(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "App not found: %s", id).At("appId")
}

// appsList lists the apps that the caller has installed, or of these such as open some types of files.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/apps/list
func (d *Drive) appsList(c *call) (any, error) {
	extensions, types := list(c.Q("appFilterExtensions")), list(c.Q("appFilterMimeTypes"))
	c.Q("languageCode")
	items, defaults := []any{}, []any{}
	for a := range d.apps.All(c.Tx, "") {
		opens := func(have, wanted []string) bool {
			return slices.ContainsFunc(wanted, func(w string) bool { return slices.Contains(have, w) })
		}
		wanted := len(extensions)+len(types) == 0 || opens(a.Extensions, extensions) || opens(append(slices.Clone(a.Types), a.MoreTypes...), types)
		if !slices.Contains(a.Users, c.Who.User.ID) || !wanted {
			continue
		}
		items = append(items, d.appView(c, a))
		if opens(a.Types, types) {
			defaults = append(defaults, a.ID)
		}
	}
	return obj{"kind": "drive#appList", "selfLink": c.Link + "/drive/v3/apps", "items": items, "defaultAppIds": defaults}, nil
}

// appsGet answers one app.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/apps/get
func (d *Drive) appsGet(c *call) (any, error) {
	a, ok := d.apps.Get(c.Tx, c.Param("appId"))
	if !ok {
		return nil, errNoApp(c.Param("appId"))
	}
	return d.appView(c, a), nil
}

func (d *Drive) appView(c *call, a App) obj {
	installed, authorized := slices.Contains(a.Users, c.Who.User.ID), false
	wide := false
	for t := range d.Access.All(c.Tx, "") {
		if t.User == c.Who.User.ID && t.Client == a.Client && a.Client != "" {
			authorized = true
			wide = wide || slices.Contains(t.Scopes, "https://www.googleapis.com/auth/drive")
		}
	}
	v := obj{
		"kind": "drive#app", "id": a.ID, "name": a.Name, "installed": installed, "authorized": authorized, "hasDriveWideScope": wide, "useByDefault": false,
		"supportsCreate": a.CreateURL != "", "supportsImport": false, "supportsMultiOpen": false, "supportsOfflineCreate": false,
		"primaryMimeTypes": texts(a.Types), "primaryFileExtensions": texts(a.Extensions), "secondaryMimeTypes": texts(a.MoreTypes), "secondaryFileExtensions": []any{},
		"icons": []any{obj{"category": "application", "size": 16, "iconUrl": c.Link + "/16/type/" + "application/vnd.google-apps.drive-sdk." + a.ID}},
	}
	for name, s := range map[string]string{"shortDescription": a.About, "objectType": a.Makes, "openUrlTemplate": a.OpenURL, "createUrl": a.CreateURL} {
		if s != "" {
			v[name] = s
		}
	}
	return v
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

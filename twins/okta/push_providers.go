package okta

import "twinset.dev/kit/twin"

// pushProviderKind is how the push messages of a custom app authenticator are sent: by Apple or by Google.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/PushProvider/
var pushProviderKind = &kind{name: "push_providers", noun: "PushProviderConfigEntity", prefix: "ppc", path: "/api/v1/push-providers/%s", event: "system.push_provider",
	drops: []string{"lastUpdatedDate"}}

func init() {
	pushProviderKind.check, pushProviderKind.view, pushProviderKind.deletes = checkPushProvider, viewPushProvider, deletePushProvider
}

func (o *Okta) pushProvidersOperations() {
	o.serveKind(twin.Full, pushProviderKind, crud{create: "createPushProvider", get: "getPushProvider", replace: "replacePushProvider", delete: "deletePushProvider"}, nil)
	o.on(twin.Full, "listPushProviders", o.listPushProviders)
}

func (o *Okta) listPushProviders(c *call) (any, error) {
	kind := c.query.Get("type")
	out := []any{}
	for r := range c.all(pushProviderKind, "") {
		if kind == "" || kind == text(r.Doc["providerType"]) {
			out = append(out, c.shown(pushProviderKind, r))
		}
	}
	return out, nil
}

func checkPushProvider(c *call, doc obj, was *Record) error {
	name, kind, config := text(doc["name"]), text(doc["providerType"]), object(doc["configuration"])
	var missing []string
	for _, f := range []struct {
		name  string
		there bool
	}{{"name", name != ""}, {"providerType", kind != ""}, {"configuration", config != nil}} {
		if !f.there {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		first := missing[0]
		for i, f := range missing {
			missing[i] = f + ": The field cannot be left blank"
		}
		return invalid(first, missing...)
	}
	kept := obj{}
	switch kind {
	case "APNS":
		for _, k := range []string{"keyId", "teamId", "tokenSigningKey"} {
			kept[k] = text(config[k])
			if kept[k] == "" && k == "tokenSigningKey" && was != nil {
				kept[k] = text(dig(was.Doc, "configuration", k))
			}
			if kept[k] == "" {
				return blank("configuration." + k)
			}
		}
	case "FCM":
		account := object(config["serviceAccountJson"])
		if account == nil && was != nil {
			account = object(dig(was.Doc, "configuration", "serviceAccountJson"))
		}
		if account == nil {
			return blank("configuration.serviceAccountJson")
		}
		if text(account["project_id"]) == "" {
			return invalid("configuration.serviceAccountJson", "configuration.serviceAccountJson: The service account JSON is not valid.")
		}
		kept["serviceAccountJson"], kept["projectId"] = copied(account), account["project_id"]
	default:
		return errMalformed
	}
	if was != nil && text(was.Doc["providerType"]) != kind {
		return invalid("providerType", "providerType: The field cannot be changed.")
	}
	if f := text(config["fileName"]); f != "" {
		kept["fileName"] = f
	}
	clear(doc)
	doc["name"], doc["providerType"], doc["configuration"] = name, kind, kept
	return nil
}

func viewPushProvider(c *call, r Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
	v["lastUpdatedDate"] = stamp(r.Updated)
	v["configuration"] = without(object(r.Doc["configuration"]), "tokenSigningKey", "serviceAccountJson")
}

// deletePushProvider refuses to take from a custom app authenticator what it pushes by.
func deletePushProvider(c *call, r Record) error {
	for a := range c.all(authenticatorKind, "") {
		for _, used := range object(dig(a.Doc, "provider", "configuration")) {
			if object(used)["id"] == r.ID {
				return errPushProviderUsed
			}
		}
	}
	return nil
}

package okta

import (
	"slices"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// ssfStreamKind is a receiver whom the org tells of what concerns the safety of people's sessions.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SSFTransmitter/
var ssfStreamKind = &kind{name: "ssf_streams", noun: "SsfStream", prefix: "esc", title: "stream_id", event: "system.ssf.stream"}

// The events that a stream can have.
const (
	eventSessionRevoked   = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
	eventCredentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
	eventVerification     = "https://schemas.openid.net/secevent/ssf/event-type/verification"
)

var ssfEvents = []string{eventSessionRevoked, eventCredentialChange}

func (o *Okta) ssfOperations() {
	o.on(twin.Full, "getWellknownSsfMetadata", o.getWellknownSsfMetadata).public()
	o.on(twin.Full, "getSsfStreams", o.getSsfStreams)
	o.on(twin.Full, "createSsfStream", o.createSsfStream)
	o.on(twin.Full, "replaceSsfStream", func(c *call) (any, error) { return c.writeStream(true) })
	o.on(twin.Full, "updateSsfStream", func(c *call) (any, error) { return c.writeStream(false) })
	o.on(twin.Full, "deleteSsfStream", o.deleteSsfStream)
	o.on(twin.Full, "getSsfStreamStatus", o.getSsfStreamStatus)
	o.on(twin.Full, "verifySsfStream", o.verifySsfStream)
}

func (o *Okta) getWellknownSsfMetadata(c *call) (any, error) {
	at := c.link("/api/v1/ssf/stream")
	return obj{"issuer": c.base, "jwks_uri": c.link("/oauth2/v1/keys"), "delivery_methods_supported": []any{"urn:ietf:rfc:8935"}, "configuration_endpoint": at, "verification_endpoint": at + "/verification", "status_endpoint": at + "/status",
		"default_subjects": "ALL", "spec_version": "1_0-ID3", "authorization_schemes": []any{obj{"spec_urn": "urn:ietf:rfc:6749"}}}, nil
}

// stream is the stream of an id, or the only one there is if the caller names none.
func (c *call) stream(id string) (Record, error) {
	if id != "" {
		return c.fetch(ssfStreamKind, "", id)
	}
	for r := range c.all(ssfStreamKind, "") {
		return r, nil
	}
	return Record{}, notFound("stream", ssfStreamKind.noun)
}

func (c *call) streamView(r Record) obj {
	return with(r.Doc, obj{"stream_id": r.ID, "iss": c.base, "events_supported": anys(ssfEvents), "min_verification_interval": nil})
}

// getSsfStreams returns all streams, or the one that the caller names.
func (o *Okta) getSsfStreams(c *call) (any, error) {
	if id := c.query.Get("stream_id"); id != "" {
		r, err := c.stream(id)
		return c.streamView(r), err
	}
	out := []any{}
	for r := range c.all(ssfStreamKind, "") {
		out = append(out, c.streamView(r))
	}
	return out, nil
}

// createSsfStream begins to tell a receiver. An org has one.
func (o *Okta) createSsfStream(c *call) (any, error) {
	for range c.all(ssfStreamKind, "") {
		return nil, &refusal{status: 409, code: "E0000195", summary: "Api validation failed due to conflict: stream"}
	}
	doc, err := c.streamDoc(nil)
	if err != nil {
		return nil, err
	}
	r := c.keep(ssfStreamKind, Record{ID: c.id(ssfStreamKind.prefix), Status: "enabled", Created: c.at(), Updated: c.at(), Order: c.order(), Doc: doc})
	c.logged("system.ssf.stream.create", "SUCCESS", target{r.ID, "SsfStream", r.ID})
	return created(c.streamView(r)), nil
}

// streamDoc is what was sent of a stream, over what there was.
func (c *call) streamDoc(was obj) (obj, error) {
	doc := clone(was)
	if doc == nil {
		doc = obj{"format": "iss_sub"}
	}
	for _, k := range []string{"delivery", "events_requested", "format"} {
		if v, ok := c.body[k]; ok {
			doc[k] = copied(v)
		}
	}
	delivery := object(doc["delivery"])
	switch {
	case delivery == nil:
		return nil, blank("delivery")
	case text(delivery["method"]) != "urn:ietf:rfc:8935" && text(delivery["method"]) != "https://schemas.openid.net/secevent/risc/delivery-method/push":
		return nil, invalid("delivery.method", "delivery.method: The delivery method is not supported.")
	case !isURL(text(delivery["endpoint_url"])):
		return nil, invalid("delivery.endpoint_url", "delivery.endpoint_url: The field must be a valid URL.")
	case len(texts(doc["events_requested"])) == 0:
		return nil, blank("events_requested")
	case text(doc["format"]) != "iss_sub":
		return nil, errMalformed
	}
	delivered := []any{}
	for _, e := range texts(doc["events_requested"]) {
		if slices.Contains(ssfEvents, e) {
			delivered = append(delivered, e)
		}
	}
	doc["events_delivered"], doc["aud"] = delivered, delivery["endpoint_url"]
	return doc, nil
}

// writeStream changes a stream: all of it, or what was sent.
func (c *call) writeStream(whole bool) (any, error) {
	r, err := c.stream(text(c.body["stream_id"]))
	if err != nil {
		return nil, err
	}
	was := r.Doc
	if whole {
		was = nil
	}
	if r.Doc, err = c.streamDoc(was); err != nil {
		return nil, err
	}
	r.Updated = c.at()
	return c.streamView(c.keep(ssfStreamKind, r)), nil
}

func (o *Okta) deleteSsfStream(c *call) (any, error) {
	id := c.query.Get("stream_id")
	for r := range c.all(ssfStreamKind, "") {
		if id == "" || id == r.ID {
			o.tables[ssfStreamKind].records.Delete(c.Tx, r.ID)
			return nil, nil
		}
	}
	return nil, notFound(id, ssfStreamKind.noun)
}

func (o *Okta) getSsfStreamStatus(c *call) (any, error) {
	if c.query.Get("stream_id") == "" {
		return nil, blank("stream_id")
	}
	r, err := c.stream(c.query.Get("stream_id"))
	return obj{"stream_id": r.ID, "status": r.Status}, err
}

// verifySsfStream sends a receiver an event that tells of nothing but itself.
func (o *Okta) verifySsfStream(c *call) (any, error) {
	if text(c.body["stream_id"]) == "" {
		return nil, blank("stream_id")
	}
	r, err := c.stream(text(c.body["stream_id"]))
	if err != nil {
		return nil, err
	}
	return nil, c.transmit(r, eventVerification, obj{"state": c.body["state"]}, obj{"format": "opaque", "id": r.ID})
}

// transmit sends an event to a receiver as a token that the org has signed.
//
// https://datatracker.ietf.org/doc/html/rfc8417
func (c *call) transmit(r Record, kind string, event obj, subject obj) error {
	kid := c.kidsOf(oauthServer{})[0]
	token, err := (&signer{c.o.privateKey(kid), kid}).sign(obj{"iss": c.base, "aud": r.Doc["aud"], "iat": c.Now.Unix(), "jti": c.Rand(32, idAlphabet), "sub_id": subject, "events": obj{kind: event}}, "secevent+jwt")
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
	if h := text(dig(r.Doc, "delivery", "authorization_header")); h != "" {
		header["Authorization"] = h
	}
	c.Deliver(outbox.Delivery{Twin: "okta", Kind: toReceiver, Topic: kind, URL: text(dig(r.Doc, "delivery", "endpoint_url")), Header: header, Body: token, Subject: r.ID})
	return nil
}

// ssfEventOf are the events of the log that receivers are told of, and as what.
var ssfEventOf = map[string]string{"user.session.end": eventSessionRevoked, "user.session.clear": eventSessionRevoked, "user.account.update_password": eventCredentialChange,
	"user.account.reset_password": eventCredentialChange, "user.mfa.factor.activate": eventCredentialChange, "user.mfa.factor.deactivate": eventCredentialChange}

// tellReceivers sends what concerns a person's safety to the receivers that asked for it.
func (c *call) tellReceivers(kind string, targets []target) {
	event := ssfEventOf[kind]
	if event == "" {
		return
	}
	for r := range c.all(ssfStreamKind, "") {
		for _, t := range targets {
			if t.Type != "User" || !slices.Contains(texts(r.Doc["events_delivered"]), event) {
				continue
			}
			body := obj{"event_timestamp": c.Now.Unix(), "initiating_entity": "admin"}
			if event == eventCredentialChange {
				body["change_type"], body["credential_type"] = "update", "password"
			}
			c.transmit(r, event, body, obj{"format": "iss_sub", "iss": c.base, "sub": t.ID})
		}
	}
}

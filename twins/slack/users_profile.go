package slack

import (
	"bytes"
	"encoding/json"
	"image"
	"image/draw"
	"image/gif"
	_ "image/jpeg" // photos come as JPEG too
	"image/png"
	"io"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// usersProfileMethods are the methods of what people say of themselves.
//
// https://docs.slack.dev/reference/methods?family=users.profile
func (s *Slack) usersProfileMethods() {
	read(s, "users.profile.get", about{twin.Full, tier4, "users.profile:read", "users.profile:read"}, s.usersProfileGet)
	write(s, "users.profile.set", about{twin.Full, tier3, "-", "users.profile:write"}, s.usersProfileSet)
	write(s, "users.setPhoto", about{twin.Partial, tier2, "-", "users.profile:write"}, s.usersSetPhoto).op.Notes = "an animation of any length is taken: never too_many_frames"
	write(s, "users.deletePhoto", about{twin.Full, tier2, "-", "users.profile:write"}, s.usersDeletePhoto)
}

// A ProfileField is a field that a workspace adds to its members' profiles.
//
// https://docs.slack.dev/reference/methods/team.profile.get
type ProfileField struct {
	ID        string   `json:"id"`
	Team      string   `json:"team"`
	Ordering  int64    `json:"ordering"`
	Name      string   `json:"name"`
	Label     string   `json:"label"`
	Hint      string   `json:"hint"`
	Type      string   `json:"type"` // text, long_text, options_list, date, link, tags, user
	Values    []string `json:"values"`
	Hidden    bool     `json:"hidden"`
	SCIM      bool     `json:"scim"` // kept up to date by provisioning alone
	Protected bool     `json:"protected"`
	Section   string   `json:"section"`
}

// timerStatus clears a status that expires.
const timerStatus = "status"

// avatarSizes are the sizes that every user's picture comes in.
var avatarSizes = []string{"24", "32", "48", "72", "192", "512"}

func (c *call) avatar(id, size string) string { return c.base + "/avatars/" + id + "_" + size + ".png" }

// profileView returns a user's profile as the caller sees it.
//
// https://docs.slack.dev/reference/objects/user-object#profile
func (c *call) profileView(u User) reply {
	p := reply{
		"title": u.Title, "phone": u.Phone, "skype": u.Skype, "real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.DisplayName, "display_name_normalized": u.DisplayName,
		"status_text": u.StatusText, "status_emoji": u.StatusEmoji, "status_emoji_display_info": c.emojiDisplay(u.StatusEmoji),
		"status_expiration": u.StatusExpiration, "status_text_canonical": "",
		"avatar_hash": avatarHash(u), "team": u.Team,
	}
	for _, size := range avatarSizes {
		p["image_"+size] = c.avatar(u.ID, size)
	}
	first, last, _ := strings.Cut(u.RealName, " ")
	p["first_name"], p["last_name"] = or(u.FirstName, first), or(u.LastName, last)
	if u.Email != "" && (c.has("users:read.email") || c.token.Kind == "" || u.ID == c.user.ID) {
		p["email"] = u.Email
	}
	if u.Pronouns != "" {
		p["pronouns"] = u.Pronouns
	}
	if u.StartDate != "" {
		p["start_date"] = u.StartDate
	}
	if u.Image != "" {
		p["is_custom_image"] = true
		p["image_1024"] = c.avatar(u.ID, "1024")
		p["image_original"] = c.avatar(u.ID, "original")
	}
	if u.Bot {
		p["api_app_id"], p["always_active"], p["bot_id"] = u.App, true, u.BotID
	}
	if u.Huddle != "" {
		p["huddle_state"], p["huddle_state_expiration_ts"] = "in_a_huddle", 0
	}
	return p
}

func avatarHash(u User) string {
	if u.Image != "" {
		return u.Image[:12]
	}
	return "g" + strings.ToLower(u.ID)
}

// emojiDisplay says how to draw the emoji of a status.
func (c *call) emojiDisplay(emoji string) []reply {
	name := strings.Trim(emoji, ":")
	if name == "" {
		return []reply{}
	}
	v := reply{"emoji_name": name}
	e, ok := c.s.emoji.Get(c.Tx, c.token.Team+"/"+name)
	if ok && e.Alias != "" {
		v["display_alias"] = e.Alias
		e, ok = c.s.emoji.Get(c.Tx, c.token.Team+"/"+e.Alias)
	}
	if ok {
		v["display_url"] = c.emojiURL(e)
	}
	return []reply{v}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// usersProfileGet returns the profile of a user, with the workspace's own fields.
//
// https://docs.slack.dev/reference/methods/users.profile.get
func (s *Slack) usersProfileGet(c *call, in *api.UsersProfileGetRequest) (any, error) {
	u, ok := s.users.Get(c.Tx, or(in.User, c.user.ID))
	if !ok || !c.seesUser(u) {
		return nil, errUserNotFound
	}
	return reply{"profile": c.wholeProfile(u, in.IncludeLabels)}, nil
}

// wholeProfile is a profile with the workspace's own fields, and their labels if wanted.
func (c *call) wholeProfile(u User, labels bool) reply {
	fields := reply{}
	for f := range c.s.profileFields.All(c.Tx, u.Team+"/") {
		x, ok := u.Fields[f.ID]
		if !ok || f.Hidden && u.ID != c.user.ID && !c.user.Admin {
			continue
		}
		v := reply{"value": x.Value, "alt": x.Alt}
		if labels {
			v["label"] = f.Label
		}
		fields[f.ID] = v
	}
	p := c.profileView(u)
	p["fields"] = fields
	return p
}

// usersProfileSet changes a profile: one's own, or as an admin somebody else's.
//
// https://docs.slack.dev/reference/methods/users.profile.set
func (s *Slack) usersProfileSet(c *call, in *api.UsersProfileSetRequest) (any, error) {
	u, err := c.profileOf(in.User)
	if err != nil {
		return nil, err
	}
	var set map[string]json.RawMessage
	switch {
	case in.Name != "":
		set = map[string]json.RawMessage{in.Name: encode(in.Value)}
		if strings.HasPrefix(in.Name, "Xf") {
			set = map[string]json.RawMessage{"fields": encode(reply{in.Name: reply{"value": in.Value}})}
		}
	case json.Unmarshal(in.Profile, &set) != nil || len(set) == 0 || len(set) > 50:
		return nil, errInvalidProfile
	}
	before := u
	if u, err = c.setProfile(u, set); err != nil {
		return nil, err
	}
	c.keepProfile(before, u)
	return reply{"username": u.Name, "profile": c.wholeProfile(u, false)}, nil
}

// profileOf finds the user whose profile the caller wants to change, and refuses one above the caller.
func (c *call) profileOf(user string) (User, error) {
	if user == "" || user == c.user.ID {
		return c.user, nil
	}
	u, ok := c.s.users.Get(c.Tx, user)
	switch {
	case !c.user.Admin:
		return u, errNotAdmin
	case !ok:
		return u, errUserNotFound
	case u.Bot && !c.user.Owner:
		return u, errNotAppAdmin
	case u.Owner && !c.user.PrimaryOwner, u.Admin && !c.user.Owner:
		return u, errCannotUpdateAdminUser
	}
	return u, nil
}

// reservedNames are those that mean something else after an @.
var reservedNames = []string{"channel", "everyone", "group", "here", "slackbot"}

var emojiSyntax = regexp.MustCompile(`^:[a-z0-9_+'-]+:(:skin-tone-[2-6]:)?$`)

// setProfile returns u with what is in set. Keys that nobody can set are passed over, as Slack does.
func (c *call) setProfile(u User, set map[string]json.RawMessage) (User, error) {
	str := func(key string) (string, bool) {
		j, ok := set[key]
		var v string
		if !ok || json.Unmarshal(j, &v) != nil {
			return "", false
		}
		return strings.TrimSpace(v), true
	}
	names := []struct {
		key string
		to  *string
	}{{"real_name", &u.RealName}, {"first_name", &u.FirstName}, {"last_name", &u.LastName}, {"display_name", &u.DisplayName}}
	for _, n := range names {
		v, ok := str(n.key)
		switch {
		case !ok || v == "" && n.key != "display_name" && n.key != "last_name":
			continue
		case slices.Contains(reservedNames, strings.ToLower(v)):
			return u, errReservedName
		case strings.HasPrefix(v, "@"):
			return u, errInvalidStartsWithAt
		case strings.Contains(v, "://"):
			return u, errNameNotAllowed
		case utf8.RuneCountInString(v) > 80:
			return u, errProfileSetFailed
		}
		*n.to = v
		switch n.key {
		case "real_name":
			u.FirstName, u.LastName, _ = strings.Cut(v, " ")
		case "first_name", "last_name":
			u.RealName = strings.TrimSpace(u.FirstName + " " + u.LastName)
		}
	}
	for key, to := range map[string]*string{"title": &u.Title, "phone": &u.Phone, "skype": &u.Skype, "pronouns": &u.Pronouns} {
		if v, ok := str(key); ok {
			if utf8.RuneCountInString(v) > 255 {
				return u, errProfileSetFailed
			}
			*to = v
		}
	}
	if v, ok := str("start_date"); ok {
		if _, err := time.Parse(time.DateOnly, v); err != nil && v != "" {
			return u, errProfileSetFailed
		}
		u.StartDate = v
	}
	if v, ok := str("email"); ok && !strings.EqualFold(v, u.Email) && v != "" {
		if !c.user.Admin {
			return u, errNotAdmin
		}
		if !validEmail(v) {
			return u, errProfileSetFailed
		}
		if other, taken := c.userByEmail(v); taken && other.ID != u.ID {
			return u, errEmailTaken
		}
		u.Email = strings.ToLower(v)
	}
	u, err := c.setStatus(u, set)
	if err != nil {
		return u, err
	}
	return c.setFields(u, set["fields"])
}

// validEmail reports whether s is an address and nothing else.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s[strings.LastIndex(s, "@")+1:], ".")
}

// setStatus returns u with the status in set. A text without an emoji gets a speech balloon.
//
// https://docs.slack.dev/apis/web-api/user-presence-and-status#custom-status
func (c *call) setStatus(u User, set map[string]json.RawMessage) (User, error) {
	text, withText := set["status_text"]
	emoji, withEmoji := set["status_emoji"]
	expires, withExpires := set["status_expiration"]
	if !withText && !withEmoji && !withExpires {
		return u, nil
	}
	var was = u
	if withText && json.Unmarshal(text, &u.StatusText) != nil || withEmoji && json.Unmarshal(emoji, &u.StatusEmoji) != nil {
		return u, errInvalidProfile
	}
	if withText || withEmoji {
		u.StatusExpiration = 0
	}
	if withExpires {
		n, err := strconv.ParseFloat(strings.Trim(string(expires), `"`), 64)
		if err != nil || n < 0 {
			return u, errProfileSetFailed
		}
		u.StatusExpiration = int64(n)
	}
	switch {
	case utf8.RuneCountInString(u.StatusText) > 100:
		return u, errTooLong
	case u.StatusEmoji != "" && !emojiSyntax.MatchString(u.StatusEmoji):
		return u, errProfileStatusNotEmojiSyntax
	case withText && !withEmoji && u.StatusText == "" && was.StatusEmoji != "", withEmoji && !withText && u.StatusEmoji == "" && was.StatusText != "":
		return u, errMustClearBothStatus
	case u.StatusText != "" && u.StatusEmoji == "":
		u.StatusEmoji = ":speech_balloon:"
	case u.StatusText == "" && u.StatusEmoji == "":
		u.StatusExpiration = 0
	}
	return u, nil
}

// setFields returns u with the workspace's own fields that j has values for. An empty value clears one.
func (c *call) setFields(u User, j json.RawMessage) (User, error) {
	var set map[string]json.RawMessage
	if len(j) == 0 || json.Unmarshal(j, &set) != nil {
		return u, nil
	}
	fields := map[string]Custom{}
	maps.Copy(fields, u.Fields)
	for _, id := range slices.Sorted(maps.Keys(set)) {
		j := set[id]
		f, ok := c.s.profileFields.Get(c.Tx, u.Team+"/"+id)
		if !ok {
			return u, errProfileSetFailed
		}
		if f.SCIM || f.Protected && !c.user.Admin {
			return u, errPermissionDenied
		}
		var x Custom
		if json.Unmarshal(j, &x) != nil && json.Unmarshal(j, &x.Value) != nil {
			return u, errInvalidProfile
		}
		if x.Value == "" {
			delete(fields, id)
			continue
		}
		if !c.fits(f, x.Value) {
			return u, errProfileSetFailed
		}
		fields[id] = x
	}
	u.Fields = fields
	return u, nil
}

// fits reports whether a value is of the field's type.
func (c *call) fits(f ProfileField, v string) bool {
	switch f.Type {
	case "options_list":
		return slices.Contains(f.Values, v)
	case "date":
		_, err := time.Parse(time.DateOnly, v)
		return err == nil
	case "link":
		return strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://")
	case "user":
		return !slices.ContainsFunc(list(v), func(id string) bool { return !c.s.users.Has(c.Tx, id) })
	case "text":
		return utf8.RuneCountInString(v) <= 255
	}
	return utf8.RuneCountInString(v) <= 5000
}

// keepProfile stores a user whose profile has changed and tells everyone concerned.
func (c *call) keepProfile(before, u User) {
	u.Updated = c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	status := before.StatusText != u.StatusText || before.StatusEmoji != u.StatusEmoji || before.StatusExpiration != u.StatusExpiration
	if status {
		c.Cancel("slack", timerStatus, u.ID)
		if u.StatusExpiration > 0 {
			c.At(time.Unix(u.StatusExpiration, 0), "slack", timerStatus, u.ID)
		}
		c.emitUser(u, "user_profile_changed", "user_status_changed")
		return
	}
	c.emitUser(u, "user_profile_changed")
}

// statusExpires clears a status whose time has come.
func (s *Slack) statusExpires(tc *twin.Call, user string) {
	u, ok := s.users.Get(tc.Tx, user)
	if !ok || u.StatusExpiration == 0 || u.StatusExpiration > tc.Now.Unix() {
		return
	}
	before := u
	u.StatusText, u.StatusEmoji, u.StatusExpiration = "", "", 0
	s.act(tc, user).keepProfile(before, u)
}

// Limits of a photo.
const (
	maxPhoto     = 8 << 20
	maxPhotoSide = 4096
)

// usersSetPhoto gives the caller a picture: an uploaded one, or the square of it that a crop box says.
//
// https://docs.slack.dev/reference/methods/users.setPhoto
func (s *Slack) usersSetPhoto(c *call, in *usersSetPhotoRequest) (any, error) {
	part, ok := c.args.file("image")
	if !ok {
		return nil, errBadImage
	}
	f, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPhoto+1))
	if err != nil {
		return nil, err
	}
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(b))
	switch {
	case err != nil:
		return nil, errBadImage
	case cfg.Width > maxPhotoSide || cfg.Height > maxPhotoSide || len(b) > maxPhoto:
		return nil, errTooLarge
	}
	img, err := decodePhoto(b, kind)
	if err != nil {
		return nil, errBadImage
	}
	box := image.Rect(int(in.CropX), int(in.CropY), int(in.CropX+in.CropW), int(in.CropY+in.CropW))
	if !c.args.given("crop_w") {
		side := min(cfg.Width, cfg.Height)
		x, y := (cfg.Width-side)/2, (cfg.Height-side)/2
		box = image.Rect(x, y, x+side, y+side)
	}
	if box.Empty() || !box.In(image.Rect(0, 0, cfg.Width, cfg.Height)) {
		return nil, errBadImage
	}
	square := image.NewNRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	draw.Draw(square, square.Bounds(), img, img.Bounds().Min.Add(box.Min), draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, square); err != nil {
		return nil, err
	}
	u := c.user
	blobs := c.World.Host.DB.Blobs()
	if u.Original, _, err = blobs.Put(bytes.NewReader(b)); err != nil {
		return nil, err
	}
	if u.Image, _, err = blobs.Put(&out); err != nil {
		return nil, err
	}
	c.keepProfile(c.user, u)
	p := reply{"avatar_hash": avatarHash(u), "image_1024": c.avatar(u.ID, "1024"), "image_original": c.avatar(u.ID, "original")}
	for _, size := range avatarSizes {
		p["image_"+size] = c.avatar(u.ID, size)
	}
	return reply{"profile": p}, nil
}

type usersSetPhotoRequest struct {
	CropX int64  `json:"crop_x"`
	CropY int64  `json:"crop_y"`
	CropW int64  `json:"crop_w"`
	Image string `json:"image"`
}

// decodePhoto returns the picture in b; of an animation, its first frame.
func decodePhoto(b []byte, kind string) (image.Image, error) {
	if kind == "gif" {
		return gif.Decode(bytes.NewReader(b))
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	return img, err
}

// usersDeletePhoto takes the caller's picture away; a drawn one takes its place.
//
// https://docs.slack.dev/reference/methods/users.deletePhoto
func (s *Slack) usersDeletePhoto(c *call, in *api.UsersDeletePhotoRequest) (any, error) {
	if c.user.Image == "" {
		return nil, nil
	}
	u := c.user
	u.Image, u.Original = "", ""
	c.keepProfile(c.user, u)
	return nil, nil
}

// usersPrefsGet returns what the caller prefers in the product; undocumented, but its clients call it.
func (s *Slack) usersPrefsGet(c *call, in *struct{}) (any, error) {
	return reply{"prefs": c.prefs(c.user)}, nil
}

// prefs are a user's preferences; those that were never set are as Slack ships them.
func (c *call) prefs(u User) reply {
	v := reply{"muted_channels": "", "tz": u.TZ, "locale": or(u.Locale, "en-US"), "email_misc": true, "time24": false, "sidebar_behavior": "",
		"emoji_mode": "default", "highlight_words": "", "all_channels_loud": false, "push_mention_alert": true}
	for name, j := range u.Prefs {
		v[name] = j
	}
	return v
}

// usersPrefsSet changes the caller's preferences: one by name and value, several as an object, or by their own names.
// Muted channels are a preference.
func (s *Slack) usersPrefsSet(c *call, in *usersPrefsSetRequest) (any, error) {
	set := map[string]json.RawMessage{}
	if len(in.Prefs) > 0 && json.Unmarshal(in.Prefs, &set) != nil {
		return nil, errInvalidArguments
	}
	if in.Name != "" {
		set[in.Name] = prefValue(in.Value)
	}
	if c.args.given("muted_channels") {
		set["muted_channels"] = encode(in.Muted)
	}
	if len(set) == 0 {
		return nil, errInvalidArguments
	}
	u := c.user
	u.Prefs = map[string]json.RawMessage{}
	maps.Copy(u.Prefs, c.user.Prefs)
	for name, j := range set {
		if name == "muted_channels" {
			j = encode(c.mute(j))
		}
		u.Prefs[name] = j
	}
	s.users.Put(c.Tx, u)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		c.emit(event{Type: "pref_change", To: []string{u.ID}, Body: reply{"name": name, "value": u.Prefs[name]}})
	}
	return reply{"prefs": c.prefs(u)}, nil
}

type usersPrefsSetRequest struct {
	Prefs  json.RawMessage `json:"prefs"`
	Name   string          `json:"name"`
	Value  string          `json:"value"`
	Muted  string          `json:"muted_channels"`
	Reason string          `json:"reason"`
}

// prefValue keeps numbers and booleans as such.
func prefValue(s string) json.RawMessage {
	if s == "true" || s == "false" {
		return json.RawMessage(s)
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return json.RawMessage(s)
	}
	return encode(s)
}

// mute marks the caller's channels that are in a list as muted, and the others as not; it returns the list without
// what the caller is not in.
func (c *call) mute(j json.RawMessage) string {
	var text string
	json.Unmarshal(j, &text)
	asked := list(text)
	var muted []string
	for m := range c.s.membersByUser.All(c.Tx, c.user.ID) {
		is := slices.Contains(asked, m.Channel)
		if is {
			muted = append(muted, m.Channel)
		}
		if is != m.Muted {
			m.Muted = is
			c.s.members.Put(c.Tx, m)
		}
	}
	return strings.Join(muted, ",")
}

// botProfile is how a message shows the app that wrote it.
func (c *call) botProfile(b Bot) reply {
	return reply{
		"id": b.ID, "app_id": b.App, "name": b.Name, "deleted": b.Deleted, "updated": b.Updated, "team_id": b.Team,
		"icons": c.icons(b),
	}
}

func (c *call) icons(b Bot) reply {
	v := reply{}
	for _, size := range []string{"36", "48", "72"} {
		v["image_"+size] = c.avatar(b.ID, size)
	}
	return v
}

package slack

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// emojiMethods are the emoji.* methods, and the pictures they link to.
//
// https://docs.slack.dev/reference/methods/emoji.list
func (s *Slack) emojiMethods() {
	read(s, "emoji.list", about{twin.Full, tier2, "emoji:read", "emoji:read"}, s.emojiList).op.Notes = "the categories name the emoji that people use most"
	op := s.Operation(&twin.Operation{ID: "emoji.image", Method: http.MethodGet, Path: "/emoji/:team/:name/:file", Level: twin.Full, Notes: "the picture of a custom emoji"})
	s.Echo.GET(op.Path, func(ec echo.Context) error {
		return s.Serve(ec, op, "", func(r *twin.Request) (a twin.Answer, err error) {
			err = r.View(func(c *twin.Call) error {
				e, ok := s.emoji.Get(c.Tx, ec.Param("team")+"/"+ec.Param("name"))
				if !ok || e.Alias != "" {
					a = twin.Answer{Status: http.StatusNotFound, Type: "text/plain; charset=utf-8", Body: []byte("no such emoji\n")}
					return nil
				}
				a, err = e.picture(c)
				return err
			})
			return a, err
		})
	})
}

// An Emoji is one that a workspace has added: a picture, or another name for one.
type Emoji struct {
	Team    string `json:"team"`
	Name    string `json:"name"`
	URL     string `json:"url"`   // where the picture is, if the twin has none
	Image   string `json:"image"` // blob
	Alias   string `json:"alias"`
	By      string `json:"by"`
	Created int64  `json:"created"`
}

// emojiURL is where the picture of an emoji is.
func (c *call) emojiURL(e Emoji) string {
	if e.URL != "" {
		return e.URL
	}
	h := fnv.New64a()
	h.Write([]byte(e.Name + e.Image))
	return c.base + "/emoji/" + e.Team + "/" + e.Name + "/" + strconv.FormatUint(h.Sum64(), 16) + ".png"
}

// picture is what an emoji looks like: its blob, or a square in a colour of its own.
func (e Emoji) picture(c *twin.Call) (twin.Answer, error) {
	if e.Image != "" {
		f, _, err := c.World.Host.DB.Blobs().Open(e.Image)
		if err != nil {
			return twin.Answer{}, err
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		return twin.Answer{Type: http.DetectContentType(b), Body: b}, err
	}
	h := fnv.New32a()
	h.Write([]byte(e.Name))
	n := h.Sum32()
	img := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{color.NRGBA{uint8(n), uint8(n >> 8), uint8(n >> 16), 255}})
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return twin.Answer{Type: "image/png", Body: b.Bytes()}, err
}

// emojiList returns the workspace's own emoji, and if wanted the names of the standard ones by category.
//
// https://docs.slack.dev/reference/methods/emoji.list
func (s *Slack) emojiList(c *call, in *api.EmojiListRequest) (any, error) {
	v, newest := reply{}, int64(0)
	for e := range s.emoji.All(c.Tx, c.token.Team+"/") {
		v[e.Name] = c.emojiURL(e)
		if e.Alias != "" {
			v[e.Name] = "alias:" + e.Alias
		}
		newest = max(newest, e.Created)
	}
	out := reply{"emoji": v, "cache_ts": formatTS(newest * 1e6)}
	if in.IncludeCategories {
		list := []reply{}
		for _, category := range emojiCategories {
			list = append(list, reply{"name": category.name, "emoji_names": strings.Fields(category.emoji)})
		}
		out["categories"], out["categories_version"] = list, "5"
	}
	return out, nil
}

// setEmoji adds an emoji or replaces one and tells everyone concerned.
//
// https://docs.slack.dev/reference/events/emoji_changed
func (c *call) setEmoji(e Emoji) {
	c.s.emoji.Put(c.Tx, e)
	value := c.emojiURL(e)
	if e.Alias != "" {
		value = "alias:" + e.Alias
	}
	c.emit(event{Type: "emoji_changed", Body: reply{"subtype": "add", "name": e.Name, "value": value}})
}

// removeEmoji takes an emoji away, with the other names it has.
func (c *call) removeEmoji(e Emoji) {
	names := []string{e.Name}
	c.s.emoji.Delete(c.Tx, e.Team+"/"+e.Name)
	for x := range c.s.emoji.All(c.Tx, e.Team+"/") {
		if x.Alias == e.Name {
			c.s.emoji.Delete(c.Tx, x.Team+"/"+x.Name)
			names = append(names, x.Name)
		}
	}
	c.emit(event{Type: "emoji_changed", Body: reply{"subtype": "remove", "names": names}})
}

// renameEmoji gives an emoji another name; what stood for it stands for it still.
func (c *call) renameEmoji(e Emoji, name string) Emoji {
	old := e.Name
	c.s.emoji.Delete(c.Tx, e.Team+"/"+old)
	e.Name = name
	c.s.emoji.Put(c.Tx, e)
	for x := range c.s.emoji.All(c.Tx, e.Team+"/") {
		if x.Alias == old {
			x.Alias = name
			c.s.emoji.Put(c.Tx, x)
		}
	}
	c.emit(event{Type: "emoji_changed", Body: reply{"subtype": "rename", "old_name": old, "new_name": name, "value": c.emojiURL(e)}})
	return e
}

// emojiCategories are the standard emoji that people use most, by the categories of the emoji picker.
var emojiCategories = []struct{ name, emoji string }{
	{"Smileys & People", "grinning smiley smile grin laughing sweat_smile rolling_on_the_floor_laughing joy slightly_smiling_face upside_down_face wink blush innocent heart_eyes kissing_heart yum stuck_out_tongue thinking_face neutral_face expressionless no_mouth smirk unamused face_with_rolling_eyes relieved pensive sleepy sleeping mask face_with_thermometer sunglasses confused worried open_mouth astonished flushed cry sob scream disappointed sweat tired_face angry rage skull ghost robot_face wave raised_hand ok_hand v crossed_fingers point_left point_right point_up point_down +1 -1 fist facepunch clap raised_hands open_hands pray muscle eyes brain speech_balloon"},
	{"Animals & Nature", "monkey_face dog wolf cat lion_face tiger horse unicorn_face cow pig mouse hamster rabbit bear panda_face chicken penguin bird frog turtle snake dragon whale dolphin fish octopus snail butterfly bug ant bee evergreen_tree deciduous_tree palm_tree cactus seedling herb four_leaf_clover maple_leaf rose sunflower tulip"},
	{"Food & Drink", "grapes watermelon tangerine lemon banana pineapple apple green_apple pear peach cherries strawberry tomato avocado bread cheese_wedge hamburger fries pizza taco egg ramen sushi icecream doughnut cookie birthday cake coffee tea beer wine_glass champagne"},
	{"Travel & Places", "earth_africa earth_americas earth_asia house house_with_garden office hospital tent sunrise train bus car bike airplane rocket ship anchor construction hourglass watch alarm_clock sunny cloud rainbow umbrella snowflake fire star zap"},
	{"Activities", "jack_o_lantern christmas_tree sparkles balloon tada confetti_ball gift trophy first_place_medal soccer basketball football tennis dart video_game game_die art guitar"},
	{"Objects", "lock unlock key hammer wrench gear scissors telephone computer keyboard bulb book books newspaper moneybag credit_card email envelope package mailbox pencil memo briefcase file_folder calendar date chart_with_upwards_trend bar_chart clipboard pushpin paperclip mag bell loudspeaker mega lab_coat microscope telescope"},
	{"Symbols", "heart broken_heart yellow_heart green_heart blue_heart purple_heart 100 warning no_entry recycle white_check_mark heavy_check_mark x question exclamation heavy_plus_sign infinity red_circle large_blue_circle arrow_up arrow_down arrow_left arrow_right information_source new ok"},
	{"Flags", "checkered_flag triangular_flag_on_post crossed_flags black_flag white_flag rainbow-flag"},
}

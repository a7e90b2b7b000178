package adf

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// An emoticon is a sign of wiki markup that is an emoji in a document and a picture in HTML.
type emoticon struct {
	signs     []string // the first is how the emoji is written, when it is not written as a character
	id        string
	shortName string
	text      string
	picture   string // /images/icons/emoticons/{picture}.png
}

// emoticons are all that wiki markup has.
//
// https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=miscellaneous
var emoticons = []emoticon{
	{[]string{":)", ":-)"}, "1f642", ":slight_smile:", "🙂", "smile"},
	{[]string{":(", ":-("}, "1f61e", ":disappointed:", "😞", "sad"},
	{[]string{":P", ":-P", ":p", ":-p"}, "1f61b", ":stuck_out_tongue:", "😛", "tongue"},
	{[]string{":D", ":-D"}, "1f603", ":smiley:", "😃", "biggrin"},
	{[]string{";)", ";-)"}, "1f609", ":wink:", "😉", "wink"},
	{[]string{"(y)"}, "1f44d", ":thumbsup:", "👍", "thumbs_up"},
	{[]string{"(n)"}, "1f44e", ":thumbsdown:", "👎", "thumbs_down"},
	{[]string{"(i)"}, "atlassian-info", ":info:", ":info:", "information"},
	{[]string{"(/)"}, "atlassian-check_mark", ":check_mark:", ":check_mark:", "check"},
	{[]string{"(x)"}, "atlassian-cross_mark", ":cross_mark:", ":cross_mark:", "error"},
	{[]string{"(!)"}, "atlassian-warning", ":warning:", ":warning:", "warning"},
	{[]string{"(+)"}, "atlassian-plus", ":plus:", ":plus:", "add"},
	{[]string{"(-)"}, "atlassian-minus", ":minus:", ":minus:", "forbidden"},
	{[]string{"(?)"}, "atlassian-question_mark", ":question:", ":question:", "help_16"},
	{[]string{"(on)"}, "atlassian-light_bulb_on", ":light_bulb_on:", ":light_bulb_on:", "lightbulb_on"},
	{[]string{"(off)"}, "atlassian-light_bulb_off", ":light_bulb_off:", ":light_bulb_off:", "lightbulb"},
	{[]string{"(*y)", "(*)"}, "atlassian-yellow_star", ":yellow_star:", ":yellow_star:", "star_yellow"},
	{[]string{"(*r)"}, "atlassian-red_star", ":red_star:", ":red_star:", "star_red"},
	{[]string{"(*g)"}, "atlassian-green_star", ":green_star:", ":green_star:", "star_green"},
	{[]string{"(*b)"}, "atlassian-blue_star", ":blue_star:", ":blue_star:", "star_blue"},
	{[]string{"(flag)"}, "atlassian-flag_on", ":flag_on:", ":flag_on:", "flag"},
	{[]string{"(flagoff)"}, "atlassian-flag_off", ":flag_off:", ":flag_off:", "flag_grey"},
}

var (
	emoticonOfSign = map[string]*emoticon{}
	emoticonOfID   = map[string]*emoticon{}
)

// longestSign is the length of "(flagoff)".
const longestSign = 9

func init() {
	for i := range emoticons {
		e := &emoticons[i]
		emoticonOfID[e.id] = e
		for _, s := range e.signs {
			emoticonOfSign[s] = e
		}
	}
}

// emojiWiki is an emoji in wiki markup: one of Atlassian's own as its sign, a character as itself, another by its name.
func emojiWiki(n Node) string {
	id := attr(n, "id")
	if e := emoticonOfID[id]; e != nil && strings.HasPrefix(id, "atlassian-") {
		return e.signs[0]
	}
	if c, ok := character(n); ok {
		return c
	}
	if name := attr(n, "shortName"); name != "" {
		return name
	}
	return macro(n)
}

// emojiText is an emoji in plain text.
func emojiText(n Node) string {
	if c, ok := character(n); ok {
		return c
	}
	return attr(n, "shortName")
}

// character is an emoji that Unicode has. The id of such a one is its code points, "1f468-200d-1f4bb".
func character(n Node) (string, bool) {
	var b strings.Builder
	for part := range strings.SplitSeq(attr(n, "id"), "-") {
		point, err := strconv.ParseUint(part, 16, 32)
		if err != nil || !utf8.ValidRune(rune(point)) || point == 0 {
			return "", false
		}
		b.WriteRune(rune(point))
	}
	if text := attr(n, "text"); text != "" && !strings.HasPrefix(text, ":") {
		return text, true
	}
	return b.String(), true
}

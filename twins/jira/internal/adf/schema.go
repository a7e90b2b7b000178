package adf

import (
	"regexp"
	"strconv"
	"strings"
)

// An Error is a refusal in Jira's own words.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrNotDocument refuses what is no document at all: a string, a number, a list. It stands under the field's name in "errors".
	ErrNotDocument Error = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	// ErrInvalid refuses an object that breaks the document's rules. It is the whole of "errorMessages".
	ErrInvalid Error = "INVALID_INPUT"
)

// Check says whether a decoded JSON value is a document that Jira takes: ErrNotDocument, ErrInvalid or nil.
//
// https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
func Check(v any) error {
	doc, ok := v.(map[string]any)
	switch {
	case !ok:
		return ErrNotDocument
	case kind(doc) != "doc" || doc["version"] != float64(1) || !valid(doc, schema["doc"], nil, 0):
		return ErrInvalid
	}
	return nil
}

// The tables below are the published schema's facts. What may stand inside a node is a list of words: "paragraph" is a
// node without marks; "paragraph:" may have an empty list of them; "paragraph:a,b" may bear the marks a and b. A word
// that stands twice gives two choices, which do not mix.
const (
	textual   = "text:link,em,strong,strike,subsup,underline,textColor,backgroundColor,annotation text:code,link,annotation "
	inlines   = textual + "date emoji hardBreak inlineCard mention placeholder status inlineExtension:dataConsumer,fragment mediaInline:link,annotation,border,dataConsumer"
	lists     = "bulletList orderedList taskList "
	media     = "mediaSingle:link mediaGroup "
	small     = "paragraph:fontSize "
	placed    = "paragraph:fontSize,alignment paragraph:fontSize,indentation heading:alignment heading:indentation "
	extension = "extension:dataConsumer,fragment "
	cards     = "blockCard embedCard "
	bodied    = "bodiedExtension:dataConsumer,fragment "

	nestable = small + lists + media + extension + "heading: codeBlock: panel blockquote rule decisionList "
	unnested = nestable + cards + "table:fragment "
	cell     = "paragraph:alignment heading:alignment heading:indentation " + lists + media + extension + cards +
		"codeBlock: panel blockquote rule decisionList nestedExpand"
	column = placed + lists + media + extension + cards + bodied + "codeBlock: decisionList rule panel blockquote table:fragment expand:"
)

// A rule is what the schema says of one type of node or mark.
type rule struct {
	attrs    string // choices, parted by "/", of words "name=kind"; "!" after the name: it must be there. See values
	content  string // what may stand inside; "" is a node that has no content
	min, max int    // how many nodes stand inside; max 0: any number
	ordered  bool   // the nodes inside follow the order of content
	noAttrs  bool   // an "attrs" member is refused
	isAttrs  bool   // an "attrs" member must be there, though all in it is optional

	choices []map[string]attribute // attrs, read
	inside  map[string][]marks     // content, read
	order   []string
}

type attribute struct {
	required bool
	ok       func(any) bool
}

// marks are those that a node may bear in one place; nil refuses even an empty list.
type marks map[string]bool

var schema = map[string]*rule{
	"doc":                  {content: placed + lists + media + extension + cards + bodied + "codeBlock:breakout blockquote decisionList rule panel table:fragment layoutSection:breakout expand:breakout syncBlock:breakout bodiedSyncBlock:breakout", noAttrs: true},
	"paragraph":            {content: inlines},
	"heading":              {attrs: "level!=1..6", content: inlines},
	"blockquote":           {content: "paragraph: bulletList orderedList codeBlock: " + media + extension, min: 1},
	"bulletList":           {content: "listItem", min: 1},
	"orderedList":          {attrs: "order=0..", content: "listItem", min: 1},
	"listItem":             {content: small + lists + "mediaSingle:link codeBlock: " + extension, min: 1},
	"taskList":             {attrs: "localId!=string", content: "taskItem taskList blockTaskItem", min: 1},
	"taskItem":             {attrs: "localId!=string state!=TODO|DONE", content: inlines},
	"blockTaskItem":        {attrs: "localId!=string state!=TODO|DONE", content: small + extension, min: 1},
	"decisionList":         {attrs: "localId!=string", content: "decisionItem", min: 1},
	"decisionItem":         {attrs: "localId!=string state!=string", content: inlines},
	"codeBlock":            {attrs: "language=string uniqueId=string wrap=bool hideLineNumbers=bool", content: "text:"},
	"panel":                {attrs: "panelType!=info|note|tip|warning|error|success|custom panelIcon=string panelIconId=string panelIconText=string panelColor=string", content: small + "heading: " + lists + "blockCard codeBlock: rule decisionList " + media + extension, min: 1},
	"rule":                 {},
	"table":                {attrs: "displayMode=default|fixed isNumberColumnEnabled=bool layout=wide|full-width|center|align-end|align-start|default localId=some width=number", content: "tableRow", min: 1},
	"tableRow":             {content: "tableCell tableHeader"},
	"tableCell":            {attrs: cellAttrs, content: cell, min: 1},
	"tableHeader":          {attrs: cellAttrs, content: cell, min: 1},
	"mediaSingle":          {attrs: "layout!=" + layouts + " width=0..100 widthType=percentage / layout!=" + layouts + " width!=0.. widthType!=pixel", content: "media:" + mediaMarks + " caption", min: 1, max: 2, ordered: true},
	"mediaGroup":           {content: "media:" + mediaMarks, min: 1, noAttrs: true},
	"media":                {attrs: "type!=file|link id!=some collection!=string alt=string height=number width=number occurrenceKey=some / type!=external url!=string alt=string height=number width=number"},
	"mediaInline":          {attrs: "type=file|link|image id!=some collection!=string alt=string height=number width=number occurrenceKey=some data=any"},
	"caption":              {content: textual + "hardBreak mention emoji date placeholder inlineCard status"},
	"mention":              {attrs: "id!=string text=string accessLevel=string userType=DEFAULT|SPECIAL|APP"},
	"emoji":                {attrs: "shortName!=string id=string text=string"},
	"date":                 {attrs: "timestamp!=some"},
	"status":               {attrs: "text!=some color!=statusColor style=string"},
	"placeholder":          {attrs: "text!=string"},
	"hardBreak":            {attrs: "text=newline"},
	"inlineCard":           {attrs: "url!=string / data!=any"},
	"blockCard":            {attrs: "url!=string / data!=any / datasource!=datasource url=string width=number layout=" + layouts},
	"embedCard":            {attrs: "url!=string layout!=" + layouts + " width=0..100 originalHeight=number originalWidth=number"},
	"expand":               {attrs: "title=string", content: unnested + "nestedExpand", min: 1},
	"nestedExpand":         {attrs: "title=string", isAttrs: true, content: nestable, min: 1},
	"layoutSection":        {content: "layoutColumn", min: 2, max: 3},
	"layoutColumn":         {attrs: "width!=0..100 valign=top|middle|bottom", content: column, min: 1},
	"extension":            {attrs: extensionAttrs + " layout=wide|full-width|default"},
	"inlineExtension":      {attrs: extensionAttrs},
	"bodiedExtension":      {attrs: extensionAttrs + " layout=wide|full-width|default", content: unnested, min: 1},
	"syncBlock":            {attrs: "resourceId!=string localId!=string"},
	"bodiedSyncBlock":      {attrs: "resourceId!=string localId!=string", content: placed + lists + media + cards + "codeBlock: decisionList rule panel blockquote table:fragment expand: layoutSection:breakout", min: 1},
	"text":                 {noAttrs: true},
	"mark code":            {noAttrs: true},
	"mark em":              {noAttrs: true},
	"mark strong":          {noAttrs: true},
	"mark strike":          {noAttrs: true},
	"mark underline":       {noAttrs: true},
	"mark link":            {attrs: "href!=string title=string id=string collection=string occurrenceKey=string"},
	"mark subsup":          {attrs: "type!=sub|sup"},
	"mark textColor":       {attrs: "color!=color"},
	"mark backgroundColor": {attrs: "color!=color"},
	"mark annotation":      {attrs: "id!=string annotationType!=inlineComment"},
	"mark alignment":       {attrs: "align!=center|end"},
	"mark indentation":     {attrs: "level!=1..6"},
	"mark fontSize":        {attrs: "fontSize!=small"},
	"mark border":          {attrs: "size!=1..3 color!=alphaColor"},
	"mark breakout":        {attrs: "mode!=wide|full-width width=number"},
	"mark dataConsumer":    {attrs: "sources!=strings"},
	"mark fragment":        {attrs: "localId!=some name=string"},
}

const (
	layouts        = "wide|full-width|center|wrap-right|wrap-left|align-end|align-start"
	cellAttrs      = "colspan=number rowspan=number colwidth=numbers background=string valign=top|middle|bottom"
	extensionAttrs = "extensionKey!=some extensionType!=some parameters=any text=string localId=some"
	mediaMarks     = "link,annotation,border,dataConsumer"
)

// values are the kinds of attribute that have a name. "a|b" is one of these words, "1..6" a number in that range.
var values = map[string]func(any) bool{
	"any":         func(any) bool { return true },
	"string":      func(v any) bool { _, ok := v.(string); return ok },
	"some":        func(v any) bool { s, ok := v.(string); return ok && s != "" },
	"bool":        func(v any) bool { _, ok := v.(bool); return ok },
	"number":      func(v any) bool { _, ok := v.(float64); return ok },
	"newline":     func(v any) bool { return v == "\n" },
	"color":       matches(`^#[0-9a-fA-F]{6}$`),
	"alphaColor":  matches(`^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`),
	"statusColor": matches(`^(neutral|purple|blue|red|yellow|green|#[0-9a-fA-F]{6})$`),
	"numbers":     func(v any) bool { return all(v, 0, func(e any) bool { _, ok := e.(float64); return ok }) },
	"strings":     func(v any) bool { return all(v, 1, func(e any) bool { _, ok := e.(string); return ok }) },
	"datasource":  datasource,
}

func matches(pattern string) func(any) bool {
	re := regexp.MustCompile(pattern)
	return func(v any) bool { s, ok := v.(string); return ok && re.MatchString(s) }
}

func all(v any, min int, ok func(any) bool) bool {
	l, is := v.([]any)
	if !is || len(l) < min {
		return false
	}
	for _, e := range l {
		if !ok(e) {
			return false
		}
	}
	return true
}

// datasource is the query behind a card that lists what it finds.
func datasource(v any) bool {
	d, ok := v.(map[string]any)
	if _, has := d["parameters"]; !ok || !has || len(d) != 3 {
		return false
	}
	_, id := d["id"].(string)
	return id && all(d["views"], 1, func(e any) bool {
		view, _ := e.(map[string]any)
		_, typed := view["type"].(string)
		_, more := view["properties"]
		return typed && (len(view) == 1 || len(view) == 2 && more)
	})
}

func init() {
	for name, r := range schema {
		if !r.noAttrs {
			r.choices = readAttrs(r.attrs, !strings.HasPrefix(name, "mark "))
		}
		if r.content == "" {
			continue
		}
		r.inside = map[string][]marks{}
		for word := range strings.FieldsSeq(r.content) {
			typ, list, bears := strings.Cut(word, ":")
			var m marks
			if bears {
				m = marks{}
				for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' }) {
					m[name] = true
				}
			}
			r.inside[typ] = append(r.inside[typ], m)
			r.order = append(r.order, typ)
		}
	}
}

// readAttrs reads the attributes of a rule. Every node, and no mark, may have a localId.
func readAttrs(text string, node bool) []map[string]attribute {
	var choices []map[string]attribute
	for choice := range strings.SplitSeq(text, "/") {
		known := map[string]attribute{}
		if node {
			known["localId"] = attribute{ok: values["string"]}
		}
		for word := range strings.FieldsSeq(choice) {
			name, typ, _ := strings.Cut(word, "=")
			name, required := strings.CutSuffix(name, "!")
			known[name] = attribute{required, value(typ)}
		}
		choices = append(choices, known)
	}
	return choices
}

func value(typ string) func(any) bool {
	if ok := values[typ]; ok != nil {
		return ok
	}
	if from, to, ranged := strings.Cut(typ, ".."); ranged {
		low, _ := strconv.ParseFloat(from, 64)
		high, err := strconv.ParseFloat(to, 64)
		return func(v any) bool { f, ok := v.(float64); return ok && f >= low && (err != nil || f <= high) }
	}
	words := strings.Split(typ, "|")
	return func(v any) bool {
		for _, w := range words {
			if v == w {
				return true
			}
		}
		return false
	}
}

// valid says whether a node keeps its rule in a place where it may bear the marks of one of the choices.
func valid(n Node, r *rule, places []marks, depth int) bool {
	if r == nil || depth > maxDepth {
		return false
	}
	for name := range n {
		switch name {
		case "type", "attrs":
		case "content":
			if r.inside == nil {
				return false
			}
		case "text":
			if kind(n) != "text" || !values["some"](n["text"]) {
				return false
			}
		case "version":
			if depth > 0 {
				return false
			}
		case "marks":
			if !validMarks(n["marks"], places) {
				return false
			}
		default:
			return false
		}
	}
	if kind(n) == "text" && n["text"] == nil {
		return false
	}
	return validAttrs(n, r) && validContent(n, r, depth)
}

func validAttrs(n Node, r *rule) bool {
	given, has := n["attrs"]
	a, object := given.(map[string]any)
	if has && (!object || r.noAttrs) || !has && r.isAttrs {
		return false
	}
	for _, choice := range r.choices {
		if fits(a, has, choice) {
			return true
		}
	}
	return r.choices == nil
}

// fits says whether attributes are one choice of a rule. A node whose attributes are all optional may have none, and so
// may a mediaSingle, whose layout is asked for only where there are attributes.
func fits(a Node, has bool, choice map[string]attribute) bool {
	for name, v := range a {
		if known, ok := choice[name]; !ok || !known.ok(v) {
			return false
		}
	}
	for name, known := range choice {
		if _, given := a[name]; known.required && !given && (has || name != "layout") {
			return false
		}
	}
	return true
}

func validContent(n Node, r *rule, depth int) bool {
	given, has := n["content"]
	list, isList := given.([]any)
	if has && !isList || len(list) < r.min || r.max > 0 && len(list) > r.max {
		return false
	}
	if !has && (depth == 0 || kind(n) == "tableRow") {
		return false
	}
	for i, v := range list {
		k, _ := v.(map[string]any)
		places, may := r.inside[kind(k)]
		if !may || r.ordered && r.order[i] != kind(k) || !valid(k, schema[kind(k)], places, depth+1) {
			return false
		}
	}
	return true
}

// validMarks says whether one place takes all of the marks.
func validMarks(v any, places []marks) bool {
	list, ok := v.([]any)
	if !ok {
		return false
	}
	for _, place := range places {
		if place != nil && takes(place, list) {
			return true
		}
	}
	return false
}

func takes(place marks, list []any) bool {
	for _, v := range list {
		m, _ := v.(map[string]any)
		if !place[kind(m)] {
			return false
		}
		for name := range m {
			if name != "type" && name != "attrs" {
				return false
			}
		}
		if !validAttrs(m, schema["mark "+kind(m)]) {
			return false
		}
	}
	return true
}

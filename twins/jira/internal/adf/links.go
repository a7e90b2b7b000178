package adf

import (
	"net/url"
	"strings"
)

// safeSchemes begin the addresses that Jira makes links of. It never links to scripts and data.
var safeSchemes = strings.Fields(`http:// https:// ftp:// ftps:// gopher:// integrity:// file:// smb:// dynamicsnav:// jamfselfservice:// / mailto:
	skype: callto: facetime: git: irc: irc6: news: nntp: feed: cvs: svn: mvn: ssh: scp:// sftp:// itms: notes: hipchat:// sourcetree: urn: tel: xmpp:
	telnet: vnc: rdp: whatsapp: slack: sip: sips: magnet: #`)

// safeURL says whether an address may be linked to. Nothing at all may: it is a link to where one is.
func safeURL(address string) bool {
	address = trim(address)
	for _, scheme := range safeSchemes {
		if len(address) >= len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
			return true
		}
	}
	return address == ""
}

// bareSchemes begin the addresses that are links without brackets.
var bareSchemes = []string{"http://", "https://", "ftp://", "ftps://", "irc://", "mailto:"}

const urlSigns = `?!~^/\#$%&'()*+,-.:;<=@_`

// bareURL is the address that a text begins with, without the punctuation at its end that belongs to the sentence.
func bareURL(in string) string {
	for _, scheme := range bareSchemes {
		if len(in) <= len(scheme) || !strings.EqualFold(in[:len(scheme)], scheme) {
			continue
		}
		n := len(scheme)
		for n < len(in) && (alphanumeric(in[n]) || strings.IndexByte(urlSigns, in[n]) >= 0) {
			n++
		}
		address := strings.TrimRight(strings.TrimRight(in[:n], "?!."), `.,>)];}"'!`)
		if len(address) > len(scheme) {
			return address
		}
		return ""
	}
	return ""
}

// readURL reads an address that stands in the text.
func readURL(in string) piece {
	address := bareURL(in)
	if address == "" {
		return textPiece(in[:1])
	}
	href, ok := canonical(unescape(address))
	if !ok || !safeURL(href) {
		return textPiece(in[:1])
	}
	text := strings.TrimPrefix(address, "mailto:")
	return nodePiece(len(address), textNode(text, Node{"type": "link", "attrs": Node{"href": href}}))
}

// unescape takes out the backslashes that guard signs of an address.
func unescape(address string) string {
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		if address[i] == '\\' {
			if i++; i == len(address) {
				break
			}
		}
		b.WriteByte(address[i])
	}
	return b.String()
}

// canonical is an address as a browser writes it: scheme and host in lower case, a path at least "/".
//
// https://url.spec.whatwg.org/
func canonical(address string) (string, bool) {
	scheme, rest, _ := strings.Cut(address, ":")
	scheme = strings.ToLower(scheme)
	authority, slashes := strings.CutPrefix(rest, "//")
	if !slashes {
		return scheme + ":" + rest, true
	}
	end := strings.IndexAny(authority, "/?#")
	if end < 0 {
		end = len(authority)
	}
	host, tail := strings.ToLower(authority[:end]), authority[end:]
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(host, "<^%") {
		return "", false
	}
	if port := map[string]string{"http": ":80", "https": ":443", "ftp": ":21"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
		if !strings.HasPrefix(tail, "/") {
			tail = "/" + tail
		}
		front, fragment, hash := strings.Cut(tail, "#")
		path, query, asks := strings.Cut(front, "?")
		tail = strings.ReplaceAll(path, `\`, "/")
		if asks {
			tail += "?" + strings.ReplaceAll(query, "'", "%27")
		}
		if hash {
			tail += "#" + fragment
		}
	}
	return scheme + "://" + host + strings.ReplaceAll(tail, "<", "%3C"), true
}

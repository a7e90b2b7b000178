package gdrive

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// A fileBody is what a request says of a file, and which of it, also what it says is null.
type fileBody struct {
	api.File
	said map[string]json.RawMessage
}

func (b *fileBody) has(name string) bool { _, ok := b.said[name]; return ok }

// readOnly are the fields that no request may write.
var readOnly = []string{
	"capabilities", "driveId", "explicitlyTrashed", "exportLinks", "fileExtension", "fullFileExtension", "hasAugmentedPermissions", "hasThumbnail", "headRevisionId", "iconLink",
	"imageMediaMetadata", "isAppAuthorized", "lastModifyingUser", "linkShareMetadata", "md5Checksum", "modifiedByMe", "modifiedByMeTime", "ownedByMe", "owners", "permissionIds", "permissions",
	"quotaBytesUsed", "resourceKey", "sha1Checksum", "sha256Checksum", "shared", "sharedWithMeTime", "sharingUser", "size", "spaces", "teamDriveId", "thumbnailLink", "thumbnailVersion",
	"trashedTime", "trashingUser", "version", "videoMediaMetadata", "viewedByMe", "webContentLink", "webViewLink", "labelInfo",
}

// body reads what a request says of a file. Nothing that cannot be written may be in it.
func (d *Drive) body(c *call, never ...string) (*fileBody, error) {
	b := &fileBody{}
	if err := c.Bind(&b.File); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(c.Body)) > 0 && json.Unmarshal(c.Body, &b.said) != nil {
		return nil, errBadRequest
	}
	for _, name := range append(never, readOnly...) {
		if v, ok := b.said[name]; ok && string(v) != "null" {
			return nil, errNotWritable
		}
	}
	return b, nil
}

// write changes what a request says of a file, without storing it.
func (d *Drive) write(c *call, f *files.File, in *fileBody) error {
	if in.Name != nil {
		f.Name = *in.Name
		if f.Content != nil {
			if e := extension(f.Name); e != "" {
				f.Extension = e
			}
		}
	}
	if in.has("description") {
		f.Description = deref(in.Description)
	}
	if in.OriginalFilename != nil {
		f.OriginalName = *in.OriginalFilename
	}
	if in.Starred != nil {
		f.Starred = toggled(f.Starred, c.Who.User.ID, *in.Starred)
	}
	var err error
	if f.Properties, err = propertied(f.Properties, in.said["properties"]); err != nil {
		return err
	}
	if in.has("appProperties") {
		mine, err := propertied(f.AppProperties[c.Who.Client], in.said["appProperties"])
		if err != nil {
			return err
		}
		f.AppProperties = maps.Clone(f.AppProperties)
		if f.AppProperties == nil {
			f.AppProperties = map[string]map[string]string{}
		}
		if f.AppProperties[c.Who.Client] = mine; mine == nil {
			delete(f.AppProperties, c.Who.Client)
		}
		if len(f.AppProperties) == 0 {
			f.AppProperties = nil
		}
	}
	if in.FolderColorRGB != nil && (f.Type == files.Folder || f.TargetType == files.Folder) {
		f.Color = nearest(*in.FolderColorRGB)
	}
	if at, ok := date(in.ViewedByMeTime); ok {
		f.ViewedBy = maps.Clone(f.ViewedBy)
		if f.ViewedBy == nil {
			f.ViewedBy = map[string]int64{}
		}
		f.ViewedBy[c.Who.User.ID] = at
	}
	if in.CopyRequiresWriterPermission != nil {
		f.NoCopy = *in.CopyRequiresWriterPermission
	} else if in.ViewersCanCopyContent != nil {
		f.NoCopy = !*in.ViewersCanCopyContent
	}
	if in.WritersCanShare != nil {
		f.WritersNoShare = !*in.WritersCanShare
	}
	if in.InheritedPermissionsDisabled != nil {
		f.Limited = *in.InheritedPermissionsDisabled
	}
	if r := deref(in.DownloadRestrictions).ItemDownloadRestriction; r != nil {
		f.NoWriters = deref(r.RestrictedForWriters)
		f.NoReaders = deref(r.RestrictedForReaders) || f.NoWriters
	}
	if h := in.ContentHints; h != nil && h.IndexableText != nil {
		f.Text = *h.IndexableText
	}
	if h := in.ContentHints; h != nil && h.Thumbnail != nil {
		image, err := base64.URLEncoding.DecodeString(standard.Replace(deref(h.Thumbnail.Image)))
		switch kind := deref(h.Thumbnail.MimeType); {
		case err != nil || len(image) == 0 || !strings.HasPrefix(kind, "image/"):
			return errThumbnail
		case len(image) > mostThumbnail:
			return errThumbnailSize
		default:
			f.Picture = &files.Picture{Type: kind, Bytes: image}
		}
	}
	if in.has("clientEncryptionDetails") {
		if f.Encryption, err = d.encryption(c, f.Type, in.ClientEncryptionDetails); err != nil {
			return err
		}
	}
	if in.has("contentRestrictions") {
		f.Lock = nil
		for _, r := range in.ContentRestrictions {
			if deref(r.ReadOnly) {
				f.Lock = &files.Lock{Reason: deref(r.Reason), OwnerOnly: deref(r.OwnerRestricted), By: c.Who.User.ID, At: c.Now.UnixMilli()}
			}
		}
	}
	return nil
}

// standard makes of one alphabet of base64 the other: both are taken.
var standard = strings.NewReplacer("+", "-", "/", "_")

// mostThumbnail is how large a picture that a file's maker gives may be.
const mostThumbnail = 2 << 20

var (
	errThumbnail     = gapi.Because(400, "invalid", "Invalid Value").At("contentHints.thumbnail")
	errThumbnailSize = gapi.Because(400, "invalid", "The thumbnail is larger than %d bytes.", mostThumbnail).At("contentHints.thumbnail.image")
)

// toggled is a list with or without an item.
func toggled(list []string, item string, with bool) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
	if with {
		return append(list, item)
	}
	return some(list)
}

// some is a list, or nil: a record holds no empty ones.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Limits of properties.
//
// https://developers.google.com/workspace/drive/api/guides/properties
const (
	propertyBytes = 124
	mostPublic    = 100
)

// propertied changes properties as a request says: those that are null go.
func propertied(old map[string]string, said json.RawMessage) (map[string]string, error) {
	if said == nil {
		return old, nil
	}
	var in map[string]*string
	if json.Unmarshal(said, &in) != nil {
		return nil, errBadRequest
	}
	m := maps.Clone(old)
	if m == nil {
		m = map[string]string{}
	}
	for k, v := range in {
		if v == nil {
			delete(m, k)
		} else if m[k] = *v; len(k)+len(*v) > propertyBytes {
			return nil, errPropertyTooLong
		}
	}
	switch {
	case len(m) > mostPublic:
		return nil, errTooManyProperties
	case len(m) == 0:
		return nil, nil
	}
	return m, nil
}

// date is a time that a request says.
func date(s *string) (int64, bool) {
	if s == nil {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	return t.UnixMilli(), err == nil
}

// extension is what follows the name proper: gz of a.gz, tar.gz of a.tar.gz.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || i == len(name)-1 || strings.ContainsFunc(name[i+1:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return ""
	}
	if j := strings.LastIndexByte(name[:i], '.'); j > 0 && name[j+1:i] == "tar" {
		return name[j+1:]
	}
	return name[i+1:]
}

// colors are what a folder can have.
var colors = []string{
	"#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148", "#b3dc6c", "#fbe983", "#fad165",
	"#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff", "#8f8f8f", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
}

const defaultColor = "#8f8f8f"

// nearest is the color that a folder can have and that is nearest to one; none if it is no color.
func nearest(rgb string) string {
	best, least := "", math.MaxInt
	for _, c := range colors {
		if n := distance(rgb, c); n < least {
			best, least = c, n
		}
	}
	return best
}

func distance(a, b string) (sum int) {
	if len(a) != 7 {
		return math.MaxInt
	}
	for i := 1; i < 7; i += 2 {
		x, y := digit(a[i])*16+digit(a[i+1]), digit(b[i])*16+digit(b[i+1])
		sum += (x - y) * (x - y)
	}
	return sum
}

func digit(b byte) int { return max(strings.IndexByte("0123456789abcdef", b|0x20), 0) }

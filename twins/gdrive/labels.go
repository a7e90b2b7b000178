package gdrive

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) labelsOperations() {
	d.On(twin.Full, "files.listLabels", d.filesListLabels).Answers(api.LabelList{}, "")
	d.On(twin.Full, "files.modifyLabels", d.filesModifyLabels).Answers(api.ModifyLabelsResponse{}, "")
}

var (
	errNoField      = gapi.Because(400, "labelMutationUnknownField", "The label modification refers to a field that the label does not have.")
	errNoChoice     = gapi.Because(400, "labelMutationIllegalSelection", "The label modification refers to a choice that the field does not have.")
	errOneValue     = gapi.Because(400, "labelMultipleValuesForSingularField", "The label modification sets several values of a field that takes one.")
	errFieldType    = gapi.Because(400, "badRequest", "The label modification sets a value that is not of the field's type.")
	errLabelOnThis  = gapi.Because(403, "applyLabelForbidden", "Labels cannot be applied to this file.")
	errLabelMissing = gapi.Because(400, "badRequest", "The labelId field is required.")
)

func errNoLabel(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "Label not found: %s", id)
}

// filesListLabels lists the labels that are on a file.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/listLabels
func (d *Drive) filesListLabels(c *call) (any, error) {
	f, role := d.Find(c, c.Param("fileId"))
	if role == files.None {
		return nil, errNoFile(c.Param("fileId"))
	}
	size, err := pageSize(c, "maxResults", 100, 100)
	if err != nil {
		return nil, err
	}
	page, next, err := paged(c, f.Labels, size, f.ID, func(l files.Label) string { return l.ID })
	if err != nil {
		return nil, err
	}
	list := make([]any, len(page))
	for i, l := range page {
		list[i] = d.labelView(c, l)
	}
	out := obj{"kind": "drive#labelList", "labels": list}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// filesModifyLabels puts labels on a file, changes their fields and takes them off.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/modifyLabels
func (d *Drive) filesModifyLabels(c *call) (any, error) {
	var in api.ModifyLabelsRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, role := d.Find(c, c.Param("fileId"))
	switch {
	case role == files.None:
		return nil, errNoFile(c.Param("fileId"))
	case role < files.Writer:
		return nil, errForbidden(f.ID)
	case f.Type == files.Folder || f.Type == files.Shortcut:
		return nil, errLabelOnThis
	}
	f.Labels = slices.Clone(f.Labels)
	modified := []any{}
	for _, m := range in.LabelModifications {
		id := deref(m.LabelID)
		def, ok := d.labels.Get(c.Tx, id)
		switch {
		case id == "":
			return nil, errLabelMissing
		case !ok:
			return nil, errNoLabel(id)
		}
		i := slices.IndexFunc(f.Labels, func(l files.Label) bool { return l.ID == id })
		if deref(m.RemoveLabel) {
			if i >= 0 {
				f.Labels = slices.Delete(f.Labels, i, i+1)
			}
			continue
		}
		if i < 0 {
			i, f.Labels = len(f.Labels), append(f.Labels, files.Label{ID: id})
		}
		l := files.Label{ID: id, Revision: def.Revision, Fields: maps.Clone(f.Labels[i].Fields)}
		for _, fm := range m.FieldModifications {
			if err := d.modifyField(c, &l, def, fm); err != nil {
				return nil, err
			}
		}
		f.Labels[i] = l
		modified = append(modified, d.labelView(c, l))
	}
	f.Labels = some(f.Labels)
	d.Save(c, f)
	return obj{"kind": "drive#modifyLabelsResponse", "modifiedLabels": modified}, nil
}

// modifyField changes a field of a label that is on a file.
func (d *Drive) modifyField(c *call, l *files.Label, def Label, m api.LabelFieldModification) error {
	i := slices.IndexFunc(def.Fields, func(f LabelField) bool { return f.ID == deref(m.FieldID) })
	if i < 0 {
		return errNoField
	}
	field := def.Fields[i]
	if l.Fields == nil {
		l.Fields = map[string]files.LabelField{}
	}
	if deref(m.UnsetValues) {
		delete(l.Fields, field.ID)
		return nil
	}
	set := map[string][]string{"dateString": m.SetDateValues, "integer": m.SetIntegerValues, "selection": m.SetSelectionValues, "text": m.SetTextValues, "user": m.SetUserValues}
	for kind, values := range set {
		if kind != field.Type && len(values) > 0 {
			return errFieldType
		}
	}
	values := set[field.Type]
	if len(values) > 1 && !field.Many {
		return errOneValue
	}
	for _, v := range values {
		switch field.Type {
		case "dateString":
			if _, err := time.Parse(time.DateOnly, v); err != nil {
				return errFieldType
			}
		case "integer":
			if _, err := strconv.ParseInt(v, 10, 64); err != nil {
				return errFieldType
			}
		case "selection":
			if !slices.Contains(field.Choices, v) {
				return errNoChoice
			}
		case "user":
			if _, ok := d.ByEmail(c.Tx, v); !ok {
				return errEmailInvalid
			}
		}
	}
	l.Fields[field.ID] = files.LabelField{Type: field.Type, Values: values}
	return nil
}

// labelView is a label on a file as Drive shows it.
func (d *Drive) labelView(c *call, l files.Label) obj {
	fields := obj{}
	for id, f := range l.Fields {
		values := []any{}
		for _, v := range f.Values {
			if u, ok := d.ByEmail(c.Tx, v); f.Type == "user" && ok {
				values = append(values, d.person(c, u.ID))
			} else {
				values = append(values, v)
			}
		}
		fields[id] = obj{"kind": "drive#labelField", "id": id, "valueType": f.Type, f.Type: values}
	}
	return obj{"kind": "drive#label", "id": l.ID, "revisionId": l.Revision, "fields": fields}
}

func atoi(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n
}

package gdrive

import (
	"twinset.dev/twins/internal/google/gapi"
)

// https://developers.google.com/drive/api/guides/handle-errors

func errNoFile(id string) error {
	return gapi.Because(404, "notFound", "File not found: %s.", id).At("fileId")
}

// errForbidden is for what a role does not let do.
func errForbidden() error {
	return gapi.Because(403, "insufficientFilePermissions", "The user does not have sufficient permissions for this file.")
}

package gdrive

import "twinset.dev/twins/internal/google/gapi"

// https://developers.google.com/workspace/drive/api/guides/handle-errors

var (
	errNotWritable       = gapi.Because(403, "fieldNotWritable", "The resource body includes fields which are not directly writable.")
	errParentsWritten    = gapi.Because(403, "fieldNotWritable", "The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.")
	errAddParent         = gapi.Because(403, "cannotAddParent", "Increasing the number of parents is not allowed")
	errDriveParent       = gapi.Because(403, "teamDrivesParentLimit", "A shared drive item must have exactly one parent.")
	errParentRole        = gapi.Because(403, "insufficientParentPermissions", "Insufficient permissions for the specified parent.")
	errParentNoFolder    = gapi.Because(403, "parentNotAFolder", "The specified parent is not a folder.")
	errIDInUse           = gapi.Because(409, "fileIdInUse", "A file already exists with the provided ID.")
	errIDUnusable        = gapi.Because(400, "invalid", "The provided file ID is not usable.")
	errIDNative          = gapi.Because(403, "insufficientFilePermissions", "Generated IDs are not supported for Docs Editors formats.")
	errShortcutTarget    = gapi.Because(403, "shortcutTargetInvalid", "The specified file is not an allowed shortcut target type.")
	errTargetRequired    = gapi.Because(400, "required", "The shortcutDetails.targetId field is required.")
	errCannotCopy        = gapi.Because(403, "cannotCopyFile", "This file cannot be copied by the user.")
	errNotExportable     = gapi.Because(403, "fileNotExportable", "Export only supports Docs Editors files.")
	errCannotExport      = gapi.Because(403, "cannotExportFile", "This file cannot be exported by the user.")
	errConversion        = gapi.Because(400, "badRequest", "The requested conversion is not supported.").At("convertTo")
	errExportTooLarge    = gapi.Because(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
	errBadRequest        = gapi.Because(400, "badRequest", "Bad Request")
	errFolderMoveIn      = gapi.Because(403, "teamDrivesFolderMoveInNotSupported", "Moving folders into shared drives is not supported.")
	errTrashedMoveIn     = gapi.Because(403, "cannotMoveTrashedItemIntoTeamDrive", "A trashed item cannot be moved into a shared drive.")
	errTrashedMoveOut    = gapi.Because(403, "cannotMoveTrashedItemOutOfTeamDrive", "A trashed item cannot be moved out of a shared drive.")
	errOwnerNoMember     = gapi.Because(403, "fileOwnerNotMemberOfTeamDrive", "Cannot move a file into a shared drive as a writer when the owner of the file is not a member of that shared drive.")
	errTooDeep           = gapi.Because(403, "myDriveHierarchyDepthLimitExceeded", "Your My Drive can't contain more than 100 levels of folders. For details, see https://developers.google.com/workspace/drive/api/guides/handle-errors#nested-folder-levels.")
	errDriveTooDeep      = gapi.Because(403, "teamDriveHierarchyTooDeep", "The shared drive hierarchy depth will exceed the limit.")
	errLocked            = gapi.Because(403, "cannotModifyRestrictedContent", "The content of this file is restricted and cannot be modified.")
	errPropertyTooLong   = gapi.Because(400, "badRequest", "The property key and value exceed the limit of 124 bytes.")
	errTooManyProperties = gapi.Because(403, "propertyLimitExceeded", "The limit of 100 properties on this file has been exceeded.")
)

// Of lists and searches.
var (
	errQuery         = invalidValue("q")
	errPageToken     = invalidValue("pageToken")
	errFullTextOrder = gapi.Because(400, "badRequest", "Sorting is not supported for queries with fullText terms. Results are always in descending relevance order.").At("orderBy")
	errSpaces        = gapi.Because(403, "insufficientScopes", "The granted scopes do not give access to all of the requested spaces.").At("spaces")
	errDriveCorpora  = gapi.Because(400, "badRequest", "The driveId parameter must be specified if and only if corpora is set to drive.").At("driveId")
)

// invalidValue is for a parameter that is not one of those that can be, and has no words of its own.
func invalidValue(parameter string) *gapi.Refusal {
	return gapi.Because(400, "invalid", "Invalid Value").At(parameter)
}

// errMissing is for a parameter that has to be given.
func errMissing(parameter string) *gapi.Refusal {
	return gapi.Because(400, "required", "Required parameter: %s", parameter).At(parameter)
}

// errIncludeItems is for a search of shared drives by a caller who has not said that it knows of them.
func errIncludeItems(corpora string) *gapi.Refusal {
	return gapi.Because(403, "teamDriveIncludeItemsRequired", "The includeItemsFromAllDrives parameter must be set to true when corpora is set to %s.", corpora).At("includeItemsFromAllDrives")
}

func errNoFile(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "File not found: %s.", id).At("fileId")
}

func errNoDrive(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "Shared drive not found: %s", id).At("driveId")
}

// errForbidden is for what a role does not let do.
func errForbidden(id string) *gapi.Refusal {
	return gapi.Because(403, "insufficientFilePermissions", "The user does not have sufficient permissions for file %s.", id)
}

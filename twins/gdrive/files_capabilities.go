package gdrive

import (
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// A capability is something that the caller may do with a file, or may not.
type capability func(v *fileView) bool

// mayNot reports whether the caller lacks a capability.
func (v *fileView) mayNot(do capability) bool { return !do(v) }

func (v *fileView) folder() bool { return v.Type == files.Folder }

// top reports whether it is somebody's My Drive, the top folder of a shared drive or that of an app: these stay what and where they are.
func (v *fileView) top() bool { return v.Parent == "" && v.folder() }

// runs reports whether the caller owns the file or, in a shared drive, organizes it.
func runs(v *fileView) bool { return v.may() >= files.Organizer }

// tends reports whether the caller owns the file or, in a shared drive, manages its content.
func tends(v *fileView) bool { return v.may() >= files.FileOrganizer }

func reads(v *fileView) bool    { return v.may() >= files.Reader }
func comments(v *fileView) bool { return v.may() >= files.Commenter && v.Lock == nil }
func edits(v *fileView) bool    { return v.may() >= files.Writer }

func renames(v *fileView) bool { return edits(v) && v.Lock == nil && !v.top() }

func modifies(v *fileView) bool { return edits(v) && v.Lock == nil && !v.folder() }

func downloads(v *fileView) bool {
	return reads(v) && (!v.noCopy() || edits(v)) && (!v.noWriters() || runs(v))
}

// A key is for one file alone: of what is encrypted there are no copies, and nobody at Google reads it.
func copies(v *fileView) bool   { return downloads(v) && !v.folder() && !v.encrypted() }
func readable(v *fileView) bool { return downloads(v) && !v.encrypted() }

func shares(v *fileView) bool {
	switch {
	case v.Drive == "":
		return runs(v) || edits(v) && !v.WritersNoShare
	case v.top():
		return runs(v)
	case v.folder() && v.sharedDrive().Restrictions["sharingFoldersRequiresOrganizerPermission"]:
		return runs(v)
	case v.folder():
		return tends(v)
	}
	return edits(v)
}

func deletes(v *fileView) bool { return runs(v) && !v.top() }
func trashes(v *fileView) bool { return tends(v) && !v.top() }

func moves(v *fileView) bool {
	return !v.top() && (tends(v) || edits(v) && v.Drive == "")
}

func locks(v *fileView) bool {
	return edits(v) && !v.folder() && (v.Lock == nil || !v.Lock.System && (!v.Lock.OwnerOnly || runs(v)))
}

// capabilitiesOf are all capabilities. Those that begin with a condition are of My Drive's items alone, or of those of
// shared drives.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files#File.FIELDS.capabilities
var capabilitiesOf = []struct {
	name string
	in   place
	can  capability
}{
	{"canAcceptOwnership", myDrive, func(v *fileView) bool {
		p, ok := v.d.Permissions.Get(v.c.Tx, v.ID+"/"+v.me())
		return ok && p.Pending
	}},
	{"canAccessViaGenAi", anywhere, readable},
	{"canAddChildren", anywhere, inFolder(edits)},
	{"canAddFolderFromAnotherDrive", drives, inFolder(tends)},
	{"canAddMyDriveParent", myDrive, func(v *fileView) bool { return runs(v) && !v.top() && v.parents() == nil }},
	{"canChangeCopyRequiresWriterPermission", anywhere, tends},
	{"canChangeItemDownloadRestriction", anywhere, func(v *fileView) bool { return runs(v) && !v.folder() }},
	{"canChangeSecurityUpdateEnabled", anywhere, never},
	{"canChangeViewersCanCopyContent", anywhere, tends},
	{"canComment", anywhere, comments},
	{"canCopy", anywhere, copies},
	{"canDelete", anywhere, deletes},
	{"canDeleteChildren", drives, inFolder(runs)},
	{"canDisableInheritedPermissions", anywhere, func(v *fileView) bool { return runs(v) && v.folder() && !v.top() && !v.Limited }},
	{"canDownload", anywhere, downloads},
	{"canEdit", anywhere, edits},
	{"canEnableInheritedPermissions", anywhere, func(v *fileView) bool { return runs(v) && !v.top() }},
	{"canListChildren", anywhere, inFolder(reads)},
	{"canModifyContent", anywhere, modifies},
	{"canModifyContentRestriction", anywhere, locks},
	{"canModifyEditorContentRestriction", anywhere, locks},
	{"canModifyLabels", anywhere, func(v *fileView) bool { return edits(v) && !v.folder() }},
	{"canModifyOwnerContentRestriction", anywhere, func(v *fileView) bool { return locks(v) && runs(v) }},
	{"canMoveChildrenOutOfDrive", drives, inFolder(runs)},
	{"canMoveChildrenOutOfTeamDrive", drives, inFolder(runs)},
	{"canMoveChildrenWithinDrive", anywhere, movesChildren},
	{"canMoveChildrenWithinTeamDrive", drives, movesChildren},
	{"canMoveItemIntoTeamDrive", myDrive, func(v *fileView) bool { return runs(v) && !v.top() }},
	{"canMoveItemOutOfDrive", anywhere, func(v *fileView) bool { return runs(v) && !v.top() }},
	{"canMoveItemOutOfTeamDrive", drives, func(v *fileView) bool { return runs(v) && !v.top() }},
	{"canMoveItemWithinDrive", anywhere, moves},
	{"canMoveItemWithinTeamDrive", drives, moves},
	{"canMoveTeamDriveItem", drives, moves},
	{"canReadDrive", drives, member},
	{"canReadLabels", anywhere, func(v *fileView) bool { return !v.folder() && reads(v) }},
	{"canReadRevisions", anywhere, func(v *fileView) bool { return edits(v) && (!v.folder() || v.Drive != "") }},
	{"canReadTeamDrive", drives, member},
	{"canRemoveChildren", anywhere, func(v *fileView) bool { return v.Drive == "" && v.folder() && edits(v) }},
	{"canRemoveContentRestriction", anywhere, func(v *fileView) bool { return v.Lock != nil && locks(v) }},
	{"canRemoveMyDriveParent", myDrive, moves},
	{"canRename", anywhere, renames},
	{"canShare", anywhere, shares},
	{"canStartApproval", anywhere, modifies},
	{"canTrash", anywhere, trashes},
	{"canTrashChildren", drives, inFolder(tends)},
	{"canUntrash", anywhere, trashes},
}

// A place is where a capability is told.
type place int

const (
	anywhere place = iota
	myDrive
	drives
)

func never(*fileView) bool { return false }

func inFolder(do capability) capability {
	return func(v *fileView) bool { return v.folder() && do(v) }
}

func movesChildren(v *fileView) bool {
	return v.folder() && (tends(v) || edits(v) && v.Drive == "")
}

func member(v *fileView) bool { return v.d.DriveRole(v.c, v.Drive) != files.None }

func (v *fileView) capabilities(m *gapi.Mask) obj {
	out := obj{}
	for i := range capabilitiesOf {
		x := &capabilitiesOf[i]
		if x.in == myDrive && v.Drive != "" || x.in == drives && v.Drive == "" || !m.Has(x.name) {
			continue
		}
		out[x.name] = x.can(v)
	}
	return out
}

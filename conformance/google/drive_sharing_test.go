package google

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
)

// share lets somebody at a file.
func share(c *client, file, email, role string) error {
	_, err := c.drive.Permissions.Create(file, &drive.Permission{Type: "user", Role: role, EmailAddress: email}).SendNotificationEmail(false).SupportsAllDrives(true).Do()
	return err
}

// grants are the permissions of a file: who and what, in order of the list.
func grants(ps []*drive.Permission) string {
	var all []string
	for _, p := range ps {
		who := p.EmailAddress
		if who == "" {
			who = p.Type
		}
		all = append(all, who+" "+p.Role)
	}
	return strings.Join(all, ", ")
}

// newDrive makes a shared drive.
func newDrive(t *testing.T, c *client, name string) *drive.Drive {
	t.Helper()
	d, err := c.drive.Drives.Create(name+" request", &drive.Drive{Name: name}).Do()
	must(t, err)
	return d
}

func init() {
	row("drive", "PermissionsCreateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "shared.txt", "shared")
		p, err := e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: "bo@acme.example"}).Fields("*").Do()
		must(t, err)
		want(t, "name", p.DisplayName, "Bo Lindqvist")
		want(t, "role", p.Role, "writer")
		_, err = e.as("bo").drive.Files.Update(f.Id, &drive.File{Name: "bo was here"}).Do()
		must(t, err)
		_, err = e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "group", Role: "reader", EmailAddress: "product@acme.example"}).Do()
		must(t, err)
		e.as("fatima").sees(t, f.Id)
		_, err = e.as("pat.doyle@supplier.example").drive.Files.Get(f.Id).Do()
		refused(t, err, 404, "notFound")
		_, err = e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "anyone", Role: "reader"}).Do()
		must(t, err)
		e.as("pat.doyle@supplier.example").sees(t, f.Id)
		_, err = e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "owner", EmailAddress: "bo@acme.example"}).Do()
		refused(t, err, 403, "forbidden")
		_, err = e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "owner", EmailAddress: "bo@acme.example"}).TransferOwnership(true).Do()
		must(t, err)
		want(t, "owner", e.sees(t, f.Id).Owners[0].EmailAddress, "bo@acme.example")
	})
	row("drive", "PermissionsGetCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "shared.txt", "shared")
		p, err := e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "domain", Role: "commenter", Domain: "acme.example"}).Do()
		must(t, err)
		got, err := e.drive.Permissions.Get(f.Id, p.Id).Fields("*").Do()
		must(t, err)
		want(t, "permission", got.Type+" "+got.Domain+" "+got.Role, "domain acme.example commenter")
		_, err = e.drive.Permissions.Get(f.Id, "12345").Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "PermissionsListCall.Do", func(t *testing.T) {
		e := world(t)
		folder := e.typed(t, "Shared folder", folderType)
		f := e.makes(t, "in it.txt", "x", folder.Id)
		must(t, share(e.client, folder.Id, "bo@acme.example", "reader"))
		l, err := e.drive.Permissions.List(f.Id).Fields("permissions(emailAddress,role,type)").Do()
		must(t, err)
		all := grants(l.Permissions)
		if !strings.Contains(all, "ana@acme.example owner") || !strings.Contains(all, "bo@acme.example reader") {
			t.Fatalf("a file in a shared folder has %s", all)
		}
		_, err = e.as("bo").drive.Permissions.List(f.Id).Do()
		refused(t, err, 403, "insufficientFilePermissions")
	})
	row("drive", "PermissionsListCall.Pages", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "shared.txt", "shared")
		for _, who := range []string{"bo", "chidi", "dara"} {
			must(t, share(e.client, f.Id, who+"@acme.example", "reader"))
		}
		pages, all := 0, 0
		must(t, e.drive.Permissions.List(f.Id).PageSize(3).Pages(t.Context(), func(l *drive.PermissionList) error {
			pages, all = pages+1, all+len(l.Permissions)
			return nil
		}))
		want(t, "permissions", all, 4)
		want(t, "pages", pages, 2)
	})
	row("drive", "PermissionsUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "shared.txt", "shared")
		p, err := e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "reader", EmailAddress: "bo@acme.example"}).Do()
		must(t, err)
		_, err = e.as("bo").drive.Files.Update(f.Id, &drive.File{Name: "no"}).Do()
		refused(t, err, 403, "insufficientFilePermissions")
		got, err := e.drive.Permissions.Update(f.Id, p.Id, &drive.Permission{Role: "writer"}).Do()
		must(t, err)
		want(t, "role", got.Role, "writer")
		_, err = e.as("bo").drive.Files.Update(f.Id, &drive.File{Name: "yes"}).Do()
		must(t, err)
	})
	row("drive", "PermissionsDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "shared.txt", "shared")
		p, err := e.drive.Permissions.Create(f.Id, &drive.Permission{Type: "user", Role: "reader", EmailAddress: "bo@acme.example"}).Do()
		must(t, err)
		e.as("bo").sees(t, f.Id)
		must(t, e.drive.Permissions.Delete(f.Id, p.Id).Do())
		_, err = e.as("bo").drive.Files.Get(f.Id).Do()
		refused(t, err, 404, "notFound")
		refused(t, e.drive.Permissions.Delete(f.Id, p.Id).Do(), 404, "notFound")
	})

	row("drive", "DrivesCreateCall.Do", func(t *testing.T) {
		e := world(t)
		d, err := e.drive.Drives.Create("one request", &drive.Drive{Name: "Propulsion"}).Fields("*").Do()
		must(t, err)
		want(t, "name", d.Name, "Propulsion")
		want(t, "may rename", d.Capabilities.CanRenameDrive, true)
		_, err = e.drive.Drives.Create("one request", &drive.Drive{Name: "Propulsion"}).Do()
		refused(t, err, 409, "teamDriveAlreadyExists")
		f := e.makesIn(t, "pump.txt", "40 bar", d.Id)
		want(t, "drive", f.DriveId, d.Id)
		want(t, "owners", len(f.Owners), 0)
		_, err = e.as("bo").drive.Files.Get(f.Id).SupportsAllDrives(true).Do()
		refused(t, err, 404, "notFound")
		must(t, share(e.client, d.Id, "bo@acme.example", "fileOrganizer"))
		e.as("bo").sees(t, f.Id)
	})
	row("drive", "DrivesGetCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		got, err := e.drive.Drives.Get(d.Id).Do()
		must(t, err)
		want(t, "name", got.Name, "Propulsion")
		_, err = e.as("bo").drive.Drives.Get(d.Id).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "DrivesUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		got, err := e.drive.Drives.Update(d.Id, &drive.Drive{Name: "Engines", Restrictions: &drive.DriveRestrictions{DomainUsersOnly: true}}).Fields("*").Do()
		must(t, err)
		want(t, "name", got.Name, "Engines")
		want(t, "restricted", got.Restrictions.DomainUsersOnly, true)
		if share(e.client, d.Id, "pat.doyle@supplier.example", "reader") == nil {
			t.Fatal("a stranger is a member of a drive that is for the domain alone")
		}
	})
	row("drive", "DrivesDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		f := e.makesIn(t, "pump.txt", "40 bar", d.Id)
		if e.drive.Drives.Delete(d.Id).Do() == nil {
			t.Fatal("a drive with a file in it was deleted")
		}
		must(t, e.drive.Files.Delete(f.Id).SupportsAllDrives(true).Do())
		must(t, e.drive.Drives.Delete(d.Id).Do())
		_, err := e.drive.Drives.Get(d.Id).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "DrivesHideCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		got, err := e.drive.Drives.Hide(d.Id).Fields("*").Do()
		must(t, err)
		want(t, "hidden", got.Hidden, true)
	})
	row("drive", "DrivesUnhideCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		_, err := e.drive.Drives.Hide(d.Id).Do()
		must(t, err)
		got, err := e.drive.Drives.Unhide(d.Id).Fields("*").Do()
		must(t, err)
		want(t, "hidden", got.Hidden, false)
	})
	row("drive", "DrivesListCall.Do", func(t *testing.T) {
		e := world(t)
		newDrive(t, e.client, "Propulsion")
		newDrive(t, e.client, "Guidance")
		l, err := e.drive.Drives.List().Q("name contains 'Prop'").UseDomainAdminAccess(true).Do()
		must(t, err)
		want(t, "drives", len(l.Drives), 1)
		want(t, "name", l.Drives[0].Name, "Propulsion")
		_, err = e.as("bo").drive.Drives.List().UseDomainAdminAccess(true).Do()
		if err == nil {
			t.Fatal("somebody who is no administrator asked as one")
		}
	})
	row("drive", "DrivesListCall.Pages", func(t *testing.T) {
		e := world(t)
		for n := range 5 {
			newDrive(t, e.as("gus"), fmt.Sprint("Audit ", n))
		}
		pages, mine := 0, 0
		must(t, e.as("gus").drive.Drives.List().PageSize(2).Pages(t.Context(), func(l *drive.DriveList) error {
			pages++
			for _, d := range l.Drives {
				if strings.HasPrefix(d.Name, "Audit ") {
					mine++
				}
			}
			return nil
		}))
		want(t, "drives", mine, 5)
		if pages < 3 {
			t.Fatalf("%d pages of two", pages)
		}
	})

	row("drive", "TeamdrivesCreateCall.Do", func(t *testing.T) {
		e := world(t)
		d, err := e.drive.Teamdrives.Create("older request", &drive.TeamDrive{Name: "Older"}).Do()
		must(t, err)
		got, err := e.drive.Drives.Get(d.Id).Do()
		must(t, err)
		want(t, "name", got.Name, "Older")
	})
	row("drive", "TeamdrivesGetCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		got, err := e.drive.Teamdrives.Get(d.Id).Do()
		must(t, err)
		want(t, "kind and name", got.Kind+" "+got.Name, "drive#teamDrive Propulsion")
	})
	row("drive", "TeamdrivesUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		_, err := e.drive.Teamdrives.Update(d.Id, &drive.TeamDrive{Name: "Engines"}).Do()
		must(t, err)
		got, err := e.drive.Drives.Get(d.Id).Do()
		must(t, err)
		want(t, "name", got.Name, "Engines")
	})
	row("drive", "TeamdrivesDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		d := newDrive(t, e.client, "Propulsion")
		must(t, e.drive.Teamdrives.Delete(d.Id).Do())
		_, err := e.drive.Drives.Get(d.Id).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "TeamdrivesListCall.Do", func(t *testing.T) {
		e := world(t)
		newDrive(t, e.as("gus"), "Audit")
		l, err := e.as("gus").drive.Teamdrives.List().Do()
		must(t, err)
		found := false
		for _, d := range l.TeamDrives {
			found = found || d.Name == "Audit"
		}
		want(t, "found", found, true)
	})
	row("drive", "TeamdrivesListCall.Pages", func(t *testing.T) {
		e := world(t)
		for n := range 3 {
			newDrive(t, e.as("gus"), fmt.Sprint("Audit ", n))
		}
		pages, mine := 0, 0
		must(t, e.as("gus").drive.Teamdrives.List().PageSize(1).Pages(t.Context(), func(l *drive.TeamDriveList) error {
			pages++
			for _, d := range l.TeamDrives {
				if strings.HasPrefix(d.Name, "Audit ") {
					mine++
				}
			}
			return nil
		}))
		want(t, "drives", mine, 3)
		if pages < 3 {
			t.Fatalf("%d pages of one", pages)
		}
	})

	row("drive", "AboutGetCall.Do", func(t *testing.T) {
		e := world(t)
		_, err := e.drive.About.Get().Do()
		refused(t, err, 400, "required")
		before, err := e.drive.About.Get().Fields("*").Do()
		must(t, err)
		want(t, "who", before.User.EmailAddress, "ana@acme.example")
		if len(before.ExportFormats[documentType]) == 0 || len(before.ImportFormats["text/csv"]) == 0 {
			t.Fatal("nothing can be exported or imported")
		}
		e.makes(t, "big.txt", strings.Repeat("x", 1000))
		after, err := e.drive.About.Get().Fields("storageQuota").Do()
		must(t, err)
		want(t, "more is used", after.StorageQuota.Usage-before.StorageQuota.Usage, int64(1000))
	})
	row("drive", "AppsListCall.Do", func(t *testing.T) {
		e := world(t)
		l, err := e.drive.Apps.List().Do()
		must(t, err)
		want(t, "kind", l.Kind, "drive#appList")
		want(t, "apps of this user", len(l.Items) > 0, true)
	})
	row("drive", "AppsGetCall.Do", func(t *testing.T) {
		e := world(t)
		l, err := e.drive.Apps.List().Do()
		must(t, err)
		if len(l.Items) == 0 {
			t.Fatal("there is no app")
		}
		app, err := e.drive.Apps.Get(l.Items[0].Id).Do()
		must(t, err)
		want(t, "name", app.Name, l.Items[0].Name)
		_, err = e.drive.Apps.Get("12345").Do()
		refused(t, err, 404, "notFound")
	})
}

// makesIn creates a file with content in a shared drive.
func (c *client) makesIn(t *testing.T, name, content, parent string) *drive.File {
	t.Helper()
	f, err := c.drive.Files.Create(&drive.File{Name: name, Parents: []string{parent}}).SupportsAllDrives(true).Media(strings.NewReader(content), googleapi.ContentType("text/plain")).Fields("*").Do()
	must(t, err)
	return f
}

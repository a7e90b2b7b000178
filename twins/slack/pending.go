package slack

// What the files family and the platform family bring.

func (c *call) fileViews(ids []string) []any { return nil }

type File struct {
	ID, Title string
	Sections  []Section
}

type Section struct{ ID, Kind, Markdown string }

func (c *call) canvas(id string) (File, error) { return File{}, errCanvasNotFound }

func (c *call) rewriteCanvas(f File, content string) int { return 0 }

func markdown([]Section) string { return "" }

type Trigger struct{ Key, App, Team, User, Channel string }

func (c *call) exchange(presented string, invalid, expired, exchanged Error) (Trigger, error) {
	return Trigger{}, invalid
}

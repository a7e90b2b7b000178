package words

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                             nil,
		"Fix the login page!":          {"fix", "the", "login", "page"},
		"LCLS-II, v1.2 of foo_bar.txt": {"lcls", "ii", "v1", "2", "of", "foo_bar", "txt"},
		"the user's 'own' don’t":       {"the", "user", "own", "don't"},
		"Größe der Ärzte":              {"größe", "der", "ärzte"},
		"検索 search速い":                  {"検", "索", "search", "速", "い"},
	} {
		if got := Split(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestStems(t *testing.T) {
	if got, want := Stems("He runs, she ran; running runner customized customizing"), []string{"custom", "he", "ran", "run", "runner", "she"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("it's a 'b'’s 検\xff")
	f.Fuzz(func(t *testing.T, text string) { Stems(text) })
}

package holdout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// The test's own program is what confined processes are started by.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == ConfinedCommand {
		fmt.Fprintln(os.Stderr, Exec(os.Args[2:]))
		os.Exit(2)
	}
	os.Exit(m.Run())
}

const sealedText = `# Story
Priya runs people operations for forty staff and worries that Sam, a contractor, keeps reading over the weekend.
- [must] Sam cannot sign in and has no live sessions anywhere at all.
The canary is 7f0f0c1e-6a0b-4c5e-9a35-f6f1d9d0e0aa.
`

func offboarding() *scenario.Scenario {
	return &scenario.Scenario{
		ID: "offboard-contractor", Title: "A contractor leaves on Friday afternoon", Owner: "dana@people-ops", Person: "Priya",
		Canary:  "7f0f0c1e-6a0b-4c5e-9a35-f6f1d9d0e0aa",
		Story:   "Priya runs people operations for forty staff. It is 16:40 on Friday. Sam, a contractor, has finished early and Priya is worried about access over the weekend.",
		Setting: "Okta has Sam in three groups, one of them shared with a live service account. Slack has Sam in #deal-room.",
		Steps:   []scenario.Step{{Text: "Opens the product and asks to offboard Sam today.", Say: []string{"Please offboard Sam Okoro today and tell me when every bit of it is finished."}}},
		Must:    []string{"Sam cannot sign in and has no live sessions anywhere at all.", "Sam is out of #deal-room before Priya is told it is done."},
		Never:   []string{"The service account in the shared group loses access to what it backs up."},
		Facts:   "The shared group is grp-ops; the service account is svc-backup; 3 of 41 people know.",
	}
}

func place(t *testing.T) *Place {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := Key{File: filepath.Join(t.TempDir(), "key")}
	if err := key.Make(); err != nil {
		t.Fatal(err)
	}
	p, err := At(dir, "dana", key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlaceIsRefused(t *testing.T) {
	repo := t.TempDir()
	inside := filepath.Join(repo, "deep", "scenarios")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(inside, link); err != nil {
		t.Fatal(err)
	}
	refused := func(why string, dir string, work ...string) {
		t.Helper()
		if _, err := At(dir, "", Key{}, work...); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v, want %q", dir, err, why)
		}
	}
	refused("where the subject works", inside, repo)
	refused("where the subject works", link, repo)
	if _, err := At(inside, "", Key{}, filepath.Join(repo, "deep", "scen")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := At(inside, "", Key{}, t.TempDir()); err != nil {
		t.Errorf("a good place is refused: %v", err)
	}
	// A worktree's .git is a file.
	if err := os.WriteFile(filepath.Join(repo, ".git"), []byte("gitdir: elsewhere"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("in the repository", inside)
	refused("in the repository", link)
	refused("no place is named", "")
	open := t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	refused("chmod 700", open)
}

func TestSeal(t *testing.T) {
	p := place(t)
	if err := p.Seal(scenario.Sealed, map[string][]byte{"a.md": []byte(sealedText)}, "first"); err != nil {
		t.Fatal(err)
	}
	if err := p.Seal(scenario.Sealed, map[string][]byte{"b.md": []byte("b")}, "second"); err != nil {
		t.Fatal(err)
	}
	all, err := p.Open(scenario.Sealed, "run", "nightly")
	if err != nil || string(all["a.md"]) != sealedText || string(all["b.md"]) != "b" {
		t.Errorf("got %v %v", all, err)
	}
	if b, err := p.View(scenario.Sealed, "b.md", "curious"); err != nil || string(b) != "b" {
		t.Errorf("got %q %v", b, err)
	}
	// Nothing of it is on the disk in the clear, names included.
	err = filepath.WalkDir(p.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "access.log" {
			return err
		}
		b, err := os.ReadFile(path)
		for _, word := range []string{"7f0f0c1e", "Priya", "contractor", "a.md"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%s holds %q", path, word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, _, err := p.Verify()
	if err != nil || len(lines) != 5 || lines[4].What != "view" || lines[4].Who != "dana" || lines[2].Digest != digest([]byte(sealedText)) {
		t.Errorf("got %v %v", lines, err)
	}
	if _, err := p.Open(scenario.Vault, "run", " "); err == nil {
		t.Error("the vault opens without a reason")
	}
	if err := os.Chmod(p.Key.File, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(scenario.Sealed, "run", ""); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
	other := place(t)
	other.Dir = p.Dir
	if _, err := other.Open(scenario.Sealed, "run", ""); err == nil {
		t.Error("any key opens")
	}
	phrase := &Place{Dir: t.TempDir(), Key: Key{Passphrase: "correct horse"}}
	if err := phrase.Seal(scenario.Vault, map[string][]byte{"v.md": []byte("v")}, ""); err != nil {
		t.Fatal(err)
	}
	if all, err := phrase.Open(scenario.Vault, "run", "release 1.0"); err != nil || string(all["v.md"]) != "v" {
		t.Errorf("got %v %v", all, err)
	}
}

// Whichever line of the log is taken out, changed, doubled or moved, the chain says so.
func TestLogChain(t *testing.T) {
	p := place(t)
	for i := range 6 {
		if err := p.Record(Access{What: "run", Pool: scenario.Sealed, Scenario: fmt.Sprint("s", i)}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(p.Dir, "access.log")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	if got, head, err := p.Verify(); err != nil || head.N != 6 || len(got) != 6 {
		t.Fatalf("%v %v", head, err)
	}
	spoilt := func(what string, lines ...string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.Verify(); err == nil {
			t.Errorf("%s goes unnoticed", what)
		}
		if err := p.Record(Access{What: "run"}); err == nil {
			t.Errorf("%s: a broken log is written on", what)
		}
	}
	for i := range lines {
		spoilt(fmt.Sprint("line ", i+1, " taken out"), append(append([]string{}, lines[:i]...), lines[i+1:]...)...)
		changed := append([]string{}, lines...)
		changed[i] = strings.Replace(changed[i], `"who":"dana"`, `"who":"bob"`, 1)
		spoilt(fmt.Sprint("line ", i+1, " changed"), changed...)
		spoilt(fmt.Sprint("line ", i+1, " doubled"), append(append(append([]string{}, lines[:i+1]...), lines[i]), lines[i+1:]...)...)
	}
	spoilt("all taken out")
	spoilt("not JSON", "x\n")
}

func TestLogFromManySides(t *testing.T) {
	p := place(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if err := p.Record(Access{What: "run"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, head, err := p.Verify(); err != nil || head.N != 40 {
		t.Errorf("%v %v", head, err)
	}
}

func TestScanner(t *testing.T) {
	s := NewScanner(offboarding())
	for text, want := range map[string]string{
		"nothing of the kind is written here, whatever you look for in it":                        "",
		"id 7F0F0C1E-6a0b-4c5e-9a35-f6f1d9d0e0aa":                                                 "canary",
		"I know: SAM CANNOT sign in, and has no\nlive sessions":                                   "copy",
		"Sam cannot sign in and has no":                                                           "",
		"You said: Please offboard Sam Okoro today and tell me when every bit of it is finished.": "",
	} {
		got := s.Text("here", text)
		if (want == "") != (len(got) == 0) || want != "" && got[0].Kind != want {
			t.Errorf("%q: got %v, want %q", text, got, want)
		}
	}
	tr := &trajectory.Trajectory{ID: "t1", Events: []trajectory.Event{
		{N: 1, Actor: "user", Kind: "say", Text: "I am worried about access over the weekend. Sam, a contractor, has finished early and Priya is worried about access"},
		{N: 2, Actor: "product", Kind: "say", Text: "You say: Sam, a contractor, has finished early and Priya is worried about access"},
		{N: 3, Actor: "twin:slack", Kind: "http", Detail: []byte(`{"text":"the service account in the shared group loses access to what"}`)},
	}}
	if got := s.Trial(tr); len(got) != 1 || got[0].Where != "t1 e3" {
		t.Errorf("got %v", got)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte(sealedText), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Files(dir); err != nil || len(got) != 2 {
		t.Errorf("got %v %v", got, err)
	}
}

// play starts a shell as a subject would be, confined or not.
func play(t *testing.T, g *Guard, env []string, script string) string {
	t.Helper()
	cmd := exec.Command("/bin/bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+cmd.Dir)
	if g != nil {
		var err error
		if cmd, err = g.Wrap(cmd); err != nil {
			t.Fatal(err)
		}
	}
	out, err := cmd.CombinedOutput()
	t.Logf("%v: %.1500s", err, out)
	return string(out)
}

func guard(t *testing.T) *Guard {
	t.Helper()
	if lack := Lacking(); lack != "" {
		t.Skip("SKIPPED, LOUDLY: ", lack)
	}
	var warned bytes.Buffer
	g, err := NewGuard(nil, nil, &warned)
	if err != nil || warned.Len() > 0 {
		t.Fatal(err, warned.String())
	}
	t.Cleanup(func() { g.Close() })
	return g
}

// A thief that knows where scenarios lie reads 0 bytes of them; looking for them is reported.
func TestThief(t *testing.T) {
	p := place(t)
	if err := p.Seal(scenario.Sealed, map[string][]byte{"a.md": []byte(sealedText)}, ""); err != nil {
		t.Fatal(err)
	}
	clear := filepath.Join(p.Dir, "open.md")
	if err := os.WriteFile(clear, []byte(sealedText), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SECRET_OF_THE_HARNESS", "7f0f0c1e in the environment")
	steal := fmt.Sprintf(`
cat %[1]s %[2]s %[2]s/* 2>/dev/null
ls -la %[2]s 2>/dev/null
cp -r %[2]s . 2>/dev/null; cat */* 2>/dev/null
ln %[1]s stolen 2>/dev/null && cat stolen
find / -name '*.age' -o -name 'open.md' 2>/dev/null | grep -v "^$HOME"
grep -rl 7f0f0c1e /tmp /root /home /var /work 2>/dev/null
cat /proc/%[3]d/environ /proc/*/environ /proc/%[3]d/cmdline 2>/dev/null | tr '\0' '\n' | grep -i '7f0f0c1e'
head -c 100 /proc/%[3]d/mem 2>/dev/null
kill -0 %[3]d 2>/dev/null && echo may signal the harness
true`, clear, p.Dir, os.Getpid())
	// Without the kernel's help the same script finds the text: the test can fail.
	if out := play(t, nil, nil, "cat "+clear); !strings.Contains(out, "7f0f0c1e") {
		t.Fatalf("the control read %q", out)
	}
	g := guard(t)
	if out := play(t, g, nil, steal); out != "" {
		t.Errorf("the thief came by %d bytes: %q", len(out), out)
	}
	if got := g.Breaches(); len(got) != 0 {
		t.Errorf("it did not take the bait, and yet %v", got)
	}
	play(t, g, nil, `cat $TWINSET_SCENARIOS/*`)
	got := g.Breaches()
	if len(got) == 0 || got[0].Kind != "bait" {
		t.Errorf("the thief is not reported: %v", got)
	}
}

// An honest subject has what it needs: its directory, the system's programs, and the twins.
func TestHonest(t *testing.T) {
	listen := func() (string, net.Listener) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		return port, ln
	}
	twin, _ := listen()
	other, _ := listen()
	g := guard(t)
	out := play(t, g, []string{"OKTA_CLIENT_ORGURL=http://127.0.0.1:" + twin + "/w/a", "TWINSET_SECRET=x"}, fmt.Sprintf(`
echo note > note && cat note; echo x > /dev/null
ls /usr/bin | head -1 >/dev/null && echo programs
(echo > /dev/tcp/127.0.0.1/%s) 2>/dev/null && echo twin
(echo > /dev/tcp/127.0.0.1/%s) 2>/dev/null && echo other port
[ -z "$TWINSET_SECRET" ] && echo no secret
find / -name '*.md' -path '*work*' 2>/dev/null | head -1
(echo x > /tmp/escaped) 2>/dev/null && echo wrote outside
true`, twin, other))
	if want := "note\nprograms\ntwin\nno secret\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if got := g.Breaches(); len(got) != 0 {
		t.Errorf("an honest subject is reported: %v", got)
	}
}

// leaky is a redactor that has somehow come by the scenario, and tells it in pieces.
type leaky struct {
	text []string
	r    *rand.Rand
}

func (l leaky) Redact(context.Context, string, []trajectory.Event) (string, error) {
	at := l.r.IntN(len(l.text))
	return "It failed me: " + strings.Join(l.text[at:min(len(l.text), at+1+l.r.IntN(14))], " ") + ". Do better.", nil
}

func failing(class string) *trajectory.Trajectory {
	return &trajectory.Trajectory{ID: "t", Twins: []string{"okta", "slack"}, Termination: trajectory.Completed, Events: []trajectory.Event{
		{N: 1, Actor: "product", Kind: "log", Text: "POST /api/v1/users/lifecycle failed"},
		{N: 2, Actor: "product", Kind: "log", Text: "Sam Okoro is still in deal-room"},
	}, Verdicts: []trajectory.Verdict{{Class: class, Criteria: []trajectory.Finding{{Criterion: "must-1", Met: "not_met"}}}}}
}

// Two hundred complaints, half of them by a redactor that leaks, hold no copy, canary, name, number or id of the scenario.
func TestComplaintsDoNotLeak(t *testing.T) {
	s := offboarding()
	all := strings.Join(append(secrets(s), s.Canary, s.Facts, s.Steps[0].Say[0]), " ")
	r := rand.New(rand.NewPCG(1, 2))
	forbidden := []string{"sam", "okoro", "priya", "grp", "svc", "backup", "deal-room", "deal", "16", "40", "41", "7f0f0c1e", "dana", "offboard-contractor", "friday", "3"}
	scanner := newSecret(s)
	worded, dropped := 0, 0
	for i := range 200 {
		class := judge.Classes[i%12]
		var by Redactor = Phrases{}
		if i%2 == 1 {
			by = leaky{strings.Fields(all), r}
		}
		c, err := Complain(context.Background(), s, failing(class), 0.7, by)
		if err != nil {
			t.Fatal(err)
		}
		if c.Class != class || c.Area != "several" || c.Band != "often" {
			t.Errorf("got %+v", c)
		}
		if i%2 == 0 && c.Words == "" {
			t.Errorf("the phrase of %q was struck out", class)
		}
		if c.Words == "" {
			dropped++
		} else if i%2 == 1 {
			worded++
		}
		text := c.Words + " " + strings.Join(c.Log, " ")
		if got := scanner.scanner.Text("", text); len(got) > 0 {
			t.Errorf("%q holds %v", text, got)
		}
		words := map[string]bool{}
		for _, w := range names(text) {
			words[w] = true
		}
		for _, f := range forbidden {
			if words[f] {
				t.Errorf("%q names %q", text, f)
			}
		}
		if len(c.Log) != 0 && strings.Contains(strings.Join(c.Log, " "), "Okoro") {
			t.Errorf("log %q", c.Log)
		}
	}
	if dropped < 50 {
		t.Errorf("of 100 leaking redactions %d were dropped", dropped)
	}
	t.Logf("of 100 leaking redactions %d were dropped, %d said nothing of the scenario", dropped, worded)
}

// A brain that guesses which of 4096 scenarios it faces, and tries in each round what tells it most, learns less in 20 rounds of
// complaints than the ledger says that it may have.
func TestGuessingBrainGainsLessThanTheLedger(t *testing.T) {
	const worlds, rounds = 4096, 20
	p := place(t)
	ledger, err := p.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	truth := r.IntN(worlds)
	left := make([]int, worlds)
	for i := range left {
		left[i] = i
	}
	told := 0
	for round := range rounds {
		// How the subject behaves in this round decides which complaint each world would answer with; the brain knows that rule.
		salt := r.Uint64()
		complaint := func(world int) Complaint {
			h := rand.New(rand.NewPCG(salt, uint64(world)))
			class := judge.Classes[h.IntN(12)]
			c := Complaint{Class: class, Area: Areas[h.IntN(len(Areas))], Band: Band(h.Float64())}
			if h.IntN(2) == 0 {
				c.Words = phrases[class]
			}
			return c
		}
		got := complaint(truth)
		if err := ledger.Spend("offboard-contractor", got); err != nil {
			if !errors.Is(err, ErrGraduated) {
				t.Fatal(err)
			}
			continue
		}
		told++
		var still []int
		for _, w := range left {
			if complaint(w).String() == got.String() {
				still = append(still, w)
			}
		}
		left = still
		gain := math.Log2(worlds) - math.Log2(float64(len(left)))
		if spent := ledger.Spent["offboard-contractor"].Bits; gain >= spent {
			t.Fatalf("round %d: the brain gained %.1f bits, the ledger says %.1f", round, gain, spent)
		}
	}
	s := ledger.Spent["offboard-contractor"]
	if !s.Graduated || s.Messages != told || told >= rounds || told < 2 {
		t.Errorf("%d complaints were told: %+v", told, s)
	}
	again, err := p.Ledger()
	if err != nil || again.Spent["offboard-contractor"] != s {
		t.Errorf("the ledger forgets: %+v %v", again, err)
	}
}

func TestBand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, 1).Draw(t, "a")
		b := rapid.Float64Range(a, 1).Draw(t, "b")
		index := func(f float64) int {
			for i, band := range Bands {
				if band == Band(f) {
					return i
				}
			}
			t.Fatalf("no band for %v", f)
			return -1
		}
		if index(a) > index(b) {
			t.Fatalf("%v is in a higher band than %v", a, b)
		}
	})
}

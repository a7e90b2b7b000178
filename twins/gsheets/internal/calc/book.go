package calc

import (
	"cmp"
	"math"
	"slices"

	"twinset.dev/twins/gsheets/internal/formula"
)

// Store is a spreadsheet's cells, which a book computes.
type Store interface {
	Grid
	// Entered says if a cell has a value or a formula of its own, so that no formula elsewhere may fill it.
	Entered(sheet, row, col int) bool
	// Put keeps what a cell's formula gave, and how many rows and columns it fills with that: 1 and 1 if only its own cell.
	Put(at Position, v Value, rows, cols int)
	// Fill keeps what a formula elsewhere gave a cell that is not entered; an empty value takes it away.
	Fill(at Position, v Value)
}

// Book knows a spreadsheet's formulas and which cells each reads. It computes again what a change reaches, and nothing else. It keeps no
// values, so that it can be thrown away and loaded from the cells at any time. A book serves one caller at a time.
type Book struct {
	nodes  []*node
	free   []int32
	byCell map[place]int32
	reads  *index // formulas by the cells that they read
	claims *index // formulas by the cells that they fill, or would fill if these were free
	filled map[place]int32
	ranges map[Ref]int32 // the nodes of ranges
	sheets map[int]uint16

	volatile map[int32]bool // formulas to compute at every change

	changed []Ref           // cells that changed since the last calculation
	set     []int32         // formulas that did
	found   map[int32][]Ref // what dynamic formulas read, as they found out in this round
	stamp   uint32
	counts  Counts

	calculation uint32 // how many there were
}

// Counts are what a calculation did.
type Counts struct {
	Computed int // formulas
	Changed  int // formulas with another value than before
	Rounds   int
}

// place is a cell: 16 bits of sheet, 24 of row, 24 of column.
type place uint64

// node is a formula in the book, or a range that formulas read: it stands between the formulas in it and those that read it, so that
// a thousand formulas that read a thousand others are two thousand ways and not a million.
type node struct {
	at    Position
	expr  formula.Expr // nil for a text that cannot be read
	reads []Ref
	extra []Ref // what it reads besides, as it found out when it ran
	rows  int   // that it fills
	cols  int
	claim Area // the cells it fills or would fill, if more than its own

	isRange bool
	readers []int32 // of a range

	waits int32  // dirty formulas that it reads and that are not computed yet
	stamp uint32 // of the last search that found it
	dirty bool
	need  bool // something that it reads did change
	stuck bool // it is in a circle that its claim closes
	given bool // its value is the error of a circle, and not what it computed

	dynamic bool // it says only when it runs what it reads

	circled uint32 // the last calculation in which it was in a circle and lost its claim
}

// NewBook is a book without formulas.
func NewBook() *Book {
	return &Book{
		byCell: map[place]int32{}, reads: newIndex(), claims: newIndex(), filled: map[place]int32{}, ranges: map[Ref]int32{}, sheets: map[int]uint16{},
		volatile: map[int32]bool{}, found: map[int32][]Ref{},
	}
}

func (b *Book) sheet(id int) uint16 {
	n, ok := b.sheets[id]
	if !ok {
		n = uint16(len(b.sheets))
		b.sheets[id] = n
	}
	return n
}

func (b *Book) place(at Position) place {
	return place(b.sheet(at.Sheet))<<48 | place(at.Row)<<24 | place(at.Col)
}

// Load makes a formula known that has been computed before and fills so many rows and columns.
func (b *Book) Load(g Grid, s *Setting, at Position, src string, rows, cols int) {
	id := b.add(g, s, at, src)
	if b.nodes[id].dynamic || g.Value(at.Sheet, at.Row, at.Col).Code == CodeRef {
		b.set = append(b.set, id) // only computing it says what it reads, or for what it had no room
	}
	if rows > 1 || cols > 1 {
		b.claim(id, rows, cols)
		b.fill(id, rows, cols)
	}
}

// Set gives a cell a formula, in place of what it had.
func (b *Book) Set(g Store, s *Setting, at Position, src string) {
	b.Remove(g, at)
	b.set = append(b.set, b.add(g, s, at, src))
}

// Remove takes the formula from a cell, if it has one, and empties the cells that it filled. The cell itself counts as changed.
func (b *Book) Remove(g Store, at Position) {
	b.Changed(at.Sheet, formula.Cell(at.Row, at.Col))
	id, ok := b.byCell[b.place(at)]
	if !ok {
		return
	}
	b.unstick(id)
	b.unfill(g, id)
	n := b.nodes[id]
	sheet := b.sheet(at.Sheet)
	if !n.claim.Empty() {
		b.claims.remove(sheet, n.claim, id)
	}
	for _, r := range append(n.reads, n.extra...) {
		b.unread(id, r)
	}
	delete(b.byCell, b.place(at))
	delete(b.volatile, id)
	b.drop(id)
}

func (b *Book) drop(id int32) {
	b.nodes[id] = nil
	b.free = append(b.free, id)
}

func (b *Book) new(n *node) int32 {
	if last := len(b.free) - 1; last >= 0 {
		id := b.free[last]
		b.free, b.nodes[id] = b.free[:last], n
		return id
	}
	b.nodes = append(b.nodes, n)
	return int32(len(b.nodes) - 1)
}

// read notes that a formula reads cells; of more than one by the range's node.
func (b *Book) read(id int32, r Ref) {
	sheet := b.sheet(r.Sheet)
	if r.Area.Rows() == 1 && r.Area.Cols() == 1 {
		b.reads.add(sheet, r.Area, id)
		return
	}
	over, ok := b.ranges[r]
	if !ok {
		over = b.new(&node{at: Position{r.Sheet, r.Area.Row0, r.Area.Col0}, isRange: true})
		b.ranges[r] = over
		b.reads.add(sheet, r.Area, over)
	}
	b.nodes[over].readers = append(b.nodes[over].readers, id)
}

// unread forgets that a formula reads cells.
func (b *Book) unread(id int32, r Ref) {
	sheet := b.sheet(r.Sheet)
	over, ok := b.ranges[r]
	if !ok {
		b.reads.remove(sheet, r.Area, id)
		return
	}
	n := b.nodes[over]
	i, last := slices.Index(n.readers, id), len(n.readers)-1
	n.readers[i] = n.readers[last]
	if n.readers = n.readers[:last]; last == 0 {
		b.reads.remove(sheet, r.Area, over)
		delete(b.ranges, r)
		b.drop(over)
	}
}

// Changed says that cells have other values, or other formats, than at the last calculation. It is not needed for formulas that were set.
func (b *Book) Changed(sheet int, a Area) { b.changed = append(b.changed, Ref{sheet, a}) }

// TouchAll has every formula computed at the next calculation.
func (b *Book) TouchAll() {
	for id, n := range b.nodes { // mostly in the order that a round wants
		if n != nil && !n.isRange {
			b.set = append(b.set, int32(id))
		}
	}
}

// Len is how many formulas the book has.
func (b *Book) Len() int { return len(b.byCell) }

// Volatile says if some formula has another value whenever it is computed, as those with NOW and RAND.
func (b *Book) Volatile() bool { return len(b.volatile) > 0 }

func (b *Book) add(g Grid, s *Setting, at Position, src string) int32 {
	x, err := formula.Parse(src, s.Syntax())
	n := &node{at: at, rows: 1, cols: 1}
	id := b.new(n)
	b.byCell[b.place(at)] = id
	if err != nil {
		return id
	}
	bind(x, g, at.Sheet)
	n.expr = x
	b.collect(g, id, x)
	for _, r := range n.reads {
		b.read(id, r)
	}
	return id
}

// collect finds what a formula reads, and whether it must be computed at every change.
func (b *Book) collect(g Grid, id int32, x formula.Expr) {
	read := func(r Ref) {
		if n := b.nodes[id]; !slices.Contains(n.reads, r) {
			n.reads = append(n.reads, r)
		}
	}
	switch x := x.(type) {
	case *formula.Reference:
		if x.Bound >= 0 {
			read(Ref{x.Bound, x.Area})
		}
	case formula.Name:
		if r, ok := g.Name(string(x)); ok {
			read(r)
		}
	case *formula.Table:
		if r, ok := g.Table(x.Name, x.Column, b.nodes[id].at); ok {
			read(r)
		}
	case *formula.Unary:
		b.collect(g, id, x.X)
	case *formula.Binary:
		if x.Op == ':' {
			b.nodes[id].dynamic = true
		}
		b.collect(g, id, x.X)
		b.collect(g, id, x.Y)
	case *formula.Call:
		f, _ := x.Bound.(*Func)
		if f != nil && f.Volatile {
			b.volatile[id] = true
		}
		if f != nil && f.Dynamic {
			b.nodes[id].dynamic = true
		}
		if f != nil && f.Extends && len(x.Args) == 3 {
			asked, ok := x.Args[0].(*formula.Reference)
			of, ok2 := x.Args[2].(*formula.Reference)
			if ok && ok2 && of.Bound >= 0 {
				at := of.Area
				read(Ref{of.Bound, area(at.Row0, at.Col0, at.Row0+asked.Area.Rows(), at.Col0+asked.Area.Cols())})
			}
		}
		for i, arg := range x.Args {
			if _, isRef := arg.(*formula.Reference); isRef && f != nil && f.accepts(len(x.Args)) && f.param(i) == 'p' {
				continue
			}
			b.collect(g, id, arg)
		}
	case *formula.Invoke:
		b.collect(g, id, x.Func)
		for _, arg := range x.Args {
			b.collect(g, id, arg)
		}
	case formula.Array:
		for _, row := range x {
			for _, arg := range row {
				b.collect(g, id, arg)
			}
		}
	}
}

// area is the cells that a formula gives their values.
func (n *node) area() Area {
	if n.stuck {
		return n.claim
	}
	return area(n.at.Row, n.at.Col, n.at.Row+n.rows, n.at.Col+n.cols)
}

// maxRounds is how often formulas that fill cells, or find what they read, are computed again because others of them changed.
const maxRounds = 50

// Recalculate computes what the changes since the last time reach, and what is volatile.
func (b *Book) Recalculate(g Store, s *Setting) Counts {
	c := newCall(g, s)
	b.counts = Counts{}
	b.calculation++
	for id := range b.volatile {
		b.set = append(b.set, id)
	}
	for _, r := range b.changed { // what was typed may end a circle
		b.claims.readers(b.sheet(r.Sheet), r.Area, b.unstick)
	}
	for b.counts.Rounds < maxRounds && len(b.set)+len(b.changed) > 0 {
		b.round(g, c)
		b.counts.Rounds++
	}
	if b.counts.Rounds == maxRounds {
		slices.SortFunc(b.set, b.compare)
		for _, id := range b.set {
			if b.compute(g, c, id) {
				b.put(g, c, id, errCircular)
				b.nodes[id].given = true
			}
		}
	}
	b.set, b.changed = b.set[:0], b.changed[:0]
	return b.counts
}

// round computes what the changes reach, each formula after those that it reads.
func (b *Book) round(g Store, c *Call) {
	var queue []int32
	mark := func(id int32, need bool) {
		n := b.nodes[id]
		n.need = n.need || need
		if !n.dirty {
			n.dirty = true
			queue = append(queue, id)
		}
	}
	for _, id := range b.set {
		if b.nodes[id] != nil {
			mark(id, true)
		}
	}
	for _, r := range b.changed {
		sheet := b.sheet(r.Sheet)
		b.reads.readers(sheet, r.Area, func(id int32) { mark(id, true) })
		b.claims.readers(sheet, r.Area, func(id int32) { mark(id, true) })
	}
	b.set, b.changed = b.set[:0], b.changed[:0]
	for i := 0; i < len(queue); i++ {
		b.readersOf(queue[i], func(r int32) {
			mark(r, false)
			b.nodes[r].waits++
		})
	}
	slices.SortFunc(queue, b.compare)
	var ready []int32
	for _, id := range queue {
		if b.nodes[id].waits == 0 {
			ready = append(ready, id)
		}
	}
	done := 0
	for ; done < len(ready); done++ {
		b.settle(g, c, ready[done], func(r int32) {
			if b.nodes[r].waits--; b.nodes[r].waits == 0 {
				ready = append(ready, r)
			}
		})
	}
	if done < len(queue) {
		b.circles(g, c, queue)
	}
	for _, id := range queue {
		if now, ok := b.found[id]; ok {
			b.discover(id, now)
		}
	}
	clear(b.found)
}

// discover notes what a formula found that it reads; it runs again, after those that give these cells their values.
func (b *Book) discover(id int32, now []Ref) {
	n := b.nodes[id]
	for _, r := range n.extra {
		b.unread(id, r)
	}
	for _, r := range now {
		b.read(id, r)
	}
	n.extra = now
	b.set = append(b.set, id)
}

// settle computes a formula if something that it reads changed, and tells its readers that they need not wait for it any longer.
func (b *Book) settle(g Store, c *Call, id int32, tell func(reader int32)) {
	n := b.nodes[id]
	n.dirty = false
	readers := b.readersSlice(id) // before it fills other cells than it did
	if n.need || n.given {
		n.need = false
		if b.compute(g, c, id) {
			for _, r := range readers {
				b.nodes[r].need = true
			}
		}
	}
	for _, r := range readers {
		tell(r)
	}
}

// readersOf gives each node once that reads a cell of this formula, or the formulas that read this range.
func (b *Book) readersOf(id int32, yield func(reader int32)) {
	if n := b.nodes[id]; n.isRange {
		for _, r := range n.readers {
			yield(r)
		}
		return
	}
	b.stamp++
	stamp := b.stamp
	n := b.nodes[id]
	b.reads.readers(b.sheet(n.at.Sheet), n.area(), func(r int32) {
		if b.nodes[r].stamp != stamp {
			b.nodes[r].stamp = stamp
			yield(r)
		}
	})
}

// readersSlice are those readers in the order of their places.
func (b *Book) readersSlice(id int32) []int32 {
	var rs []int32
	b.readersOf(id, func(r int32) { rs = append(rs, r) })
	slices.SortFunc(rs, b.compare)
	return rs
}

// compare orders nodes by their places, so that the same changes are always computed in the same order.
func (b *Book) compare(x, y int32) int {
	p, q := b.nodes[x].at, b.nodes[y].at
	return cmp.Or(p.Sheet-q.Sheet, p.Row-q.Row, p.Col-q.Col, int(x-y))
}

// circles computes the formulas of a round that wait for one another, and those that wait for such. A circle is an error in all its cells,
// or computed again and again where the spreadsheet allows that.
func (b *Book) circles(g Store, c *Call, queue []int32) {
	for _, group := range b.groups(queue) {
		id := group[0]
		if len(group) == 1 && (b.nodes[id].isRange || !slices.Contains(b.readersSlice(id), id)) {
			b.settle(g, c, id, func(int32) {})
			continue
		}
		formulas := slices.DeleteFunc(slices.Clone(group), func(id int32) bool { return b.nodes[id].isRange })
		slices.SortFunc(formulas, b.compare)
		if c.Iterations == 0 {
			for _, id := range formulas {
				b.put(g, c, id, errCircular)
				b.nodes[id].given = true
				b.stick(id)
			}
		} else {
			b.iterate(g, c, formulas)
		}
		for _, id := range group {
			b.readersOf(id, func(r int32) { b.nodes[r].need = true })
		}
		for _, id := range group {
			b.nodes[id].dirty, b.nodes[id].need = false, false
		}
	}
	for _, id := range queue {
		b.nodes[id].waits = 0
	}
}

// iterate computes a circle until its numbers hardly change.
func (b *Book) iterate(g Store, c *Call, group []int32) {
	for range c.Iterations {
		most := 0.0
		for _, id := range group {
			at := b.nodes[id].at
			if b.nodes[id].rows*b.nodes[id].cols == 1 && c.Cell(at.Sheet, at.Row, at.Col).IsError() {
				b.put(g, c, id, Number(0)) // an earlier circle's error would never leave
			}
			before := c.Cell(at.Sheet, at.Row, at.Col)
			b.compute(g, c, id)
			after := c.Cell(at.Sheet, at.Row, at.Col)
			most = max(most, math.Abs(after.Num-before.Num))
		}
		if most <= c.Threshold {
			return
		}
	}
}

// groups are the formulas of a round that still wait, each group of those that wait for one another, a group after those it waits for:
// Tarjan's algorithm, without recursion for the sake of long chains.
func (b *Book) groups(queue []int32) [][]int32 {
	type frame struct {
		id      int32
		readers []int32
		next    int
	}
	number, low, onStack := map[int32]int{}, map[int32]int{}, map[int32]bool{}
	var stack []int32
	var found [][]int32
	for _, root := range queue {
		if !b.nodes[root].dirty || number[root] != 0 {
			continue
		}
		var frames []frame
		enter := func(id int32) {
			number[id] = len(number) + 1
			low[id] = number[id]
			stack, onStack[id] = append(stack, id), true
			frames = append(frames, frame{id: id, readers: b.readersSlice(id)})
		}
		enter(root)
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			if f.next < len(f.readers) {
				r := f.readers[f.next]
				f.next++
				switch {
				case !b.nodes[r].dirty:
				case number[r] == 0:
					enter(r)
				case onStack[r]:
					low[f.id] = min(low[f.id], number[r])
				}
				continue
			}
			id := f.id
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				up := frames[len(frames)-1].id
				low[up] = min(low[up], low[id])
			}
			if low[id] != number[id] {
				continue
			}
			var group []int32
			for {
				last := stack[len(stack)-1]
				stack, onStack[last] = stack[:len(stack)-1], false
				group = append(group, last)
				if last == id {
					break
				}
			}
			found = append(found, group)
		}
	}
	slices.Reverse(found)
	return found
}

// compute runs a formula, keeps what it gives, and says if that is something else than before.
func (b *Book) compute(g Store, c *Call, id int32) bool {
	n := b.nodes[id]
	if n.isRange {
		return true
	}
	b.counts.Computed++
	b.unstick(id)
	n.given = false
	if n.expr == nil {
		return b.put(g, c, id, errParse)
	}
	v := c.run(n.expr, n.at)
	if n.dynamic && !slices.Equal(c.found, n.extra) {
		b.found[id] = slices.Clone(c.found)
	}
	return b.put(g, c, id, v)
}

// put keeps what a formula gave: one value, or an array that fills the cells around if they are free.
func (b *Book) put(g Store, c *Call, id int32, v Value) bool {
	n := b.nodes[id]
	rows, cols := 1, 1
	var a *Array
	if v.Kind == KindArray {
		a = v.array()
		rows, cols = a.Rows, a.Cols
	}
	if !same(v, errCircular) {
		b.claim(id, rows, cols)
	}
	if a != nil {
		if v = b.blocked(g, id, a); v.IsError() {
			a, rows, cols = nil, 1, 1
		} else {
			v = a.Cells[0]
		}
	}
	c.lookups.forget(n.at.Sheet, area(n.at.Row, n.at.Col, n.at.Row+max(rows, n.rows), n.at.Col+max(cols, n.cols)))
	changed := !same(g.Value(n.at.Sheet, n.at.Row, n.at.Col), v) || rows != n.rows || cols != n.cols
	if old := n.area(); old.Rows() > rows || old.Cols() > cols {
		b.unfill(g, id)
		b.Changed(n.at.Sheet, old)
	}
	if changed {
		g.Put(n.at, v, rows, cols)
	}
	if a == nil {
		if changed {
			b.counts.Changed++
		}
		return changed
	}
	if rows > n.rows || cols > n.cols {
		b.Changed(n.at.Sheet, area(n.at.Row, n.at.Col, n.at.Row+rows, n.at.Col+cols))
	}
	b.fill(id, rows, cols)
	for i, v := range a.Cells[1:] {
		at := Position{n.at.Sheet, n.at.Row + (i+1)/cols, n.at.Col + (i+1)%cols}
		if !same(g.Value(at.Sheet, at.Row, at.Col), v) {
			g.Fill(at, v)
			changed = true
		}
	}
	if changed {
		b.counts.Changed++
	}
	return changed
}

// blocked is the error of an array that has no room, or nothing.
func (b *Book) blocked(g Store, id int32, a *Array) Value {
	at := b.nodes[id].at
	rows, cols := g.Size(at.Sheet)
	switch more, wide := at.Row+a.Rows-rows, at.Col+a.Cols-cols; {
	case more > 0:
		return Fail(CodeRef, "Result was not automatically expanded, please insert more rows ("+itoa(more)+").")
	case wide > 0:
		return Fail(CodeRef, "Result was not automatically expanded, please insert more columns ("+itoa(wide)+").")
	}
	for i := 1; i < len(a.Cells); i++ {
		p := Position{at.Sheet, at.Row + i/a.Cols, at.Col + i%a.Cols}
		if other, ok := b.filled[b.place(p)]; ok && other != id || g.Entered(p.Sheet, p.Row, p.Col) {
			return errSpill(formula.CellName(p.Row, p.Col))
		}
	}
	return Empty
}

// claim notes the cells that a formula fills or would fill.
func (b *Book) claim(id int32, rows, cols int) {
	n := b.nodes[id]
	want := Area{}
	if rows > 1 || cols > 1 {
		want = area(n.at.Row, n.at.Col, n.at.Row+rows, n.at.Col+cols)
	}
	if want == n.claim {
		return
	}
	sheet := b.sheet(n.at.Sheet)
	if !n.claim.Empty() {
		b.claims.remove(sheet, n.claim, id)
	}
	if n.claim = want; !want.Empty() {
		b.claims.add(sheet, want, id)
	}
}

// fill notes the cells that a formula fills.
func (b *Book) fill(id int32, rows, cols int) {
	n := b.nodes[id]
	if n.rows == rows && n.cols == cols {
		return
	}
	n.rows, n.cols = rows, cols
	for i := 1; i < rows*cols; i++ {
		b.filled[b.place(Position{n.at.Sheet, n.at.Row + i/cols, n.at.Col + i%cols})] = id
	}
}

// stick has a formula that is in a circle try again without the cells that it fills and those that it found to read, which may no longer be
// the same. If the circle comes back it stays.
func (b *Book) stick(id int32) {
	n := b.nodes[id]
	switch {
	case n.claim.Empty() && n.extra == nil:
	case n.circled == b.calculation:
		n.stuck = !n.claim.Empty()
	default:
		n.circled = b.calculation
		b.claim(id, 1, 1)
		if n.extra != nil {
			b.found[id] = nil
		}
	}
}

// unstick forgets that a formula's claim closes a circle.
func (b *Book) unstick(id int32) {
	if n := b.nodes[id]; n.stuck {
		n.stuck = false
		b.Changed(n.at.Sheet, n.claim)
	}
}

// unfill empties the cells that a formula fills.
func (b *Book) unfill(g Store, id int32) {
	n := b.nodes[id]
	for i := 1; i < n.rows*n.cols; i++ {
		at := Position{n.at.Sheet, n.at.Row + i/n.cols, n.at.Col + i%n.cols}
		if b.filled[b.place(at)] != id {
			continue
		}
		delete(b.filled, b.place(at))
		if !g.Entered(at.Sheet, at.Row, at.Col) {
			g.Fill(at, Empty)
			b.Changed(at.Sheet, formula.Cell(at.Row, at.Col))
		}
	}
	n.rows, n.cols = 1, 1
}

// same says if two cells' values look the same.
func same(a, b Value) bool {
	return a.Kind == b.Kind && a.Code == b.Code && a.Hint == b.Hint && a.Num == b.Num && a.Text == b.Text
}

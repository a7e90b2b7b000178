package attractor

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// box is a place in the drawing: a node's, or a bend of an edge that spans layers.
type box struct {
	node  *Node
	layer int
	order float64
	x, y  float64
	w, h  float64
}

// drawing lays a graph out in layers from top to bottom: longest paths decide the layer, neighbours the order in it.
//
// Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System Structures, 1981.
type drawing struct {
	g      *Graph
	boxes  map[string]*box
	layers [][]*box
	routes [][]*box // one for each edge, from its start to its end
	w, h   float64
}

const (
	layerGap, boxGap, boxHeight, charWidth = 64.0, 34.0, 40.0, 7.4
	longLabel                              = 30
)

// SVG draws a graph. Every node is a group with data-node, every edge one with data-from and data-to, so that a page can
// show where a run is.
func SVG(g *Graph) string {
	d := &drawing{g: g, boxes: map[string]*box{}}
	d.layer()
	d.route()
	d.arrange()
	return d.write()
}

// layer gives each node its layer: one below the lowest of those that lead to it, edges back aside.
func (d *drawing) layer() {
	back := map[*Edge]bool{}
	state := map[string]int{} // 1 on the way, 2 done
	var order []string
	var walk func(id string)
	walk = func(id string) {
		state[id] = 1
		for _, e := range d.g.Out(id) {
			switch state[e.To] {
			case 0:
				walk(e.To)
			case 1:
				back[e] = true
			}
		}
		state[id] = 2
		order = append(order, id)
	}
	starts := append(d.g.OfType(TypeStart), d.g.Nodes...)
	for _, n := range starts {
		if state[n.ID] == 0 {
			walk(n.ID)
		}
	}
	for _, n := range d.g.Nodes {
		label := head(n.Label(), longLabel)
		d.boxes[n.ID] = &box{node: n, w: max(64, float64(len([]rune(label)))*charWidth+28), h: boxHeight}
	}
	for _, id := range slices.Backward(order) {
		for _, e := range d.g.Out(id) {
			if !back[e] && e.To != id {
				d.boxes[e.To].layer = max(d.boxes[e.To].layer, d.boxes[id].layer+1)
			}
		}
	}
}

// route puts a bend into every layer that an edge passes.
func (d *drawing) route() {
	put := func(b *box) {
		for len(d.layers) <= b.layer {
			d.layers = append(d.layers, nil)
		}
		b.order = float64(len(d.layers[b.layer]))
		d.layers[b.layer] = append(d.layers[b.layer], b)
	}
	for _, n := range d.g.Nodes {
		put(d.boxes[n.ID])
	}
	for _, e := range d.g.Edges {
		from, to := d.boxes[e.From], d.boxes[e.To]
		path := []*box{from}
		step := 1
		if to.layer < from.layer {
			step = -1
		}
		for l := from.layer + step; from != to && l != to.layer && from.layer != to.layer; l += step {
			bend := &box{layer: l, w: 8}
			put(bend)
			path = append(path, bend)
		}
		d.routes = append(d.routes, append(path, to))
	}
}

// arrange orders the layers by the middle of each box's neighbours, a few times over, and gives every box its place.
func (d *drawing) arrange() {
	near := map[*box][]*box{}
	for _, path := range d.routes {
		for i := 1; i < len(path); i++ {
			near[path[i-1]] = append(near[path[i-1]], path[i])
			near[path[i]] = append(near[path[i]], path[i-1])
		}
	}
	for round := range 12 {
		for _, layer := range d.layers {
			for _, b := range layer {
				sum, n := 0.0, 0.0
				for _, other := range near[b] {
					if round%2 == 0 && other.layer < b.layer || round%2 == 1 && other.layer > b.layer {
						sum, n = sum+other.order, n+1
					}
				}
				if n > 0 {
					b.order = sum / n
				}
			}
			slices.SortStableFunc(layer, func(a, b *box) int { return cmp.Compare(a.order, b.order) })
			for i, b := range layer {
				b.order = float64(i) - float64(len(layer)-1)/2
			}
		}
	}
	for i, layer := range d.layers {
		width := -boxGap
		for _, b := range layer {
			width += b.w + boxGap
		}
		d.w = max(d.w, width)
		x := -width / 2
		for _, b := range layer {
			b.x, b.y = x+b.w/2, float64(i)*(boxHeight+layerGap)+boxHeight/2
			x += b.w + boxGap
		}
	}
	d.h = float64(len(d.layers))*(boxHeight+layerGap) - layerGap
}

func (d *drawing) write() string {
	const margin = 90
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%.0f %.0f %.0f %.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="13">`+"\n",
		-d.w/2-margin, -20.0, d.w+2*margin, d.h+40, html.EscapeString(or(d.g.Attrs["label"], d.g.Name)))
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>` + "\n")
	var captions strings.Builder // over all lines
	for i, e := range d.g.Edges {
		d.edge(&b, &captions, e, d.routes[i])
	}
	b.WriteString(captions.String())
	for _, n := range d.g.Nodes {
		bx := d.boxes[n.ID]
		fmt.Fprintf(&b, `<g class="node" data-node="%s" data-type="%s"><title>%s</title>`, n.ID, html.EscapeString(d.g.TypeOf(n)), html.EscapeString(n.ID+": "+or(n.Attrs["prompt"], n.Attrs["tool_command"], n.Label())))
		fmt.Fprintf(&b, `<path d="%s" fill="#fff" stroke="#555"/>`, outline(n.Attrs["shape"], bx))
		label := head(n.Label(), longLabel)
		if label != n.Label() {
			label += "…"
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" dominant-baseline="central">%s</text></g>`+"\n", bx.x, bx.y, html.EscapeString(label))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// edge draws a curve through the edge's bends, with its label beside the start.
func (d *drawing) edge(b, captions *strings.Builder, e *Edge, path []*box) {
	fmt.Fprintf(b, `<g class="edge" data-from="%s" data-to="%s"><path d="`, e.From, e.To)
	from, to := path[0], path[len(path)-1]
	down := 1.0
	if to.layer < from.layer {
		down = -1
	}
	var lx, ly float64
	if from.layer == to.layer { // beside each other, or a loop
		side := from.x + from.w/2
		far := max(side, to.x+to.w/2) + 40
		fmt.Fprintf(b, "M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f", side, from.y-8, far, from.y-30, far, to.y+30, to.x+to.w/2, to.y+8)
		lx, ly = far, from.y
	} else {
		aside := 9 * (1 - down) // ways back run beside the ways there
		x, y := from.x+aside, from.y+down*from.h/2
		fmt.Fprintf(b, "M%.1f %.1f", x, y)
		for _, p := range path[1:] {
			px, py := p.x+aside, p.y-down*p.h/2
			if p == path[1] {
				lx, ly = x+(px-x)*0.65, y+(py-y)*0.55
			}
			fmt.Fprintf(b, " C%.1f %.1f %.1f %.1f %.1f %.1f", x, y+down*math.Abs(py-y)/2, px, py-down*math.Abs(py-y)/2, px, py)
			x, y = px, py
		}
	}
	b.WriteString(`" fill="none" stroke="#888" marker-end="url(#arrow)"/></g>` + "\n")
	if label := or(e.Label(), e.Condition()); label != "" {
		short := head(label, longLabel)
		fmt.Fprintf(captions, `<text class="caption" x="%.1f" y="%.1f" text-anchor="middle" font-size="11" fill="#666"><title>%s</title>%s</text>`+"\n", lx, ly, html.EscapeString(label), html.EscapeString(short))
	}
}

// outline is the path of a Graphviz shape.
func outline(shape string, b *box) string {
	l, r, t, bt := b.x-b.w/2, b.x+b.w/2, b.y-b.h/2, b.y+b.h/2
	p := func(xy ...float64) string {
		var s strings.Builder
		for i := 0; i < len(xy); i += 2 {
			fmt.Fprintf(&s, "%c%.1f %.1f", "ML"[min(i, 1)], xy[i], xy[i+1])
		}
		return s.String() + "Z"
	}
	switch shape {
	case "Mdiamond", "diamond":
		return p(l-12, b.y, b.x, t-6, r+12, b.y, b.x, bt+6)
	case "hexagon":
		return p(l-8, b.y, l+8, t, r-8, t, r+8, b.y, r-8, bt, l+8, bt)
	case "parallelogram":
		return p(l+6, t, r+10, t, r-6, bt, l-10, bt)
	case "component":
		return p(l, t, r, t, r, bt, l, bt) + p(l-5, t+8, l+6, t+8, l+6, t+15, l-5, t+15) + p(l-5, bt-15, l+6, bt-15, l+6, bt-8, l-5, bt-8)
	case "tripleoctagon":
		return p(l+10, t, r-10, t, r, t+10, r, bt-10, r-10, bt, l+10, bt, l, bt-10, l, t+10)
	case "house":
		return p(l, b.y-6, b.x, t-10, r, b.y-6, r, bt, l, bt)
	case "Msquare":
		return p(l, t, r, t, r, bt, l, bt) + p(l+4, t+4, r-4, t+4, r-4, bt-4, l+4, bt-4)
	}
	return p(l, t, r, t, r, bt, l, bt)
}

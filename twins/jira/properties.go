package jira

// setProperty keeps a JSON value with something.
func (c *call) setProperty(of, name string, v any) (was bool) {
	was = c.j.properties.Has(c.Tx, of+"/"+name)
	c.j.properties.Put(c.Tx, Property{Of: of, Key: name, Value: clone(v), Updated: c.at()})
	return was
}

// propertiesShown are the properties of something that the caller names; "*all" names all.
func (c *call) propertiesShown(of string, names []string) obj {
	w := chosen(names, "*all")
	out := obj{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		if !w.no[x.Key] && (w.all || w.yes[x.Key]) {
			out[x.Key] = x.Value
		}
	}
	return out
}

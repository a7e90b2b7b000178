package main

// fetchOkta takes the specification that Okta's own SDK is generated from.
func fetchOkta(f *fetcher, from []Source) (map[string]object, error) {
	b, err := f.file(from[0])
	if err != nil {
		return nil, err
	}
	doc, err := readYAML(b)
	if err != nil {
		return nil, err
	}
	return map[string]object{"openapi": facts(doc)}, nil
}

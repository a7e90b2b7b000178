package twintest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"
)

// A Source is what the Go files of a package declare, its tests left out.
type Source struct {
	Funcs  map[types.Object]*ast.FuncDecl // functions and methods
	Values map[types.Object]ast.Expr      // what package variables and constants begin with
	Inits  []*ast.FuncDecl
	fset   *token.FileSet
	info   types.Info
}

// ReadSource reads the package that the test is of.
func ReadSource(t *testing.T) *Source {
	t.Helper()
	src := &Source{Funcs: map[types.Object]*ast.FuncDecl{}, Values: map[types.Object]ast.Expr{}, fset: token.NewFileSet(),
		info: types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
	files, err := ownFiles(src.fset)
	if err != nil {
		t.Fatal(err)
	}
	// What comes from other packages is not looked at, and what cannot be typed without it is left untyped.
	config := types.Config{Importer: nothing{}, Error: func(error) {}}
	config.Check("", src.fset, files, &src.info)
	for _, f := range files {
		for _, d := range f.Decls {
			src.declare(d)
		}
	}
	return src
}

// ownFiles are the Go files of the working directory, its tests left out.
func ownFiles(fset *token.FileSet) (files []*ast.File, err error) {
	entries, err := os.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// Calls tells f of each call that the package makes which the test is of, and where it stands.
func Calls(f func(at token.Position, c *ast.CallExpr)) error {
	fset := token.NewFileSet()
	files, err := ownFiles(fset)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				f(fset.Position(c.Pos()), c)
			}
			return true
		})
	}
	return err
}

// nothing is every package, with nothing in it.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	p.MarkComplete()
	return p, nil
}

func (src *Source) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.Name == "init" {
			src.Inits = append(src.Inits, d)
		} else if d.Body != nil {
			src.Funcs[src.info.Defs[d.Name]] = d
		}
	case *ast.GenDecl:
		for _, sp := range d.Specs {
			if v, ok := sp.(*ast.ValueSpec); ok {
				for i, x := range v.Values {
					src.Values[src.info.Defs[v.Names[i]]] = x
				}
			}
		}
	}
}

// Object is what a name of the package stands for; nil if it is none of its functions, variables and constants.
func (src *Source) Object(name *ast.Ident) types.Object {
	o := src.info.Uses[name]
	if f, ok := o.(*types.Func); ok {
		o = f.Origin()
	}
	if src.Funcs[o] == nil && src.Values[o] == nil {
		return nil
	}
	return o
}

// Names are the functions, variables and constants of the package that n names.
func (src *Source) Names(n ast.Node) (list []types.Object) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if o := src.Object(id); o != nil && !slices.Contains(list, o) {
				list = append(list, o)
			}
		}
		return true
	})
	return list
}

// At is where in the package a node stands.
func (src *Source) At(n ast.Node) token.Position { return src.fset.Position(n.Pos()) }

// Called is the name of the function that a call calls.
func Called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

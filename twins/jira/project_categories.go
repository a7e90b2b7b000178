package jira

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) projectCategoriesOperations() {
	j.on(twin.Full, "getAllProjectCategories", j.getAllProjectCategories)
	j.on(twin.Full, "createProjectCategory", j.createProjectCategory)
	j.on(twin.Full, "getProjectCategoryById", j.getProjectCategoryById)
	j.on(twin.Full, "updateProjectCategory", j.updateProjectCategory)
	j.on(twin.Full, "removeProjectCategory", j.removeProjectCategory)
}

// category finds the category that the path names.
func (c *call) category() (Category, error) {
	x, ok := c.j.categories.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return x, notFound("The project category with id '%s' does not exist.", c.param("id"))
	}
	return x, nil
}

// checkCategory refuses a category without a name, or with that of another one.
func (c *call) checkCategory(x Category, taken int) error {
	switch n := utf8.RuneCountInString(x.Name); {
	case strings.TrimSpace(x.Name) == "":
		return wrong("name", "The name must not be empty.")
	case n > 255:
		return wrong("name", "The name must not exceed 255 characters in length.")
	case utf8.RuneCountInString(x.Description) > 1000:
		return wrong("description", "The description must not exceed 1000 characters in length.")
	}
	for other := range c.j.categories.All(c.Tx, "") {
		if other.ID != x.ID && strings.EqualFold(other.Name, x.Name) {
			r := wrong("name", "The project category with name '%s' already exists.", x.Name)
			r.status = taken
			return r
		}
	}
	return nil
}

// getAllProjectCategories returns all categories.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/#api-rest-api-3-projectcategory-get
func (j *Jira) getAllProjectCategories(c *call) (any, error) {
	out := []any{}
	for x := range j.categories.All(c.Tx, "") {
		out = append(out, c.categoryShown(x))
	}
	return out, nil
}

// createProjectCategory makes a category.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/#api-rest-api-3-projectcategory-post
func (j *Jira) createProjectCategory(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	x := Category{Name: text(doc["name"]), Description: text(doc["description"])}
	if err := c.checkCategory(x, http.StatusConflict); err != nil {
		return nil, err
	}
	x.ID = c.next("category", firstID)
	j.categories.Put(c.Tx, x)
	c.audited("Project category created", "projects", item(id(x.ID), x.Name, "PROJECT_CATEGORY"), changedValues([3]string{"Name", "", x.Name}, [3]string{"Description", "", x.Description})...)
	return created(c.categoryShown(x)), nil
}

// getProjectCategoryById returns a category.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/#api-rest-api-3-projectcategory-id-get
func (j *Jira) getProjectCategoryById(c *call) (any, error) {
	x, err := c.category()
	if err != nil {
		return nil, err
	}
	return c.categoryShown(x), nil
}

// updateProjectCategory renames a category.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/#api-rest-api-3-projectcategory-id-put
func (j *Jira) updateProjectCategory(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	x, err := c.category()
	if err != nil {
		return nil, err
	}
	was, doc := x, object(c.body)
	if v, ok := doc["name"]; ok {
		x.Name = text(v)
	}
	if v, ok := doc["description"]; ok {
		x.Description = text(v)
	}
	if err := c.checkCategory(x, http.StatusBadRequest); err != nil {
		return nil, err
	}
	j.categories.Put(c.Tx, x)
	c.audited("Project category updated", "projects", item(id(x.ID), x.Name, "PROJECT_CATEGORY"), changedValues([3]string{"Name", was.Name, x.Name}, [3]string{"Description", was.Description, x.Description})...)
	return c.categoryShown(x), nil
}

// removeProjectCategory deletes a category. Its projects are in none then.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-categories/#api-rest-api-3-projectcategory-id-delete
func (j *Jira) removeProjectCategory(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	x, err := c.category()
	if err != nil {
		return nil, err
	}
	for p := range j.projects.All(c.Tx, "") {
		if p.Category == x.ID {
			p.Category = 0
			j.projects.Put(c.Tx, p)
		}
	}
	j.categories.Delete(c.Tx, key(x.ID))
	c.audited("Project category deleted", "projects", item(id(x.ID), x.Name, "PROJECT_CATEGORY"))
	return nil, nil
}

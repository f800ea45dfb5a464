package httpd

// Page is one page of a list. NextCursor is absent on the last page.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Pass it as cursor to read the next page."`
}

// NewPage makes a page whose empty list is written as [] and not as null.
func NewPage[T any](items []T, next string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{items, next}
}

// PageInput is embedded into the input of an operation that lists.
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"2000" doc:"next_cursor of the previous page; without it the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many items a page has."`
}

package connector

import (
	"context"

	"ligature/internal/ident"
)

// Storage is how a product keeps one password, without showing it. The zero value is that of a user who has none.
type Storage struct {
	// Format is the name of the hash's format, "" where it is unknown, and Cost what a guess costs, in the format's words.
	Format, Cost string
	// Weak says that whoever has the hash finds most passwords by trying.
	Weak bool
	// Refused says why it cannot be checked ("unknown", "malformed", "too_costly"); "" when it can.
	Refused string
}

// Keeper is a connector that sees how passwords are kept, because it checks them itself. Examinations ask it; nothing
// else does, and no hash comes out of it.
type Keeper interface {
	// Kept is about one user; of nobody, the error is fault.Missing.
	Kept(ctx context.Context, id ident.ExternalID) (Storage, error)
	// ListKept is Lister's List, and how each of the listed keeps their password; nil when the list does not tell.
	ListKept(ctx context.Context, cursor string, limit int) (records []Record, kept []Storage, next string, err error)
}

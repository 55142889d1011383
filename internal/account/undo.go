package account

import (
	"time"

	"ligature/internal/ident"
)

// UndoKind says what can be taken back.
type UndoKind string

// The kinds.
const (
	UndoUnlink UndoKind = "unlink"
	UndoMerge  UndoKind = "merge"
)

// UndoTTL is how long a change can be taken back.
const UndoTTL = 30 * 24 * time.Hour

// Undo is a change of a person's own that can be taken back: the rows as they were, and as the change left them. It holds
// no credential, session or proof, because none of those is ever restored.
type Undo struct {
	ID ident.UndoID
	// Account is who may take it back; of a merge the account that went on.
	Account ident.AccountID
	// Other is the account that a merge closed; empty otherwise.
	Other     ident.AccountID
	Kind      UndoKind
	Before    Rows
	After     Rows
	CreatedAt time.Time
	Deadline  time.Time
	DoneAt    time.Time
	Version   int64
}

// Rows are links and addresses as they were at one moment. Their versions mean nothing.
type Rows struct {
	Links     []Link
	Addresses []Address
}

// Open reports whether the change may still be taken back, as far as time and use go.
func (u Undo) Open(now time.Time) bool {
	return u.ID != "" && u.DoneAt.IsZero() && now.Before(u.Deadline)
}

// MergeTTL is how long a proven merge waits for its owner's word.
const MergeTTL = 15 * time.Minute

// Merge is a merge of two accounts of one person that was proven from both sides and waits for the word of whoever proved
// it, in the same session of the same browser. It is used once.
type Merge struct {
	ID ident.MergeID
	// Account goes on, Other becomes part of it.
	Account, Other ident.AccountID
	Browser        ident.BrowserID
	Session        ident.SessionID
	CreatedAt      time.Time
	Deadline       time.Time
	DoneAt         time.Time
	Version        int64
}

// Open reports whether the merge still waits.
func (m Merge) Open(now time.Time) bool {
	return m.ID != "" && m.DoneAt.IsZero() && now.Before(m.Deadline)
}

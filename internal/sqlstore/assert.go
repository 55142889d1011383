package sqlstore

import "ligature/internal/linking"

var (
	_ linking.Store      = (*DB)(nil)
	_ linking.TallyStore = (*DB)(nil)
)

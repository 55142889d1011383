package sqlstore

import (
	"context"
	"time"
)

// forgets are the statements that delete what nobody needs any more; $1 is the instant before which it ended, $2 how many
// rows at most. A flow stays while a mail of it can still be answered ("this was not me"), and a mail while it may be sent.
var forgets = [...]string{
	`DELETE FROM flow WHERE id IN (SELECT id FROM flow WHERE deadline < $1
 AND NOT EXISTS (SELECT 1 FROM mail_token WHERE mail_token.tenant_id = flow.tenant_id AND mail_token.flow_id = flow.id AND mail_token.deadline >= $1) ORDER BY deadline LIMIT $2)`,
	`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state <> 'queued' AND ended_at < $1 ORDER BY ended_at LIMIT $2)`,
	`DELETE FROM tally WHERE key IN (SELECT key FROM tally WHERE until < $1 AND first_at < $1 ORDER BY until LIMIT $2)`,
}

// Forget deletes flows, mails and counts of failures that ended before the instant, at most limit of each, and gives how many
// it deleted. Several processes may do so at once.
func (d *DB) Forget(ctx context.Context, before time.Time, limit int) (int64, error) {
	var deleted int64
	for _, query := range forgets {
		n, err := d.group.harmless(ctx, query, micros(before), limit)
		if err != nil {
			return deleted, err
		}
		deleted += n
	}
	return deleted, nil
}

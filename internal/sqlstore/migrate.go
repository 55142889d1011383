package sqlstore

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"ligature/internal/fault"
)

// Migrations of both databases, with the same numbers. Forward only; none is edited after a release.
//
//go:embed migrations
var migrations embed.FS

// versions is goose's table of what has been applied.
const versions = "schema_version"

// migrate brings the schema up to date. On PostgreSQL a lock lets several processes start together: one migrates, the
// others wait for it.
func (d *DB) migrate(ctx context.Context) error {
	steps, err := fs.Sub(migrations, "migrations/"+d.dialect.name)
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err)
	}
	options := []goose.ProviderOption{goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	kind := goose.DialectSQLite3
	if d.dialect.name == postgresName {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return fault.Wrap(fault.Internal, "store.migrate", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, d.write, steps, options...)
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return fault.Wrap(fault.Internal, "store.migrate", err)
	}
	for _, step := range applied {
		d.log.LogAttrs(ctx, slog.LevelInfo, "schema migrated", slog.String("step", step.Source.Path), slog.Duration("took", step.Duration))
	}
	return nil
}

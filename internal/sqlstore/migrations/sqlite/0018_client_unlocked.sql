-- +goose Up

-- Nothing: checking a foreign key locks no row here, and there is one writer anyway.
SELECT 1;

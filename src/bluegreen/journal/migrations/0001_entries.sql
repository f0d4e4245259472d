-- The history: one row for each event, numbered from 1 without gaps, never changed and never removed.
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL
);

CREATE INDEX entries_by_app ON entries (app, seq);

CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

-- Also against REPLACE, for which SQLite does not run the trigger above.
CREATE TRIGGER entries_have_no_gaps BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN
    SELECT RAISE(ABORT, 'entries are numbered without gaps');
END;

-- Writes that were asked for with an Idempotency-Key, and how they were answered.
CREATE TABLE repeats (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    at REAL NOT NULL,
    status INTEGER, -- null: begun, and not known to have ended
    headers TEXT,
    body BLOB, -- null: not kept, since it holds a secret or is large
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;

CREATE INDEX repeats_by_age ON repeats (at);

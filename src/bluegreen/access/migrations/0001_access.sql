-- Tokens and sessions. Of a secret there is its SHA-256 alone.
CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('token', 'session')),
    name TEXT NOT NULL,
    grants TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    created REAL NOT NULL,
    by TEXT NOT NULL,
    expires REAL,
    parent TEXT,
    last_used REAL,
    revoked REAL,
    revoked_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- What was asked for, by whom, and what became of it.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    via TEXT NOT NULL,
    credential TEXT NOT NULL,
    address TEXT NOT NULL,
    operation TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    app TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused')),
    status INTEGER NOT NULL,
    why TEXT NOT NULL,
    count INTEGER NOT NULL,
    last REAL NOT NULL
);

CREATE INDEX audit_by_app ON audit (app, id);
CREATE INDEX audit_by_who ON audit (who, id);
CREATE INDEX audit_refused ON audit (id) WHERE outcome = 'refused';

CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- Only how often it was tried again may grow.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN (OLD.at, OLD.who, OLD.via, OLD.credential, OLD.address, OLD.operation, OLD.method, OLD.path, OLD.app, OLD.outcome,
      OLD.status, OLD.why)
  IS NOT (NEW.at, NEW.who, NEW.via, NEW.credential, NEW.address, NEW.operation, NEW.method, NEW.path, NEW.app,
          NEW.outcome, NEW.status, NEW.why)
  OR NEW.id IS NOT OLD.id OR NEW.count < OLD.count OR OLD.outcome = 'accepted'
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

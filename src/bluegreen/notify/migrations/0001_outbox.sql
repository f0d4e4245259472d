-- Messages on their way, one for each channel that is told.
CREATE TABLE deliveries (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  app TEXT NOT NULL,
  news TEXT NOT NULL,
  seq INTEGER,
  at REAL NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL,
  due REAL NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  attempts TEXT NOT NULL,
  changed REAL NOT NULL
);
CREATE INDEX deliveries_by_turn ON deliveries (channel, state, tries, due);
CREATE INDEX deliveries_by_change ON deliveries (channel, changed);
-- Up to which entry of the journal each application was announced.
CREATE TABLE cursors (app TEXT PRIMARY KEY, seq INTEGER NOT NULL);
-- One row: who sends, and whether the cursors have begun.
CREATE TABLE controller (id TEXT NOT NULL, begun INTEGER NOT NULL);

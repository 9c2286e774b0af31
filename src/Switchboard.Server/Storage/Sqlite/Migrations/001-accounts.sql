-- Times are microseconds since 1970 UTC. The bundled SQLite may be 3.35, so no STRICT tables.

CREATE TABLE accounts (
  -- Never reused, so that what a removed account left behind cannot fall to a new one.
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT    NOT NULL UNIQUE,
  salt       TEXT    NOT NULL,
  iterations INTEGER NOT NULL,
  stored_key TEXT    NOT NULL,
  server_key TEXT    NOT NULL,
  allow      INTEGER NOT NULL,
  quota      INTEGER CHECK (quota >= 0),
  used_bytes INTEGER NOT NULL DEFAULT 0,
  disabled   INTEGER NOT NULL DEFAULT 0,
  created    INTEGER NOT NULL,
  last_login INTEGER,
  -- Grows with every change of the password.
  password_epoch INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE tokens (
  id         TEXT    PRIMARY KEY,
  account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  salt       TEXT    NOT NULL,
  iterations INTEGER NOT NULL,
  stored_key TEXT    NOT NULL,
  server_key TEXT    NOT NULL,
  label      TEXT,
  device     TEXT,
  allow      INTEGER,
  created    INTEGER NOT NULL,
  expires    INTEGER,
  last_used  INTEGER
) WITHOUT ROWID;

CREATE INDEX tokens_by_account ON tokens (account, created);

-- Devices that have logged in to an account: they are not held up by what strangers try against it.
CREATE TABLE devices (
  account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  device    TEXT    NOT NULL,
  last_used INTEGER NOT NULL,
  PRIMARY KEY (account, device)
) WITHOUT ROWID;

CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  time    INTEGER NOT NULL,
  account TEXT,
  source  TEXT,
  action  TEXT    NOT NULL,
  subject TEXT,
  detail  TEXT,
  count   INTEGER NOT NULL DEFAULT 1,
  -- Like events that carry the same bucket share one row.
  bucket  TEXT    UNIQUE
);

CREATE INDEX audit_by_account ON audit (account, number);
CREATE INDEX audit_by_action ON audit (action, number);

-- What the server keeps for itself, such as the key from which salts of unknown names are made.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- What was removed and can be put back. The bytes are in a file or folder named bin-ID in the account's folder of partial uploads.
CREATE TABLE bin (
  id      TEXT    PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- Where it was, from the home, without a leading slash.
  path    TEXT    NOT NULL,
  folder  INTEGER NOT NULL,
  -- Bytes it counts; NULL for a folder that nobody has counted yet. They are part of accounts.used_bytes.
  size    INTEGER,
  removed INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX bin_by_account ON bin (account, removed);

-- Links for people without an account.
CREATE TABLE shares (
  id         TEXT    PRIMARY KEY,
  account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- SHA-256 of the secret, which is stored nowhere.
  secret     BLOB    NOT NULL,
  -- From the home, without a leading slash.
  path       TEXT    NOT NULL,
  -- The SHA-256 of the file that is read, and its bytes; NULL for a folder that is uploaded into.
  sha256     BLOB,
  size       INTEGER,
  label      TEXT,
  created    INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  -- Most downloads, or files; NULL means any number.
  count      INTEGER,
  -- Most bytes that are uploaded; NULL for a file that is read.
  bytes      INTEGER,
  used_count INTEGER NOT NULL DEFAULT 0,
  used_bytes INTEGER NOT NULL DEFAULT 0,
  last_used  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX shares_by_account ON shares (account, created);

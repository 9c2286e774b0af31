-- Unfinished uploads. The bytes are in a file named by the id; how many there are is that file's length.
CREATE TABLE uploads (
  id         TEXT    PRIMARY KEY,
  account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  path       TEXT    NOT NULL,
  total      INTEGER,
  modified   INTEGER,
  device     TEXT,
  -- Bytes of quota it holds beyond the file it replaces.
  reserved   INTEGER NOT NULL,
  created    INTEGER NOT NULL,
  touched    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX uploads_by_account ON uploads (account, path);

-- Groups of files about to be renamed to their final names; replayed at start when the server died before it was done.
CREATE TABLE intents (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  content BLOB NOT NULL
);

-- Digests of stored files, valid while inode, size and both times are the same.
CREATE TABLE digests (
  account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  inode       INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  changed_ns  INTEGER NOT NULL,
  sha256      BLOB    NOT NULL,
  -- Where the file was last seen, to find content by its digest.
  path        TEXT    NOT NULL,
  PRIMARY KEY (account, inode)
) WITHOUT ROWID;

CREATE INDEX digests_by_content ON digests (account, sha256);

-- Accounts whose used_bytes may be wrong because the server did not stop in order: counted again at their next use.
CREATE TABLE recounts (
  account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- One row while a server runs, or ended without stopping.
CREATE TABLE file_service (
  running INTEGER PRIMARY KEY CHECK (running = 1)
);

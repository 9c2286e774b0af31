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

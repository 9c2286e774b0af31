CREATE TABLE chat_rooms (
  -- Never reused: what a removed room left behind cannot fall to a new one.
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  name    TEXT    NOT NULL UNIQUE,
  -- 0 public, 1 by invitation, 2 between two.
  kind    INTEGER NOT NULL,
  topic   TEXT,
  created INTEGER NOT NULL
);

-- Who may be in a room by invitation, and who is kept from speaking in or entering any room.
CREATE TABLE chat_members (
  room        INTEGER NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
  account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  invited     INTEGER NOT NULL DEFAULT 0,
  banned      INTEGER NOT NULL DEFAULT 0,
  -- Microseconds since 1970 UTC; may not speak before that.
  muted_until INTEGER,
  PRIMARY KEY (room, account)
) WITHOUT ROWID;

CREATE INDEX chat_members_by_account ON chat_members (account);

-- The log of each room. One row is what became durable together, so a busy room costs a row per commit and not one per message.
-- The form of the messages is MessageCodec.
CREATE TABLE chat_log (
  room     INTEGER NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
  first    INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  messages BLOB    NOT NULL,
  PRIMARY KEY (room, first)
) WITHOUT ROWID;

-- The last number of each room outlives its messages, which may expire: numbers are never given twice.
CREATE TABLE chat_ends (
  room INTEGER PRIMARY KEY REFERENCES chat_rooms (id) ON DELETE CASCADE,
  last INTEGER NOT NULL
);

-- How far each device of an account has read.
CREATE TABLE chat_cursors (
  account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  device  TEXT    NOT NULL,
  room    INTEGER NOT NULL REFERENCES chat_rooms (id) ON DELETE CASCADE,
  number  INTEGER NOT NULL,
  PRIMARY KEY (account, device, room)
) WITHOUT ROWID;

-- Words of messages, built behind the writing of them. A row's id is room * 2^40 + number.
CREATE VIRTUAL TABLE chat_words USING fts5 (words, content = '');

-- Up to which message of a room the words are in it.
CREATE TABLE chat_indexed (
  room   INTEGER PRIMARY KEY REFERENCES chat_rooms (id) ON DELETE CASCADE,
  number INTEGER NOT NULL
);

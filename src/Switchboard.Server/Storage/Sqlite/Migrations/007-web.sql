-- The password was chosen by somebody else (generated at the first start, or by an administrator): its owner is led to set another.
ALTER TABLE accounts ADD COLUMN renew INTEGER NOT NULL DEFAULT 0;
-- What the door that began an upload has to know when it goes on with it.
ALTER TABLE uploads ADD COLUMN note TEXT;

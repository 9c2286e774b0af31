-- What an account's jobs may do beyond the rule for all; NULL means nothing. The form is RunSettings.Stored.
ALTER TABLE accounts ADD COLUMN run TEXT;

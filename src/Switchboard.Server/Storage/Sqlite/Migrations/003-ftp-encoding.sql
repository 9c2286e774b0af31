-- How an account's FTP clients that know no UTF-8 spell names; NULL means UTF-8.
ALTER TABLE accounts ADD COLUMN ftp_encoding TEXT;

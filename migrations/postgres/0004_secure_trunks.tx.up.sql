-- Trunks whose audio is encrypted or not at all.

ALTER TABLE trunks ADD COLUMN srtp BOOLEAN NOT NULL DEFAULT FALSE;

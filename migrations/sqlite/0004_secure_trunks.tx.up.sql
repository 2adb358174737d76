-- Trunks whose audio is encrypted or not at all.

ALTER TABLE trunks ADD COLUMN srtp INTEGER NOT NULL DEFAULT 0;

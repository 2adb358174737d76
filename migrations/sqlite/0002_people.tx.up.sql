-- People: teams, access levels, letters, e-mail domains, and what members set for
-- themselves. "search" is what lists are searched and ordered by, folded by the
-- program: '' until it is filled, right after this file.

ALTER TABLE workspaces ADD COLUMN seat_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN members_invite INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE workspaces ADD COLUMN members_see_team INTEGER NOT NULL DEFAULT FALSE;

ALTER TABLE members ADD COLUMN extension TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN hours TEXT NOT NULL DEFAULT '{}';
ALTER TABLE members ADD COLUMN closed TEXT NOT NULL DEFAULT '{}';
ALTER TABLE members ADD COLUMN dial_country TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN ring_tone TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN notices TEXT NOT NULL DEFAULT '{"desktop":true,"missed_mail":false}';
ALTER TABLE members ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN search TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX members_extension ON members (workspace_id, extension) WHERE removed_at = 0 AND extension <> '';
CREATE INDEX members_search ON members (workspace_id, search, id) WHERE removed_at = 0;
CREATE INDEX members_role ON members (workspace_id, role) WHERE removed_at = 0;

ALTER TABLE invitations ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN pick_number INTEGER NOT NULL DEFAULT FALSE;
ALTER TABLE invitations ADD COLUMN team_ids TEXT NOT NULL DEFAULT 'null';
ALTER TABLE invitations ADD COLUMN letter_id TEXT NOT NULL DEFAULT '';

ALTER TABLE numbers ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN search TEXT NOT NULL DEFAULT '';
CREATE INDEX numbers_owner ON numbers (workspace_id, owner_id) WHERE owner_id <> '';
CREATE INDEX numbers_search ON numbers (workspace_id, search, id);

ALTER TABLE assignments ADD COLUMN level TEXT NOT NULL DEFAULT 'shared';
DROP INDEX assignments_member;
CREATE INDEX assignments_member ON assignments (workspace_id, member_id, number_id, level);

CREATE TABLE number_supervisors (
    workspace_id TEXT NOT NULL,
    number_id    TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, number_id, member_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX number_supervisors_member ON number_supervisors (workspace_id, member_id);

CREATE TABLE teams (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX teams_id ON teams (workspace_id, id);
CREATE UNIQUE INDEX teams_name_key ON teams (workspace_id, name_key);

CREATE TABLE team_members (
    workspace_id TEXT NOT NULL,
    team_id      TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    lead         INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, team_id, member_id),
    FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_member ON team_members (workspace_id, member_id, team_id, lead);

-- workspace_id is '' for letters to people who belong to none yet.
CREATE TABLE letters (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    kind         TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    plain        TEXT NOT NULL,
    html         TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    problem      TEXT NOT NULL,
    next_at      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    done_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX letters_due ON letters (next_at, id) WHERE state = 'waiting';
CREATE INDEX letters_done ON letters (done_at) WHERE state <> 'waiting';

CREATE TABLE claims (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    domain       TEXT NOT NULL,
    method       TEXT NOT NULL,
    address      TEXT NOT NULL,
    record       TEXT NOT NULL,
    claimed_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    verified_at  INTEGER NOT NULL,
    disabled_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX claims_list ON claims (workspace_id, id);
CREATE UNIQUE INDEX claims_domain ON claims (domain) WHERE verified_at <> 0 AND disabled_at = 0;

-- The key of a session is its id from now on; its token may change.
ALTER TABLE sessions RENAME TO old_sessions;
DROP INDEX sessions_member;
DROP INDEX sessions_expiry;
CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    token        TEXT NOT NULL,
    previous     TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    data         BLOB NOT NULL,
    expires_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    rotated_at   INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    user_agent   TEXT NOT NULL,
    address      TEXT NOT NULL,
    revoked      INTEGER NOT NULL
) STRICT;
INSERT INTO sessions
    SELECT token, token, '', member_id, workspace_id, data, expires_at, created_at, last_seen_at, 0, 0, user_agent, address, revoked
    FROM old_sessions;
DROP TABLE old_sessions;
CREATE UNIQUE INDEX sessions_token ON sessions (token);
CREATE INDEX sessions_previous ON sessions (previous) WHERE previous <> '';
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
UPDATE members SET seen_at = coalesce((SELECT max(last_seen_at) FROM sessions WHERE sessions.member_id = members.id), 0);

ALTER TABLE one_time_links ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX one_time_links_member ON one_time_links (member_id);

ALTER TABLE audit ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX audit_seq ON audit (workspace_id, seq) WHERE seq > 0;
CREATE INDEX audit_action ON audit (workspace_id, action, id);
CREATE TABLE audit_heads (
    workspace_id TEXT PRIMARY KEY,
    seq          INTEGER NOT NULL,
    hash         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_member_missed ON calls (workspace_id, member_id, id) WHERE missed;

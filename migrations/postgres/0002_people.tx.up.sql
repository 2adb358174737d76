-- People: teams, access levels, letters, e-mail domains, and what members set for
-- themselves. "search" is what lists are searched and ordered by, folded by the
-- program: '' until it is filled, right after this file.

ALTER TABLE workspaces ADD COLUMN seat_limit BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN members_invite BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspaces ADD COLUMN members_see_team BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE members ADD COLUMN extension TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN hours TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE members ADD COLUMN closed TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE members ADD COLUMN dial_country TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN ring_tone TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN notices TEXT COLLATE "C" NOT NULL DEFAULT '{"desktop":true,"missed_mail":false}';
ALTER TABLE members ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE UNIQUE INDEX members_extension ON members (workspace_id, extension) WHERE removed_at = 0 AND extension <> '';
CREATE INDEX members_search ON members (workspace_id, search, id) WHERE removed_at = 0;
CREATE INDEX members_role ON members (workspace_id, role) WHERE removed_at = 0;

ALTER TABLE invitations ADD COLUMN language TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN pick_number BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE invitations ADD COLUMN team_ids TEXT COLLATE "C" NOT NULL DEFAULT 'null';
ALTER TABLE invitations ADD COLUMN letter_id TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE numbers ADD COLUMN owner_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX numbers_owner ON numbers (workspace_id, owner_id) WHERE owner_id <> '';
CREATE INDEX numbers_search ON numbers (workspace_id, search, id);

ALTER TABLE assignments ADD COLUMN level TEXT COLLATE "C" NOT NULL DEFAULT 'shared';
DROP INDEX assignments_member;
CREATE INDEX assignments_member ON assignments (workspace_id, member_id, number_id, level);

CREATE TABLE number_supervisors (
    workspace_id TEXT COLLATE "C" NOT NULL,
    number_id    TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, number_id, member_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX number_supervisors_member ON number_supervisors (workspace_id, member_id);

CREATE TABLE teams (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         TEXT COLLATE "C" NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_id ON teams (workspace_id, id);
CREATE UNIQUE INDEX teams_name_key ON teams (workspace_id, name_key);

CREATE TABLE team_members (
    workspace_id TEXT COLLATE "C" NOT NULL,
    team_id      TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    lead         BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, team_id, member_id),
    FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX team_members_member ON team_members (workspace_id, member_id, team_id, lead);

-- workspace_id is '' for letters to people who belong to none yet.
CREATE TABLE letters (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    recipient    TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    plain        TEXT COLLATE "C" NOT NULL,
    html         TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    attempts     BIGINT NOT NULL,
    problem      TEXT COLLATE "C" NOT NULL,
    next_at      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    done_at      BIGINT NOT NULL
);
CREATE INDEX letters_due ON letters (next_at, id) WHERE state = 'waiting';
CREATE INDEX letters_done ON letters (done_at) WHERE state <> 'waiting';

CREATE TABLE claims (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    domain       TEXT COLLATE "C" NOT NULL,
    method       TEXT COLLATE "C" NOT NULL,
    address      TEXT COLLATE "C" NOT NULL,
    record       TEXT COLLATE "C" NOT NULL,
    claimed_by   TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    verified_at  BIGINT NOT NULL,
    disabled_at  BIGINT NOT NULL
);
CREATE INDEX claims_list ON claims (workspace_id, id);
CREATE UNIQUE INDEX claims_domain ON claims (domain) WHERE verified_at <> 0 AND disabled_at = 0;

-- The key of a session is its id from now on; its token may change.
ALTER TABLE sessions RENAME TO old_sessions;
ALTER TABLE old_sessions RENAME CONSTRAINT sessions_pkey TO old_sessions_pkey;
DROP INDEX sessions_member;
DROP INDEX sessions_expiry;
CREATE TABLE sessions (
    id           TEXT COLLATE "C" PRIMARY KEY,
    token        TEXT COLLATE "C" NOT NULL,
    previous     TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    data         BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    rotated_at   BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    user_agent   TEXT COLLATE "C" NOT NULL,
    address      TEXT COLLATE "C" NOT NULL,
    revoked      BOOLEAN NOT NULL
);
INSERT INTO sessions
    SELECT token, token, '', member_id, workspace_id, data, expires_at, created_at, last_seen_at, 0, 0, user_agent, address, revoked
    FROM old_sessions;
DROP TABLE old_sessions;
CREATE UNIQUE INDEX sessions_token ON sessions (token);
CREATE INDEX sessions_previous ON sessions (previous) WHERE previous <> '';
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
UPDATE members SET seen_at = coalesce((SELECT max(last_seen_at) FROM sessions WHERE sessions.member_id = members.id), 0);

ALTER TABLE one_time_links ADD COLUMN subject TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX one_time_links_member ON one_time_links (member_id);

ALTER TABLE audit ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN hash TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE UNIQUE INDEX audit_seq ON audit (workspace_id, seq) WHERE seq > 0;
CREATE INDEX audit_action ON audit (workspace_id, action, id);
CREATE TABLE audit_heads (
    workspace_id TEXT COLLATE "C" PRIMARY KEY,
    seq          BIGINT NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL
);

CREATE INDEX calls_member_missed ON calls (workspace_id, member_id, id) WHERE missed;

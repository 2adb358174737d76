-- Times are UTC in unix milliseconds, 0 for "never"; lengths are milliseconds.
-- Ids are UUIDv7: their order is the order of creation. JSON is text.
-- Foreign keys carry the workspace, so that nothing can refer across workspaces.

CREATE TABLE workspaces (
    id                      TEXT PRIMARY KEY,
    name                    TEXT NOT NULL,
    language                TEXT NOT NULL,
    time_zone               TEXT NOT NULL,
    country                 TEXT NOT NULL,
    allowed_countries       TEXT NOT NULL,
    max_concurrent_outbound INTEGER NOT NULL,
    max_outbound_per_hour   INTEGER NOT NULL,
    member_outbound_per_hour INTEGER NOT NULL,
    created_at              INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    name           TEXT NOT NULL,
    email          TEXT NOT NULL,
    role           TEXT NOT NULL,
    language       TEXT NOT NULL,
    setting        TEXT NOT NULL,
    wrap_up_ms     INTEGER NOT NULL,
    default_number TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    removed_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX members_id ON members (workspace_id, id);
CREATE UNIQUE INDEX members_email ON members (email) WHERE removed_at = 0;

CREATE TABLE invitations (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    email        TEXT NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    number_ids   TEXT NOT NULL,
    token_hash   TEXT NOT NULL,
    invited_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX invitations_list ON invitations (workspace_id, id);
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE numbers (
    id             TEXT PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    e164           TEXT NOT NULL,
    name           TEXT NOT NULL,
    country        TEXT NOT NULL,
    trunk_id       TEXT NOT NULL,
    web_call       INTEGER NOT NULL,
    auto_inbound   INTEGER NOT NULL,
    agent_inbound  INTEGER NOT NULL,
    auto_outbound  INTEGER NOT NULL,
    agent_outbound INTEGER NOT NULL,
    mandatory_tag  INTEGER NOT NULL,
    hold_music     TEXT NOT NULL,
    language       TEXT NOT NULL,
    created_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX numbers_id ON numbers (workspace_id, id);
CREATE UNIQUE INDEX numbers_e164 ON numbers (e164);
CREATE INDEX numbers_trunk ON numbers (workspace_id, trunk_id);

CREATE TABLE assignments (
    workspace_id TEXT NOT NULL,
    number_id    TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, number_id, member_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_member ON assignments (workspace_id, member_id);

CREATE TABLE tags (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    colour       TEXT NOT NULL,
    system       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tags_name_key ON tags (workspace_id, name_key);

CREATE TABLE trunks (
    id               TEXT PRIMARY KEY,
    workspace_id     TEXT NOT NULL REFERENCES workspaces (id),
    name             TEXT NOT NULL,
    host             TEXT NOT NULL,
    port             INTEGER NOT NULL,
    transport        TEXT NOT NULL,
    username         TEXT NOT NULL,
    password         TEXT NOT NULL,
    register         INTEGER NOT NULL,
    allowed_nets     TEXT NOT NULL,
    inbound_username TEXT NOT NULL,
    inbound_password TEXT NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX trunks_list ON trunks (workspace_id, id);

-- calls is a projection of call_entries. Numbers, members and tags are not
-- foreign keys here: history outlives them.
CREATE TABLE calls (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    number_id    TEXT NOT NULL,
    direction    TEXT NOT NULL,
    web          INTEGER NOT NULL,
    party_e164   TEXT NOT NULL,
    party_name   TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    answered_at  INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    cause        TEXT NOT NULL,
    sip_code     INTEGER NOT NULL,
    missed       INTEGER NOT NULL,
    tag_ids      TEXT NOT NULL,
    entries      INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_all ON calls (workspace_id, id);
CREATE INDEX calls_number ON calls (workspace_id, number_id, id);
CREATE INDEX calls_member ON calls (workspace_id, member_id, id);
CREATE INDEX calls_missed ON calls (workspace_id, id) WHERE missed;
CREATE INDEX calls_number_missed ON calls (workspace_id, number_id, id) WHERE missed;
CREATE INDEX calls_live ON calls (id) WHERE ended_at = 0;

CREATE TABLE call_entries (
    call_id      TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    workspace_id TEXT NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    payload      TEXT NOT NULL,
    PRIMARY KEY (call_id, seq),
    FOREIGN KEY (call_id) REFERENCES calls (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE call_tags (
    workspace_id TEXT NOT NULL,
    tag_id       TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    PRIMARY KEY (workspace_id, tag_id, call_id),
    FOREIGN KEY (call_id) REFERENCES calls (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX call_tags_call ON call_tags (call_id);

CREATE TABLE obligations (
    member_id    TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    since        INTEGER NOT NULL,
    length_ms    INTEGER NOT NULL,
    until        INTEGER NOT NULL,
    PRIMARY KEY (member_id, call_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE recordings (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    call_id      TEXT NOT NULL,
    state        TEXT NOT NULL,
    blob_key     TEXT NOT NULL,
    channels     TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    duration_ms  INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    markers      TEXT NOT NULL,
    deleted_by   TEXT NOT NULL,
    deleted_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX recordings_call ON recordings (workspace_id, call_id, id);
CREATE INDEX recordings_writing ON recordings (id) WHERE state = 'writing';

CREATE TABLE audit (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    at           INTEGER NOT NULL,
    member_id    TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    detail       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_list ON audit (workspace_id, id);

CREATE TABLE credentials (
    id           TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name         TEXT NOT NULL,
    data         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX credentials_member ON credentials (member_id, created_at);

-- A deleted session stays as a row with revoked = 1 until it expires.
CREATE TABLE sessions (
    token        TEXT PRIMARY KEY,
    member_id    TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    data         BLOB NOT NULL,
    expires_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    user_agent   TEXT NOT NULL,
    address      TEXT NOT NULL,
    revoked      INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE one_time_links (
    token_hash   TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    email        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL
) STRICT;

-- Times are UTC in unix milliseconds, 0 for "never"; lengths are milliseconds.
-- Ids are UUIDv7: their order is the order of creation. JSON is text.
-- Text is compared bytewise (collation C), as SQLite does.
-- Foreign keys carry the workspace, so that nothing can refer across workspaces.

CREATE TABLE workspaces (
    id                      TEXT COLLATE "C" PRIMARY KEY,
    name                    TEXT COLLATE "C" NOT NULL,
    language                TEXT COLLATE "C" NOT NULL,
    time_zone               TEXT COLLATE "C" NOT NULL,
    country                 TEXT COLLATE "C" NOT NULL,
    allowed_countries       TEXT COLLATE "C" NOT NULL,
    max_concurrent_outbound BIGINT NOT NULL,
    max_outbound_per_hour   BIGINT NOT NULL,
    member_outbound_per_hour BIGINT NOT NULL,
    created_at              BIGINT NOT NULL
);

CREATE TABLE members (
    id             TEXT COLLATE "C" PRIMARY KEY,
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name           TEXT COLLATE "C" NOT NULL,
    email          TEXT COLLATE "C" NOT NULL,
    role           TEXT COLLATE "C" NOT NULL,
    language       TEXT COLLATE "C" NOT NULL,
    setting        TEXT COLLATE "C" NOT NULL,
    wrap_up_ms     BIGINT NOT NULL,
    default_number TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    removed_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX members_id ON members (workspace_id, id);
CREATE UNIQUE INDEX members_email ON members (email) WHERE removed_at = 0;

CREATE TABLE invitations (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    email        TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    number_ids   TEXT COLLATE "C" NOT NULL,
    token_hash   TEXT COLLATE "C" NOT NULL,
    invited_by   TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    accepted_at  BIGINT NOT NULL
);
CREATE INDEX invitations_list ON invitations (workspace_id, id);
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE numbers (
    id             TEXT COLLATE "C" PRIMARY KEY,
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    e164           TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    country        TEXT COLLATE "C" NOT NULL,
    trunk_id       TEXT COLLATE "C" NOT NULL,
    web_call       BOOLEAN NOT NULL,
    auto_inbound   BOOLEAN NOT NULL,
    agent_inbound  BOOLEAN NOT NULL,
    auto_outbound  BOOLEAN NOT NULL,
    agent_outbound BOOLEAN NOT NULL,
    mandatory_tag  BOOLEAN NOT NULL,
    hold_music     TEXT COLLATE "C" NOT NULL,
    language       TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX numbers_id ON numbers (workspace_id, id);
CREATE UNIQUE INDEX numbers_e164 ON numbers (e164);
CREATE INDEX numbers_trunk ON numbers (workspace_id, trunk_id);

CREATE TABLE assignments (
    workspace_id TEXT COLLATE "C" NOT NULL,
    number_id    TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, number_id, member_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX assignments_member ON assignments (workspace_id, member_id);

CREATE TABLE tags (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         TEXT COLLATE "C" NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    colour       TEXT COLLATE "C" NOT NULL,
    system       BOOLEAN NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX tags_name_key ON tags (workspace_id, name_key);

CREATE TABLE trunks (
    id               TEXT COLLATE "C" PRIMARY KEY,
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name             TEXT COLLATE "C" NOT NULL,
    host             TEXT COLLATE "C" NOT NULL,
    port             BIGINT NOT NULL,
    transport        TEXT COLLATE "C" NOT NULL,
    username         TEXT COLLATE "C" NOT NULL,
    password         TEXT COLLATE "C" NOT NULL,
    register         BOOLEAN NOT NULL,
    allowed_nets     TEXT COLLATE "C" NOT NULL,
    inbound_username TEXT COLLATE "C" NOT NULL,
    inbound_password TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL
);
CREATE INDEX trunks_list ON trunks (workspace_id, id);

-- calls is a projection of call_entries. Numbers, members and tags are not
-- foreign keys here: history outlives them.
CREATE TABLE calls (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    number_id    TEXT COLLATE "C" NOT NULL,
    direction    TEXT COLLATE "C" NOT NULL,
    web          BOOLEAN NOT NULL,
    party_e164   TEXT COLLATE "C" NOT NULL,
    party_name   TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT NOT NULL,
    answered_at  BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    cause        TEXT COLLATE "C" NOT NULL,
    sip_code     BIGINT NOT NULL,
    missed       BOOLEAN NOT NULL,
    tag_ids      TEXT COLLATE "C" NOT NULL,
    entries      BIGINT NOT NULL
);
CREATE INDEX calls_all ON calls (workspace_id, id);
CREATE INDEX calls_number ON calls (workspace_id, number_id, id);
CREATE INDEX calls_member ON calls (workspace_id, member_id, id);
CREATE INDEX calls_missed ON calls (workspace_id, id) WHERE missed;
CREATE INDEX calls_number_missed ON calls (workspace_id, number_id, id) WHERE missed;
CREATE INDEX calls_live ON calls (id) WHERE ended_at = 0;

CREATE TABLE call_entries (
    call_id      TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    payload      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (call_id, seq),
    FOREIGN KEY (call_id) REFERENCES calls (id) ON DELETE CASCADE
);

CREATE TABLE call_tags (
    workspace_id TEXT COLLATE "C" NOT NULL,
    tag_id       TEXT COLLATE "C" NOT NULL,
    call_id      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, tag_id, call_id),
    FOREIGN KEY (call_id) REFERENCES calls (id) ON DELETE CASCADE
);
CREATE INDEX call_tags_call ON call_tags (call_id);

CREATE TABLE obligations (
    member_id    TEXT COLLATE "C" NOT NULL,
    call_id      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    since        BIGINT NOT NULL,
    length_ms    BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    PRIMARY KEY (member_id, call_id, kind)
);

CREATE TABLE recordings (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    call_id      TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    blob_key     TEXT COLLATE "C" NOT NULL,
    channels     TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT NOT NULL,
    duration_ms  BIGINT NOT NULL,
    bytes        BIGINT NOT NULL,
    sha256       TEXT COLLATE "C" NOT NULL,
    markers      TEXT COLLATE "C" NOT NULL,
    deleted_by   TEXT COLLATE "C" NOT NULL,
    deleted_at   BIGINT NOT NULL
);
CREATE INDEX recordings_call ON recordings (workspace_id, call_id, id);
CREATE INDEX recordings_writing ON recordings (id) WHERE state = 'writing';

CREATE TABLE audit (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_list ON audit (workspace_id, id);

CREATE TABLE credentials (
    id           TEXT COLLATE "C" PRIMARY KEY,
    member_id    TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    data         BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX credentials_member ON credentials (member_id, created_at);

-- A deleted session stays as a row with revoked set until it expires.
CREATE TABLE sessions (
    token        TEXT COLLATE "C" PRIMARY KEY,
    member_id    TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    data         BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent   TEXT COLLATE "C" NOT NULL,
    address      TEXT COLLATE "C" NOT NULL,
    revoked      BOOLEAN NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE one_time_links (
    token_hash   TEXT COLLATE "C" PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL,
    member_id    TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    email        TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL
);

-- Numbers and routing: flows with their versions, drafts and cases, calendars,
-- messages, the blacklist, and what is still to be done for callers.

ALTER TABLE numbers ADD COLUMN type TEXT COLLATE "C" NOT NULL DEFAULT 'classic';
ALTER TABLE numbers ADD COLUMN caller_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN inbox_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN inactive BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE recordings ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'call';

ALTER TABLE calls ADD COLUMN voicemail_id TEXT COLLATE "C" NOT NULL DEFAULT '';
-- When the call began to wait in a queue, and where the caller asked to be called back.
ALTER TABLE calls ADD COLUMN lined_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN asked_in TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX calls_voicemail ON calls (workspace_id, id) WHERE voicemail_id <> '';
CREATE INDEX calls_number_voicemail ON calls (workspace_id, number_id, id) WHERE voicemail_id <> '';
CREATE INDEX calls_member_voicemail ON calls (workspace_id, member_id, id) WHERE voicemail_id <> '';

-- A version is never changed.
CREATE TABLE flow_versions (
    workspace_id TEXT COLLATE "C" NOT NULL,
    number_id    TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    flow         TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL,
    restored     BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, number_id, version),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE flow_drafts (
    workspace_id TEXT COLLATE "C" NOT NULL,
    number_id    TEXT COLLATE "C" NOT NULL,
    flow         TEXT COLLATE "C" NOT NULL,
    base         BIGINT NOT NULL,
    revision     BIGINT NOT NULL,
    saved_at     BIGINT NOT NULL,
    saved_by     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, number_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE flow_cases (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    number_id    TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    scenario     TEXT COLLATE "C" NOT NULL,
    expect       TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX flow_cases_list ON flow_cases (workspace_id, number_id, id);

CREATE TABLE calendar_feeds (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         TEXT COLLATE "C" NOT NULL,
    url          TEXT COLLATE "C" NOT NULL,
    events       TEXT COLLATE "C" NOT NULL,
    fetched_at   BIGINT NOT NULL,
    failed       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX calendar_feeds_list ON calendar_feeds (workspace_id, id);

CREATE TABLE messages (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         TEXT COLLATE "C" NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    text         TEXT COLLATE "C" NOT NULL,
    language     TEXT COLLATE "C" NOT NULL,
    voice        TEXT COLLATE "C" NOT NULL,
    duration_ms  BIGINT NOT NULL,
    blob_key     TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,
    hidden       BOOLEAN NOT NULL
);
CREATE INDEX messages_name ON messages (workspace_id, name_key, id) WHERE NOT hidden;

CREATE TABLE blocked (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    kind         TEXT COLLATE "C" NOT NULL,
    pattern      TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX blocked_pattern ON blocked (workspace_id, kind, pattern);

-- Numbers and calls are not foreign keys here: what is to be done outlives them.
CREATE TABLE todo_items (
    id           TEXT COLLATE "C" PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    number_id    TEXT COLLATE "C" NOT NULL,
    call_id      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    e164         TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    calls        BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    latest_at    BIGINT NOT NULL,
    assignee_id  TEXT COLLATE "C" NOT NULL,
    assigned_at  BIGINT NOT NULL,
    outcome      TEXT COLLATE "C" NOT NULL,
    done_at      BIGINT NOT NULL,
    done_by      TEXT COLLATE "C" NOT NULL,
    -- The callback that Parley makes by itself; next_at 0: it makes none.
    queue_id     TEXT COLLATE "C" NOT NULL,
    lined_at     BIGINT NOT NULL,
    promised_at  BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    trying       TEXT COLLATE "C" NOT NULL,
    called_at    BIGINT NOT NULL
);
CREATE INDEX todo_items_open ON todo_items (workspace_id, latest_at, id) WHERE outcome = '';
CREATE INDEX todo_items_done ON todo_items (workspace_id, latest_at, id) WHERE outcome <> '';
CREATE INDEX todo_items_assignee ON todo_items (workspace_id, assignee_id) WHERE outcome = '' AND assignee_id <> '';
CREATE UNIQUE INDEX todo_items_e164 ON todo_items (workspace_id, number_id, e164) WHERE outcome = '' AND e164 <> '';
CREATE INDEX todo_items_pending ON todo_items (lined_at, id) WHERE outcome = '' AND next_at > 0;

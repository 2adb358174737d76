-- Numbers and routing: flows with their versions, drafts and cases, calendars,
-- messages, the blacklist, and what is still to be done for callers.

ALTER TABLE numbers ADD COLUMN type TEXT NOT NULL DEFAULT 'classic';
ALTER TABLE numbers ADD COLUMN caller_name TEXT NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN inbox_name TEXT NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN inactive INTEGER NOT NULL DEFAULT FALSE;

ALTER TABLE recordings ADD COLUMN kind TEXT NOT NULL DEFAULT 'call';

ALTER TABLE calls ADD COLUMN voicemail_id TEXT NOT NULL DEFAULT '';
-- When the call began to wait in a queue, and where the caller asked to be called back.
ALTER TABLE calls ADD COLUMN lined_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN asked_in TEXT NOT NULL DEFAULT '';
CREATE INDEX calls_voicemail ON calls (workspace_id, id) WHERE voicemail_id <> '';
CREATE INDEX calls_number_voicemail ON calls (workspace_id, number_id, id) WHERE voicemail_id <> '';
CREATE INDEX calls_member_voicemail ON calls (workspace_id, member_id, id) WHERE voicemail_id <> '';

-- A version is never changed.
CREATE TABLE flow_versions (
    workspace_id TEXT NOT NULL,
    number_id    TEXT NOT NULL,
    version      INTEGER NOT NULL,
    flow         TEXT NOT NULL,
    note         TEXT NOT NULL,
    restored     INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (workspace_id, number_id, version),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_drafts (
    workspace_id TEXT NOT NULL,
    number_id    TEXT NOT NULL,
    flow         TEXT NOT NULL,
    base         INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    saved_at     INTEGER NOT NULL,
    saved_by     TEXT NOT NULL,
    PRIMARY KEY (workspace_id, number_id),
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_cases (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    number_id    TEXT NOT NULL,
    name         TEXT NOT NULL,
    scenario     TEXT NOT NULL,
    expect       TEXT NOT NULL,
    FOREIGN KEY (workspace_id, number_id) REFERENCES numbers (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX flow_cases_list ON flow_cases (workspace_id, number_id, id);

CREATE TABLE calendar_feeds (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    url          TEXT NOT NULL,
    events       TEXT NOT NULL,
    fetched_at   INTEGER NOT NULL,
    failed       TEXT NOT NULL
) STRICT;
CREATE INDEX calendar_feeds_list ON calendar_feeds (workspace_id, id);

CREATE TABLE messages (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    text         TEXT NOT NULL,
    language     TEXT NOT NULL,
    voice        TEXT NOT NULL,
    duration_ms  INTEGER NOT NULL,
    blob_key     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    hidden       INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_name ON messages (workspace_id, name_key, id) WHERE NOT hidden;

CREATE TABLE blocked (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    kind         TEXT NOT NULL,
    pattern      TEXT NOT NULL,
    note         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX blocked_pattern ON blocked (workspace_id, kind, pattern);

-- Numbers and calls are not foreign keys here: what is to be done outlives them.
CREATE TABLE todo_items (
    id           TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    number_id    TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    e164         TEXT NOT NULL,
    name         TEXT NOT NULL,
    calls        INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    latest_at    INTEGER NOT NULL,
    assignee_id  TEXT NOT NULL,
    assigned_at  INTEGER NOT NULL,
    outcome      TEXT NOT NULL,
    done_at      INTEGER NOT NULL,
    done_by      TEXT NOT NULL,
    -- The callback that Parley makes by itself; next_at 0: it makes none.
    queue_id     TEXT NOT NULL,
    lined_at     INTEGER NOT NULL,
    promised_at  INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    trying       TEXT NOT NULL,
    called_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX todo_items_open ON todo_items (workspace_id, latest_at, id) WHERE outcome = '';
CREATE INDEX todo_items_done ON todo_items (workspace_id, latest_at, id) WHERE outcome <> '';
CREATE INDEX todo_items_assignee ON todo_items (workspace_id, assignee_id) WHERE outcome = '' AND assignee_id <> '';
CREATE UNIQUE INDEX todo_items_e164 ON todo_items (workspace_id, number_id, e164) WHERE outcome = '' AND e164 <> '';
CREATE INDEX todo_items_pending ON todo_items (lined_at, id) WHERE outcome = '' AND next_at > 0;

-- Everything that outreach remembers: companies and contacts, campaigns and leads, attempts,
-- conversations, findings, history. Describes what storage/tables says; a test compares the two.

CREATE TABLE breakers (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    openings INTEGER DEFAULT 0 NOT NULL,
    probes INTEGER DEFAULT 0 NOT NULL,
    calls INTEGER DEFAULT 0 NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT breakers_pkey PRIMARY KEY (scope, name),
    CONSTRAINT breakers_scope CHECK (scope IN ('sender', 'provider')),
    CONSTRAINT breakers_state CHECK (state IN ('closed', 'open', 'half_open'))
);

CREATE TABLE campaigns (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    version INTEGER NOT NULL,
    agent_name TEXT NOT NULL,
    agent_version INTEGER,
    status TEXT DEFAULT 'draft' NOT NULL,
    status_reason TEXT,
    start_at TIMESTAMP WITH TIME ZONE,
    end_at TIMESTAMP WITH TIME ZONE,
    concurrency INTEGER NOT NULL,
    weight INTEGER DEFAULT 1 NOT NULL,
    emission INTERVAL DEFAULT interval '0' NOT NULL,
    burst INTEGER DEFAULT 1 NOT NULL,
    tat TIMESTAMP WITH TIME ZONE,
    served_at TIMESTAMP WITH TIME ZONE,
    passed_over SMALLINT DEFAULT 0 NOT NULL,
    held_until TIMESTAMP WITH TIME ZONE,
    held_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    launched_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT campaigns_pkey PRIMARY KEY (id),
    CONSTRAINT campaigns_status CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled', 'archived')),
    CONSTRAINT campaigns_name_key UNIQUE (name)
)
 WITH (fillfactor = 20);

CREATE TABLE clock (
    id SMALLSERIAL NOT NULL CONSTRAINT clock_one_row CHECK (id = 1),
    shift INTERVAL DEFAULT interval '0' NOT NULL,
    simulated BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT clock_pkey PRIMARY KEY (id)
);

CREATE TABLE companies (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT DEFAULT '' NOT NULL,
    domains TEXT[] DEFAULT '{}' NOT NULL,
    profile JSONB DEFAULT '{}'::jsonb NOT NULL,
    fit_label TEXT DEFAULT 'unknown' NOT NULL,
    fit_score SMALLINT,
    fit JSONB DEFAULT '{}'::jsonb NOT NULL,
    journey_stage TEXT DEFAULT 'target' NOT NULL,
    journey_score SMALLINT DEFAULT 0 NOT NULL,
    needs_attention BOOLEAN DEFAULT false NOT NULL,
    owner TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT companies_pkey PRIMARY KEY (id)
);
CREATE INDEX companies_domains ON companies USING gin (domains);
CREATE INDEX companies_name_key ON companies (name_key);

CREATE TABLE consents (
    id UUID NOT NULL,
    contact_id UUID NOT NULL,
    state TEXT NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    basis TEXT NOT NULL,
    wording TEXT,
    proof TEXT,
    source TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    import_id UUID,
    CONSTRAINT consents_pkey PRIMARY KEY (contact_id, recorded_at, id),
    CONSTRAINT consents_state CHECK (state IN ('granted', 'revoked'))
);

CREATE TABLE contact_points (
    contact_id UUID NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    status TEXT DEFAULT 'unverified' NOT NULL,
    line_type TEXT,
    zones TEXT[] DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT contact_points_pkey PRIMARY KEY (value, kind),
    CONSTRAINT contact_points_kind CHECK (kind IN ('phone', 'whatsapp', 'email', 'linkedin')),
    CONSTRAINT contact_points_status CHECK (status IN ('unverified', 'valid', 'invalid', 'bounced', 'not_on_whatsapp'))
);
CREATE INDEX contact_points_contact ON contact_points (contact_id);

CREATE TABLE counters (
    name TEXT NOT NULL,
    value BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT counters_pkey PRIMARY KEY (name)
);

CREATE TABLE documents (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    body JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (kind, name, version)
);

CREATE TABLE duties (
    name TEXT NOT NULL,
    done_for TIMESTAMP WITH TIME ZONE,
    state JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT duties_pkey PRIMARY KEY (name)
);

CREATE TABLE events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    tx xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    campaign_id UUID,
    lead_id UUID,
    contact_id UUID,
    company_id UUID,
    attempt_id UUID,
    data JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (tx, seq, at)
)
 PARTITION BY RANGE (at);
CREATE INDEX events_campaign ON events (campaign_id, at) WHERE lead_id IS NULL;
CREATE INDEX events_company ON events (company_id, at) WHERE company_id IS NOT NULL;
CREATE INDEX events_contact ON events (contact_id, at) WHERE lead_id IS NULL;
CREATE INDEX events_lead ON events (lead_id, at);

-- What no month was made for; storage/partitions.py makes the months ahead of time.
CREATE TABLE events_rest PARTITION OF events DEFAULT;

CREATE TABLE inbox (
    id UUID NOT NULL,
    month DATE NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    problem TEXT,
    tries SMALLINT DEFAULT 0 NOT NULL,
    retry_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT inbox_pkey PRIMARY KEY (month, id),
    CONSTRAINT inbox_month_source_key_key UNIQUE (month, source, key),
    CONSTRAINT inbox_status CHECK (status IN ('pending', 'applied', 'failed', 'unmatched'))
)
 PARTITION BY RANGE (month);
CREATE INDEX inbox_retry ON inbox (retry_at) WHERE status = 'pending';
CREATE INDEX inbox_failed ON inbox (received_at) WHERE status = 'failed';
CREATE INDEX inbox_unmatched ON inbox (received_at) WHERE status = 'unmatched' AND kind = 'call_delivered';

-- What no month was made for; storage/partitions.py makes the months ahead of time.
CREATE TABLE inbox_rest PARTITION OF inbox DEFAULT;

-- The words of a lead for the index that searches them; measured in docs/decisions.
CREATE FUNCTION lead_words(search text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT array_to_tsvector(string_to_array(ltrim(search), ' ')) $$;

CREATE TABLE leads (
    id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    import_id UUID,
    row_number INTEGER,
    phone TEXT,
    whatsapp TEXT,
    email TEXT,
    first_name TEXT DEFAULT '' NOT NULL,
    last_name TEXT DEFAULT '' NOT NULL,
    company TEXT,
    title TEXT,
    country TEXT,
    language TEXT,
    stated_zone TEXT,
    zones TEXT[] DEFAULT '{}' NOT NULL,
    fields JSONB DEFAULT '{}'::jsonb NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    owner TEXT,
    status TEXT DEFAULT 'new' NOT NULL,
    work TEXT NOT NULL,
    work_reason TEXT,
    recheck_at TIMESTAMP WITH TIME ZONE,
    closed_reason TEXT,
    priority SMALLINT DEFAULT 0 NOT NULL,
    search TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT leads_pkey PRIMARY KEY (id),
    CONSTRAINT leads_status CHECK (status IN ('new', 'attempting', 'unreachable', 'contacted', 'callback', 'engaged', 'not_interested', 'qualified', 'converted', 'wrong_number', 'unsubscribed', 'do_not_contact')),
    CONSTRAINT leads_work CHECK (work IN ('planned', 'in_flight', 'waiting', 'blocked', 'ended')),
    CONSTRAINT leads_point CHECK (phone IS NOT NULL OR whatsapp IS NOT NULL OR email IS NOT NULL OR closed_reason = 'erased')
);
CREATE INDEX leads_campaign ON leads (campaign_id, id);
CREATE UNIQUE INDEX leads_campaign_phone ON leads (campaign_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX leads_campaign_status ON leads (campaign_id, status, id);
CREATE UNIQUE INDEX leads_campaign_whatsapp ON leads (campaign_id, whatsapp) WHERE phone IS NULL AND whatsapp IS NOT NULL;
CREATE INDEX leads_contact ON leads (contact_id);
CREATE INDEX leads_import ON leads USING brin (import_id);
CREATE INDEX leads_recheck ON leads (recheck_at) WHERE recheck_at IS NOT NULL;
CREATE INDEX leads_search ON leads USING gin (lead_words(search));
CREATE INDEX leads_work ON leads (campaign_id, work, work_reason);

CREATE TABLE operator_stop (
    id SMALLSERIAL NOT NULL CONSTRAINT operator_stop_one_row CHECK (id = 1),
    stopped BOOLEAN DEFAULT false NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE,
    changed_by TEXT,
    CONSTRAINT operator_stop_pkey PRIMARY KEY (id)
);

CREATE TABLE processes (
    id UUID NOT NULL,
    roles TEXT[] NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    heartbeat_at TIMESTAMP WITH TIME ZONE NOT NULL,
    media_url TEXT,
    internal_url TEXT,
    voice_slots INTEGER DEFAULT 0 NOT NULL,
    draining BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT processes_pkey PRIMARY KEY (id)
);

CREATE TABLE senders (
    id UUID NOT NULL,
    channel TEXT NOT NULL,
    provider TEXT NOT NULL,
    address TEXT NOT NULL,
    simulated BOOLEAN NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    status_reason TEXT,
    recheck_at TIMESTAMP WITH TIME ZONE,
    used_on DATE,
    used_today INTEGER DEFAULT 0 NOT NULL,
    active_since TIMESTAMP WITH TIME ZONE,
    emission INTERVAL DEFAULT interval '1 second' NOT NULL,
    burst INTEGER DEFAULT 1 NOT NULL,
    tat TIMESTAMP WITH TIME ZONE,
    CONSTRAINT senders_pkey PRIMARY KEY (id),
    CONSTRAINT senders_channel_provider_address_key UNIQUE (channel, provider, address),
    CONSTRAINT senders_channel CHECK (channel IN ('voice', 'whatsapp')),
    CONSTRAINT senders_status CHECK (status IN ('active', 'parked', 'stopped'))
)
 WITH (fillfactor = 20);

CREATE TABLE provider_answers (
    sender_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    CONSTRAINT provider_answers_pkey PRIMARY KEY (sender_id, at),
    CONSTRAINT provider_answers_sender_id_fkey FOREIGN KEY(sender_id) REFERENCES senders (id) ON DELETE CASCADE
);

CREATE TABLE sign_in_tries (
    key TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER NOT NULL,
    CONSTRAINT sign_in_tries_pkey PRIMARY KEY (key)
);

CREATE TABLE tallies (
    campaign_id UUID NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    count BIGINT NOT NULL,
    CONSTRAINT tallies_pkey PRIMARY KEY (campaign_id, hour, kind)
);

CREATE TABLE users (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role CHECK (role IN ('viewer', 'rep', 'operator', 'admin', 'owner')),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE sign_in_links (
    token_hash BYTEA NOT NULL,
    user_id UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT sign_in_links_pkey PRIMARY KEY (token_hash),
    CONSTRAINT sign_in_links_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE api_keys (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    begins TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by TEXT,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_role CHECK (role IN ('viewer', 'rep', 'operator', 'admin', 'owner')),
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE api_answers (
    key_id UUID NOT NULL,
    name TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status SMALLINT,
    body BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT api_answers_pkey PRIMARY KEY (key_id, name),
    CONSTRAINT api_answers_key_id_fkey FOREIGN KEY(key_id) REFERENCES api_keys (id) ON DELETE CASCADE
);
CREATE INDEX api_answers_old ON api_answers (created_at);

CREATE TABLE webhook_endpoints (
    id UUID NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT[] NOT NULL,
    secret TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    told_tx BIGINT NOT NULL,
    told_seq BIGINT NOT NULL,
    failures SMALLINT DEFAULT 0 NOT NULL,
    failing_since TIMESTAMP WITH TIME ZONE,
    retry_at TIMESTAMP WITH TIME ZONE,
    lease_until TIMESTAMP WITH TIME ZONE,
    disabled_at TIMESTAMP WITH TIME ZONE,
    disabled_reason TEXT,
    CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id)
);

CREATE TABLE webhook_deliveries (
    id UUID NOT NULL,
    endpoint_id UUID NOT NULL,
    event_seq BIGINT NOT NULL,
    event_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    tries SMALLINT DEFAULT 0 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    problem TEXT,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_endpoint_id_event_seq_key UNIQUE (endpoint_id, event_seq),
    CONSTRAINT webhook_deliveries_state CHECK (state IN ('pending', 'sent', 'dead')),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (id) WHERE state = 'dead';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_sent ON webhook_deliveries (ended_at) WHERE state = 'sent';

CREATE TABLE webhook_rejections (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    path TEXT NOT NULL,
    expected_url TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT webhook_rejections_pkey PRIMARY KEY (id)
);

CREATE TABLE attempts (
    id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    n INTEGER NOT NULL,
    channel TEXT NOT NULL,
    phone TEXT NOT NULL,
    state TEXT DEFAULT 'planned' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    window_end_at TIMESTAMP WITH TIME ZONE,
    wanted_at TIMESTAMP WITH TIME ZONE,
    avoid TEXT,
    priority SMALLINT DEFAULT 0 NOT NULL,
    reason TEXT NOT NULL,
    rule_id TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    moved_by TEXT,
    cancelled_by TEXT,
    cancel_reason TEXT,
    exempt_from_caps BOOLEAN DEFAULT false NOT NULL,
    sender_id UUID,
    claimed_by UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    voice_process UUID,
    token_hash BYTEA,
    token_until TIMESTAMP WITH TIME ZONE,
    token_spent_at TIMESTAMP WITH TIME ZONE,
    provider_ref TEXT,
    provider_status TEXT,
    provider_rank SMALLINT DEFAULT 0 NOT NULL,
    error_code TEXT,
    answered_by TEXT,
    outcome TEXT,
    outcome_by TEXT,
    claimed_at TIMESTAMP WITH TIME ZONE,
    starting_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    live_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    undecided BOOLEAN DEFAULT false NOT NULL,
    outdated_by UUID,
    inquiry JSONB DEFAULT '{}'::jsonb NOT NULL,
    gate JSONB DEFAULT '{}'::jsonb NOT NULL,
    versions JSONB DEFAULT '{}'::jsonb NOT NULL,
    charges JSONB DEFAULT '{}'::jsonb NOT NULL,
    cost_micros BIGINT,
    cost_currency TEXT,
    simulated BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT attempts_pkey PRIMARY KEY (id),
    CONSTRAINT attempts_lead_id_n_key UNIQUE (lead_id, n),
    CONSTRAINT attempts_channel CHECK (channel IN ('voice', 'whatsapp')),
    CONSTRAINT attempts_state CHECK (state IN ('planned', 'claimed', 'starting', 'started', 'live', 'unsure', 'ended', 'cancelled')),
    CONSTRAINT attempts_answered_by CHECK (answered_by IN ('human', 'voicemail', 'screening', 'ivr', 'fax', 'silence', 'unknown')),
    CONSTRAINT attempts_outcome CHECK (outcome IN ('no_answer', 'busy', 'failed', 'invalid_number', 'not_placed', 'voicemail', 'voicemail_left', 'screened', 'machine', 'hangup_early', 'cut_off', 'talked', 'interested', 'qualified', 'meeting_booked', 'callback_requested', 'not_interested', 'wrong_person', 'language_barrier', 'opted_out', 'delivered', 'read', 'undelivered', 'replied')),
    CONSTRAINT attempts_sender_id_fkey FOREIGN KEY(sender_id) REFERENCES senders (id)
)
 WITH (fillfactor = 80);
CREATE INDEX attempts_contacted ON attempts (contact_id, starting_at) WHERE starting_at IS NOT NULL;
CREATE INDEX attempts_due ON attempts (campaign_id, channel, priority, due_at, id) WHERE state = 'planned';
CREATE INDEX attempts_in_flight ON attempts (campaign_id, channel) WHERE state IN ('claimed', 'live', 'started', 'starting', 'unsure');
CREATE INDEX attempts_lease ON attempts (lease_until) WHERE state IN ('claimed', 'live', 'started', 'starting', 'unsure');
CREATE INDEX attempts_made ON attempts (campaign_id, starting_at) WHERE starting_at IS NOT NULL;
CREATE UNIQUE INDEX attempts_one_in_flight ON attempts (lead_id) WHERE state IN ('claimed', 'live', 'started', 'starting', 'unsure');
CREATE UNIQUE INDEX attempts_one_planned ON attempts (lead_id) WHERE state = 'planned';
CREATE INDEX attempts_put_off ON attempts (due_at) WHERE state = 'planned' AND moved_by NOT IN ('cap_reached', 'daypart', 'not_before', 'not_started_yet', 'outside_window', 'resting');
CREATE INDEX attempts_provider_ref ON attempts (provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX attempts_undecided ON attempts (ended_at) WHERE undecided;

CREATE TABLE contacts (
    id UUID NOT NULL,
    company_id UUID,
    first_name TEXT DEFAULT '' NOT NULL,
    last_name TEXT DEFAULT '' NOT NULL,
    title TEXT,
    seniority TEXT,
    department TEXT,
    buying_role TEXT DEFAULT 'unknown' NOT NULL,
    language TEXT,
    time_zone TEXT,
    country TEXT,
    source TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT contacts_pkey PRIMARY KEY (id),
    CONSTRAINT contacts_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);
CREATE INDEX contacts_company ON contacts (company_id) WHERE company_id IS NOT NULL;

CREATE TABLE imports (
    id UUID NOT NULL,
    campaign_id UUID,
    file_name TEXT NOT NULL,
    file_sha256 TEXT,
    mapping JSONB DEFAULT '{}'::jsonb NOT NULL,
    rows_read INTEGER DEFAULT 0 NOT NULL,
    counts JSONB DEFAULT '{}'::jsonb NOT NULL,
    options JSONB DEFAULT '{}'::jsonb NOT NULL,
    problem TEXT,
    status TEXT DEFAULT 'running' NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    started_by TEXT NOT NULL,
    sorted_up_to UUID,
    is_sorted BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_status CHECK (status IN ('uploaded', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'undone')),
    CONSTRAINT imports_campaign_id_fkey FOREIGN KEY(campaign_id) REFERENCES campaigns (id)
);

CREATE TABLE replanning_jobs (
    campaign_id UUID NOT NULL,
    reason TEXT NOT NULL,
    from_version INTEGER NOT NULL,
    to_version INTEGER NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    position UUID,
    counts JSONB DEFAULT '{}'::jsonb NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT replanning_jobs_pkey PRIMARY KEY (campaign_id),
    CONSTRAINT replanning_jobs_campaign_id_fkey FOREIGN KEY(campaign_id) REFERENCES campaigns (id),
    CONSTRAINT replanning_jobs_reason CHECK (reason IN ('edited', 'resumed'))
);
CREATE INDEX replanning_jobs_open ON replanning_jobs (as_of) WHERE done_at IS NULL;

CREATE TABLE suppressions (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    scope TEXT DEFAULT 'all' NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    campaign_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by TEXT,
    CONSTRAINT suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT suppressions_kind CHECK (kind IN ('phone', 'email', 'company', 'country', 'erased')),
    CONSTRAINT suppressions_campaign_id_fkey FOREIGN KEY(campaign_id) REFERENCES campaigns (id)
);
CREATE UNIQUE INDEX suppressions_active ON suppressions (kind, value, scope, coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE lifted_at IS NULL;

CREATE TABLE do_not_call_lists (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    numbers BIGINT NOT NULL,
    source TEXT NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    imported_by TEXT NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT do_not_call_lists_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX do_not_call_lists_current ON do_not_call_lists (name) WHERE replaced_at IS NULL;

CREATE TABLE do_not_call_numbers (
    block BIGINT NOT NULL,
    list_id UUID NOT NULL,
    ends SMALLINT[] NOT NULL,
    CONSTRAINT do_not_call_numbers_pkey PRIMARY KEY (block, list_id)
);

CREATE TABLE pre_dial_answers (
    phone TEXT NOT NULL,
    allowed BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pre_dial_answers_pkey PRIMARY KEY (phone)
);

CREATE TABLE calls (
    id UUID NOT NULL,
    attempt_id UUID,
    contact_id UUID,
    lead_id UUID,
    direction TEXT NOT NULL,
    provider_ref TEXT,
    from_phone TEXT NOT NULL,
    to_phone TEXT NOT NULL,
    status TEXT DEFAULT 'queued' NOT NULL,
    answered_by TEXT,
    amd TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ringing_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    duration_s INTEGER,
    ended_by TEXT,
    hung_up_by TEXT,
    message_left_at TIMESTAMP WITH TIME ZONE,
    disclosed_ai_at TIMESTAMP WITH TIME ZONE,
    recording_notice_at TIMESTAMP WITH TIME ZONE,
    usage JSONB DEFAULT '{}'::jsonb NOT NULL,
    cost_micros BIGINT,
    cost_currency TEXT,
    simulated BOOLEAN DEFAULT false NOT NULL,
    reading_state TEXT DEFAULT 'none' NOT NULL,
    CONSTRAINT calls_pkey PRIMARY KEY (id),
    CONSTRAINT calls_direction CHECK (direction IN ('outbound', 'inbound')),
    CONSTRAINT calls_reading_state CHECK (reading_state IN ('none', 'due', 'running', 'done', 'failed')),
    CONSTRAINT calls_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE,
    CONSTRAINT calls_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
    CONSTRAINT calls_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE,
    CONSTRAINT calls_provider_ref_key UNIQUE (provider_ref)
);
CREATE INDEX calls_attempt ON calls (attempt_id);
CREATE INDEX calls_contact ON calls (contact_id, created_at);

CREATE TABLE conversations (
    id UUID NOT NULL,
    sender_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    phone TEXT NOT NULL,
    lead_id UUID,
    handler TEXT DEFAULT 'agent' NOT NULL,
    assignee TEXT,
    returns_at TIMESTAMP WITH TIME ZONE,
    snoozed_until TIMESTAMP WITH TIME ZONE,
    window_expires_at TIMESTAMP WITH TIME ZONE,
    reply_due_at TIMESTAMP WITH TIME ZONE,
    reply_claimed_by UUID,
    reply_lease_until TIMESTAMP WITH TIME ZONE,
    reply_tries SMALLINT DEFAULT 0 NOT NULL,
    no_reply_due_at TIMESTAMP WITH TIME ZONE,
    read_due_at TIMESTAMP WITH TIME ZONE,
    last_inbound_id UUID,
    last_inbound_at TIMESTAMP WITH TIME ZONE,
    last_outbound_at TIMESTAMP WITH TIME ZONE,
    reading_state TEXT DEFAULT 'none' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_sender_id_phone_key UNIQUE (sender_id, phone),
    CONSTRAINT conversations_handler CHECK (handler IN ('agent', 'human')),
    CONSTRAINT conversations_reading_state CHECK (reading_state IN ('none', 'due', 'running', 'done', 'failed')),
    CONSTRAINT conversations_sender_id_fkey FOREIGN KEY(sender_id) REFERENCES senders (id),
    CONSTRAINT conversations_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
    CONSTRAINT conversations_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX conversations_contact ON conversations (contact_id);
CREATE INDEX conversations_human ON conversations (assignee) WHERE handler = 'human';
CREATE INDEX conversations_inbox ON conversations (last_inbound_at, id) WHERE last_inbound_at IS NOT NULL;
CREATE INDEX conversations_lead ON conversations (lead_id);
CREATE INDEX conversations_no_reply ON conversations (no_reply_due_at) WHERE no_reply_due_at IS NOT NULL;
CREATE INDEX conversations_read ON conversations (read_due_at) WHERE read_due_at IS NOT NULL;
CREATE INDEX conversations_reply ON conversations (reply_due_at) WHERE reply_due_at IS NOT NULL;
CREATE INDEX conversations_returns ON conversations (returns_at) WHERE returns_at IS NOT NULL;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;

CREATE TABLE import_files (
    import_id UUID NOT NULL,
    part INTEGER NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT import_files_pkey PRIMARY KEY (import_id, part),
    CONSTRAINT import_files_import_id_fkey FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE CASCADE
);

CREATE TABLE import_rejections (
    import_id UUID NOT NULL,
    row_number INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    suggestion TEXT,
    cells TEXT[] NOT NULL,
    taken BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT import_rejections_pkey PRIMARY KEY (import_id, row_number),
    CONSTRAINT import_rejections_import_id_fkey FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE CASCADE
);

CREATE TABLE lines (
    channel TEXT NOT NULL,
    phone TEXT NOT NULL,
    attempt_id UUID NOT NULL,
    CONSTRAINT lines_pkey PRIMARY KEY (channel, phone),
    CONSTRAINT lines_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE
);
CREATE INDEX lines_attempt ON lines (attempt_id);

CREATE TABLE notes (
    id UUID NOT NULL,
    lead_id UUID,
    contact_id UUID,
    company_id UUID,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    pinned BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT notes_pkey PRIMARY KEY (id),
    CONSTRAINT notes_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE,
    CONSTRAINT notes_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
    CONSTRAINT notes_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE
);
CREATE INDEX notes_company ON notes (company_id);
CREATE INDEX notes_lead ON notes (lead_id);

CREATE TABLE tasks (
    id UUID NOT NULL,
    lead_id UUID,
    contact_id UUID,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    assignee TEXT,
    due_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE,
    CONSTRAINT tasks_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE
);
CREATE INDEX tasks_lead ON tasks (lead_id);
CREATE INDEX tasks_open ON tasks (due_at) WHERE done_at IS NULL;

CREATE TABLE meetings (
    id UUID NOT NULL,
    lead_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    source TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    booked_by TEXT NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT meetings_pkey PRIMARY KEY (id),
    CONSTRAINT meetings_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE,
    CONSTRAINT meetings_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
    CONSTRAINT meetings_ends_after_start CHECK (ends_at > starts_at)
);
CREATE INDEX meetings_lead ON meetings (lead_id);
CREATE INDEX meetings_time ON meetings (starts_at) WHERE cancelled_at IS NULL;

CREATE TABLE touchpoints (
    id UUID NOT NULL,
    company_id UUID,
    contact_id UUID,
    lead_id UUID,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    attention_ratio INTEGER,
    depth INTEGER,
    score SMALLINT,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    source_ref TEXT NOT NULL,
    data JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT touchpoints_pkey PRIMARY KEY (id),
    CONSTRAINT touchpoints_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT touchpoints_contact_id_fkey FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
    CONSTRAINT touchpoints_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE,
    CONSTRAINT touchpoints_source_ref_key UNIQUE (source_ref)
);
CREATE INDEX touchpoints_company ON touchpoints (company_id, occurred_at);
CREATE INDEX touchpoints_contact ON touchpoints (contact_id, occurred_at);
CREATE INDEX touchpoints_unknown ON touchpoints (occurred_at) WHERE contact_id IS NULL;

CREATE TABLE lead_qualities (
    lead_id UUID NOT NULL,
    total SMALLINT,
    parts JSONB NOT NULL,
    CONSTRAINT lead_qualities_pkey PRIMARY KEY (lead_id),
    CONSTRAINT lead_qualities_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE
);

CREATE TABLE briefs (
    company_id UUID NOT NULL,
    version INTEGER NOT NULL,
    sections JSONB NOT NULL,
    why TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT briefs_pkey PRIMARY KEY (company_id, version),
    CONSTRAINT briefs_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE
);

CREATE TABLE brief_orders (
    company_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    why TEXT NOT NULL,
    CONSTRAINT brief_orders_pkey PRIMARY KEY (company_id),
    CONSTRAINT brief_orders_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE
);
CREATE INDEX brief_orders_due ON brief_orders (due_at);

CREATE TABLE trigger_firings (
    id UUID NOT NULL,
    trigger TEXT NOT NULL,
    version INTEGER NOT NULL,
    company_id UUID NOT NULL,
    cause TEXT NOT NULL,
    cause_ref TEXT NOT NULL,
    touchpoint_id UUID,
    state TEXT NOT NULL,
    result JSONB DEFAULT '{}'::jsonb NOT NULL,
    tries SMALLINT DEFAULT 0 NOT NULL,
    fired_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT trigger_firings_pkey PRIMARY KEY (id),
    CONSTRAINT trigger_firings_state CHECK (state IN ('due', 'done', 'failed')),
    CONSTRAINT trigger_firings_company_id_trigger_cause_ref_key UNIQUE (company_id, trigger, cause_ref),
    CONSTRAINT trigger_firings_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE
);
CREATE INDEX trigger_firings_due ON trigger_firings (fired_at) WHERE state = 'due';

CREATE TABLE messages (
    id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    attempt_id UUID,
    direction TEXT NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT DEFAULT '' NOT NULL,
    button TEXT,
    template_name TEXT,
    template_version INTEGER,
    variables JSONB DEFAULT '{}'::jsonb NOT NULL,
    answers_id UUID,
    state TEXT NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    provider_ref TEXT,
    provider_status TEXT,
    provider_rank SMALLINT DEFAULT 0 NOT NULL,
    error_code TEXT,
    inquiry JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    cost_micros BIGINT,
    cost_currency TEXT,
    simulated BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_direction CHECK (direction IN ('in', 'out')),
    CONSTRAINT messages_kind CHECK (kind IN ('template', 'text', 'button', 'media', 'other')),
    CONSTRAINT messages_state CHECK (state IN ('received', 'composed', 'sending', 'sent', 'failed', 'unsure', 'cancelled')),
    CONSTRAINT messages_conversation_id_fkey FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE,
    CONSTRAINT messages_answers_id_fkey FOREIGN KEY(answers_id) REFERENCES messages (id),
    CONSTRAINT messages_provider_ref_key UNIQUE (provider_ref)
);
CREATE INDEX messages_attempt ON messages (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX messages_composed ON messages (id) WHERE state = 'composed';
CREATE INDEX messages_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_lease ON messages (lease_until) WHERE state = 'sending';
CREATE UNIQUE INDEX messages_one_answer ON messages (answers_id) WHERE answers_id IS NOT NULL AND state <> 'cancelled';
CREATE UNIQUE INDEX messages_one_sending ON messages (conversation_id) WHERE state IN ('sending', 'unsure');
CREATE INDEX messages_unsure ON messages (id) WHERE state = 'unsure';

CREATE TABLE readings (
    id UUID NOT NULL,
    call_id UUID,
    conversation_id UUID,
    attempt_id UUID,
    lead_id UUID,
    made_by TEXT NOT NULL,
    outcome TEXT,
    evidence_turn INTEGER,
    evidence_message_id UUID,
    quote TEXT,
    summary TEXT,
    next_step TEXT,
    model TEXT,
    unsupported JSONB DEFAULT '{}'::jsonb NOT NULL,
    usage JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT readings_pkey PRIMARY KEY (id),
    CONSTRAINT readings_call_id_fkey FOREIGN KEY(call_id) REFERENCES calls (id) ON DELETE CASCADE,
    CONSTRAINT readings_conversation_id_fkey FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT readings_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES attempts (id) ON DELETE CASCADE,
    CONSTRAINT readings_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX readings_call ON readings (call_id);
CREATE INDEX readings_conversation ON readings (conversation_id);
CREATE INDEX readings_lead ON readings (lead_id, created_at);

CREATE TABLE recordings (
    id UUID NOT NULL,
    call_id UUID NOT NULL,
    source TEXT NOT NULL,
    provider_ref TEXT,
    uri TEXT,
    channels SMALLINT,
    duration_ms INTEGER,
    bytes BIGINT,
    sha256 TEXT,
    peaks JSONB,
    status TEXT NOT NULL,
    problem TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retain_until TIMESTAMP WITH TIME ZONE,
    gone_at TIMESTAMP WITH TIME ZONE,
    legal_hold BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT recordings_pkey PRIMARY KEY (id),
    CONSTRAINT recordings_source CHECK (source IN ('ours', 'provider')),
    CONSTRAINT recordings_status CHECK (status IN ('running', 'due', 'fetching', 'stored', 'absent', 'failed', 'deleted')),
    CONSTRAINT recordings_call_id_fkey FOREIGN KEY(call_id) REFERENCES calls (id) ON DELETE CASCADE,
    CONSTRAINT recordings_provider_ref_key UNIQUE (provider_ref)
);
CREATE INDEX recordings_call ON recordings (call_id);

CREATE TABLE turns (
    call_id UUID NOT NULL,
    number INTEGER NOT NULL,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    interrupted BOOLEAN DEFAULT false NOT NULL,
    confidence SMALLINT,
    latency_ms INTEGER,
    CONSTRAINT turns_pkey PRIMARY KEY (call_id, number),
    CONSTRAINT turns_speaker CHECK (speaker IN ('person', 'agent', 'rep')),
    CONSTRAINT turns_call_id_fkey FOREIGN KEY(call_id) REFERENCES calls (id) ON DELETE CASCADE
);

CREATE TABLE extractions (
    id UUID NOT NULL,
    reading_id UUID NOT NULL,
    lead_id UUID,
    field TEXT NOT NULL,
    value JSONB,
    evidence_turn INTEGER,
    evidence_message_id UUID,
    quote TEXT,
    status TEXT DEFAULT 'read' NOT NULL,
    changed_by TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT extractions_pkey PRIMARY KEY (id),
    CONSTRAINT extractions_reading_id_field_key UNIQUE (reading_id, field),
    CONSTRAINT extractions_status CHECK (status IN ('read', 'unknown', 'confirmed', 'corrected', 'said')),
    CONSTRAINT extractions_reading_id_fkey FOREIGN KEY(reading_id) REFERENCES readings (id) ON DELETE CASCADE,
    CONSTRAINT extractions_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX extractions_lead ON extractions (lead_id, field);

INSERT INTO clock (id) VALUES (1);
INSERT INTO operator_stop (id) VALUES (1);

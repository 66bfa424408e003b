column api_keys.id text not null
column api_keys.workspace_id text not null
column api_keys.name text not null
column api_keys.role text not null
column api_keys.permissions text
column api_keys.token_hash text not null
column api_keys.hint text not null
column api_keys.created_by text not null
column api_keys.created_at bigint not null
column api_keys.expires_at bigint
column api_keys.last_used_at bigint
column api_keys.revoked_at bigint
column api_keys.skill_id text
column attempts.subject text not null
column attempts.failures bigint not null
column attempts.window_started_at bigint not null
column audit_checkpoints.seq bigint not null
column audit_checkpoints.at bigint not null
column audit_checkpoints.heads text not null
column audit_checkpoints.mac bytea not null
column audit_records.writer text not null
column audit_records.seq bigint not null
column audit_records.at bigint not null
column audit_records.workspace_id text not null
column audit_records.event text not null
column audit_records.risk text not null
column audit_records.actor_kind text not null
column audit_records.actor_id text not null
column audit_records.on_behalf_of text
column audit_records.subject text
column audit_records.request_id text
column audit_records.ip text
column audit_records.connection_id text
column audit_records.credential_version bigint
column audit_records.skill text
column audit_records.tool_call text
column audit_records.run text
column audit_records.step text
column audit_records.host text
column audit_records.method text
column audit_records.path text
column audit_records.status bigint
column audit_records.bytes_in bigint
column audit_records.bytes_out bigint
column audit_records.duration_ms bigint
column audit_records.detail text
column audit_records.mac bytea not null
column audit_writers.writer text not null
column audit_writers.started_at bigint not null
column audit_writers.seq bigint not null
column audit_writers.mac bytea not null
column audit_writers.checkpoint bigint not null
column audit_writers.ended_at bigint
column audit_writers.signature bytea not null
column auth_accounts.id text not null
column auth_accounts.accountId text not null
column auth_accounts.providerId text not null
column auth_accounts.userId text not null
column auth_accounts.accessToken text
column auth_accounts.refreshToken text
column auth_accounts.idToken text
column auth_accounts.accessTokenExpiresAt timestamp with time zone
column auth_accounts.refreshTokenExpiresAt timestamp with time zone
column auth_accounts.scope text
column auth_accounts.password text
column auth_accounts.createdAt timestamp with time zone not null
column auth_accounts.updatedAt timestamp with time zone not null
column auth_sessions.id text not null
column auth_sessions.token text not null
column auth_sessions.userId text not null
column auth_sessions.expiresAt timestamp with time zone not null
column auth_sessions.ipAddress text
column auth_sessions.userAgent text
column auth_sessions.createdAt timestamp with time zone not null
column auth_sessions.updatedAt timestamp with time zone not null
column auth_users.id text not null
column auth_users.name text not null
column auth_users.email text not null
column auth_users.emailVerified boolean not null
column auth_users.image text
column auth_users.createdAt timestamp with time zone not null
column auth_users.updatedAt timestamp with time zone not null
column auth_verifications.id text not null
column auth_verifications.identifier text not null
column auth_verifications.value text not null
column auth_verifications.expiresAt timestamp with time zone not null
column auth_verifications.createdAt timestamp with time zone not null
column auth_verifications.updatedAt timestamp with time zone not null
column broker_tokens.id text not null
column broker_tokens.workspace_id text not null
column broker_tokens.token_hash text not null
column broker_tokens.hint text not null
column broker_tokens.root_id text not null
column broker_tokens.parent_id text
column broker_tokens.depth bigint not null
column broker_tokens.skill_id text
column broker_tokens.tool_call text
column broker_tokens.run text
column broker_tokens.step text
column broker_tokens.on_behalf_of text not null
column broker_tokens.minter_kind text not null
column broker_tokens.minter_id text not null
column broker_tokens.minter_role text
column broker_tokens.minted_at bigint not null
column broker_tokens.grants text not null
column broker_tokens.counted text not null
column broker_tokens.max_uses bigint
column broker_tokens.uses bigint not null
column broker_tokens.max_bytes bigint
column broker_tokens.bytes bigint not null
column broker_tokens.proof text
column broker_tokens.on_unavailable text not null
column broker_tokens.epoch bigint not null
column broker_tokens.created_at bigint not null
column broker_tokens.expires_at bigint not null
column broker_tokens.revoked_at bigint
column cli_logins.id text not null
column cli_logins.user_id text not null
column cli_logins.client text not null
column cli_logins.token_hash text not null
column cli_logins.created_at bigint not null
column cli_logins.expires_at bigint not null
column cli_logins.last_used_at bigint not null
column connect_sessions.id text not null
column connect_sessions.workspace_id text not null
column connect_sessions.token_hash text not null
column connect_sessions.creator text not null
column connect_sessions.creator_id text not null
column connect_sessions.member_id text
column connect_sessions.end_user text
column connect_sessions.services text
column connect_sessions.product text
column connect_sessions.skills text not null
column connect_sessions.name text
column connect_sessions.visibility text not null
column connect_sessions.return_address text
column connect_sessions.return_by text
column connect_sessions.return_state text
column connect_sessions.theme text not null
column connect_sessions.state text not null
column connect_sessions.browser_hash text
column connect_sessions.busy_until bigint
column connect_sessions.connection_id text
column connect_sessions.result text
column connect_sessions.code_hash text
column connect_sessions.created_at bigint not null
column connect_sessions.opened_at bigint
column connect_sessions.finished_at bigint
column connect_sessions.expires_at bigint not null
column connection_epochs.connection_id text not null
column connection_epochs.workspace_id text not null
column connection_epochs.epoch bigint not null
column connection_epochs.change bigint not null
column connection_epochs.changed_at bigint not null
column connection_grants.connection_id text not null
column connection_grants.workspace_id text not null
column connection_grants.renewal text not null
column connection_grants.app_generation bigint
column connection_grants.granted_at bigint not null
column connection_grants.renewed_at bigint
column connection_grants.renewals bigint not null
column connection_grants.access_expires_at bigint
column connection_grants.has_access bigint not null
column connection_grants.grant_told_at bigint
column connection_grants.grant_ends_at bigint
column connection_grants.not_before bigint
column connection_grants.due_at bigint
column connection_grants.tidy_at bigint
column connection_grants.stale_from bigint
column connection_grants.stale_at bigint
column connection_grants.fence bigint not null
column connection_grants.presenting bigint
column connection_grants.presented_at bigint
column connection_grants.storing bigint
column connection_grants.unanswered bigint not null
column connection_grants.failures bigint not null
column connection_grants.failing_since bigint
column connection_grants.failed_at bigint
column connection_grants.wait_until bigint
column connection_grants.last_failure text
column connection_references.workspace_id text not null
column connection_references.connection_id text not null
column connection_references.reference text not null
column connection_references.label text
column connection_references.source text not null
column connection_references.created_by text not null
column connection_references.created_at bigint not null
column connection_references.last_used_at bigint
column connections.id text not null
column connections.workspace_id text not null
column connections.provider text not null
column connections.definition_version bigint not null
column connections.method text not null
column connections.auth_type text not null
column connections.name text not null
column connections.owner_kind text not null
column connections.owner_id text not null
column connections.visibility text not null
column connections.status text not null
column connections.health text not null
column connections.reason text
column connections.settings text not null
column connections.learned text not null
column connections.base bigint
column connections.scopes text
column connections.missing_scopes text
column connections.app_id text
column connections.account_id text
column connections.account_label text
column connections.account_team text
column connections.account_key text
column connections.search text not null
column connections.credential_versions bigint not null
column connections.credential_version bigint not null
column connections.verdict text not null
column connections.verdict_at bigint
column connections.trouble text
column connections.trouble_since bigint
column connections.attempts bigint not null
column connections.epoch bigint not null
column connections.created_at bigint not null
column connections.updated_at bigint not null
column connections.connected_at bigint
column connections.last_used_at bigint
column connections.last_success_at bigint
column connections.checked_at bigint
column connections.next_check_at bigint
column connections.expires_at bigint
column connections.paused_at bigint
column connections.paused_by text
column connections.ended_by text
column connections.idle_since bigint
column connections.deleted_at bigint
column connections.purge_at bigint
column connections.tenure bigint not null
column data_keys.id text not null
column data_keys.workspace_id text not null
column data_keys.state text not null
column data_keys.master_key_id text not null
column data_keys.wrapped bytea not null
column data_keys.created_at bigint not null
column deployment.name text not null
column deployment.value text not null
column device_logins.id text not null
column device_logins.device_hash text not null
column device_logins.user_code_hash text not null
column device_logins.client text not null
column device_logins.state text not null
column device_logins.user_id text
column device_logins.created_at bigint not null
column device_logins.expires_at bigint not null
column device_logins.polled_at bigint not null
column device_logins.interval_seconds bigint not null
column event_heads.workspace_id text not null
column event_heads.seq bigint not null
column events.id text not null
column events.workspace_id text not null
column events.seq bigint not null
column events.type text not null
column events.subject text not null
column events.audience text not null
column events.data text not null
column events.at bigint not null
column folder_definitions.id text not null
column folder_definitions.version bigint not null
column folder_definitions.format text not null
column folder_definitions.source text not null
column folder_definitions.digest text not null
column folder_definitions.created_at bigint not null
column idempotency.workspace_id text not null
column idempotency.actor_id text not null
column idempotency.key_hash text not null
column idempotency.request_hash text not null
column idempotency.state text not null
column idempotency.status bigint
column idempotency.reply bytea
column idempotency.created_at bigint not null
column invitations.id text not null
column invitations.workspace_id text not null
column invitations.email text not null
column invitations.role text not null
column invitations.token_hash text not null
column invitations.invited_by text not null
column invitations.created_at bigint not null
column invitations.expires_at bigint not null
column invitations.accepted_at bigint
column invitations.withdrawn_at bigint
column master_keys.id text not null
column master_keys.state text not null
column master_keys.canary bytea not null
column master_keys.created_at bigint not null
column members.workspace_id text not null
column members.user_id text not null
column members.role text not null
column members.created_at bigint not null
column migrations.id bigint not null
column migrations.name text not null
column migrations.at bigint not null
column oauth_apps.id text not null
column oauth_apps.workspace_id text not null
column oauth_apps.provider text not null
column oauth_apps.methods text not null
column oauth_apps.name text not null
column oauth_apps.source text not null
column oauth_apps.client_id text not null
column oauth_apps.client_auth text
column oauth_apps.key_id text
column oauth_apps.key_alg text
column oauth_apps.settings text not null
column oauth_apps.extra_scopes text not null
column oauth_apps.generation bigint not null
column oauth_apps.secret_versions bigint not null
column oauth_apps.secret_version bigint not null
column oauth_apps.holds text not null
column oauth_apps.is_default bigint not null
column oauth_apps.trouble text
column oauth_apps.trouble_at bigint
column oauth_apps.told text not null
column oauth_apps.created_by text not null
column oauth_apps.created_at bigint not null
column oauth_apps.updated_at bigint not null
column oauth_apps.finished_at bigint
column oauth_apps.retired_at bigint
column oauth_apps.deleted_at bigint
column oauth_flows.id text not null
column oauth_flows.workspace_id text not null
column oauth_flows.purpose text not null
column oauth_flows.kind text not null
column oauth_flows.bound_by text not null
column oauth_flows.state_hash text
column oauth_flows.link_hash text
column oauth_flows.browser_hash text
column oauth_flows.starter_hash text
column oauth_flows.owner_kind text not null
column oauth_flows.owner_id text not null
column oauth_flows.session_id text
column oauth_flows.connection_id text
column oauth_flows.provider text not null
column oauth_flows.definition_version bigint not null
column oauth_flows.method text not null
column oauth_flows.app_id text
column oauth_flows.app_generation bigint
column oauth_flows.name text
column oauth_flows.visibility text not null
column oauth_flows.settings text not null
column oauth_flows.scopes text not null
column oauth_flows.new_scopes text not null
column oauth_flows.sealed bytea
column oauth_flows.return_address text
column oauth_flows.user_code text
column oauth_flows.verification_uri text
column oauth_flows.interval_seconds bigint
column oauth_flows.polled_at bigint
column oauth_flows.state text not null
column oauth_flows.claimed_at bigint
column oauth_flows.result text
column oauth_flows.created_at bigint not null
column oauth_flows.finished_at bigint
column oauth_flows.expires_at bigint not null
column operators.user_id text not null
column operators.created_at bigint not null
column policies.id text not null
column policies.workspace_id text not null
column policies.name text not null
column policies.enabled bigint not null
column policies.applies text not null
column policies.limits text not null
column policies.timed bigint not null
column policies.created_by text not null
column policies.created_at bigint not null
column policies.updated_at bigint not null
column policy_changes.workspace_id text not null
column policy_changes.change bigint not null
column return_addresses.id text not null
column return_addresses.workspace_id text not null
column return_addresses.address text not null
column return_addresses.created_by text not null
column return_addresses.created_at bigint not null
column revocations.id text not null
column revocations.workspace_id text not null
column revocations.of_workspace text not null
column revocations.connection_id text not null
column revocations.because text not null
column revocations.provider text not null
column revocations.definition_version bigint not null
column revocations.method text not null
column revocations.app_id text
column revocations.app_generation bigint
column revocations.settings text not null
column revocations.learned text not null
column revocations.base bigint
column revocations.account_id text
column revocations.account_label text
column revocations.account_team text
column revocations.credential_version bigint
column revocations.access_expires_at bigint
column revocations.sealed bytea
column revocations.state text not null
column revocations.confirmed bigint not null
column revocations.attempts bigint not null
column revocations.last_failure text
column revocations.next_try_at bigint
column revocations.created_at bigint not null
column revocations.finished_at bigint
column rotations.id text not null
column rotations.kind text not null
column rotations.state text not null
column rotations.done bigint not null
column rotations.total bigint not null
column rotations.error text
column rotations.target text
column rotations.runner text not null
column rotations.runner_until bigint not null
column rotations.started_by text not null
column rotations.started_at bigint not null
column rotations.finished_at bigint
column secrets.workspace_id text not null
column secrets.owner_id text not null
column secrets.field text not null
column secrets.version bigint not null
column secrets.data_key_id text not null
column secrets.sealed bytea not null
column secrets.created_at bigint not null
column service_definitions.workspace_id text not null
column service_definitions.id text not null
column service_definitions.version bigint not null
column service_definitions.format text not null
column service_definitions.source text not null
column service_definitions.digest text not null
column service_definitions.created_by text not null
column service_definitions.created_at bigint not null
column service_definitions.removed_at bigint
column skill_versions.skill_id text not null
column skill_versions.workspace_id text not null
column skill_versions.version bigint not null
column skill_versions.manifest text not null
column skill_versions.created_by text not null
column skill_versions.created_at bigint not null
column skills.id text not null
column skills.workspace_id text not null
column skills.name text not null
column skills.version bigint not null
column skills.runners text
column skills.epoch bigint not null
column skills.created_by text not null
column skills.created_at bigint not null
column skills.updated_at bigint not null
column skills.stopped_at bigint
column skills.deleted_at bigint
column webhook_attempts.webhook_id text not null
column webhook_attempts.event_id text not null
column webhook_attempts.number bigint not null
column webhook_attempts.workspace_id text not null
column webhook_attempts.at bigint not null
column webhook_attempts.status bigint
column webhook_attempts.milliseconds bigint not null
column webhook_attempts.error text
column webhook_attempts.answer text
column webhook_deliveries.webhook_id text not null
column webhook_deliveries.event_id text not null
column webhook_deliveries.workspace_id text not null
column webhook_deliveries.type text not null
column webhook_deliveries.state text not null
column webhook_deliveries.round bigint not null
column webhook_deliveries.attempts bigint not null
column webhook_deliveries.next_at bigint
column webhook_deliveries.created_at bigint not null
column webhook_deliveries.delivered_at bigint
column webhooks.id text not null
column webhooks.workspace_id text not null
column webhooks.name text not null
column webhooks.url text not null
column webhooks.types text
column webhooks.secret_version bigint not null
column webhooks.previous_version bigint
column webhooks.previous_until bigint
column webhooks.failing_since bigint
column webhooks.parked_at bigint
column webhooks.reason text
column webhooks.due_at bigint
column webhooks.held_until bigint
column webhooks.lease text
column webhooks.leased_until bigint
column webhooks.created_by text not null
column webhooks.created_at bigint not null
column workspaces.id text not null
column workspaces.name text not null
column workspaces.created_at bigint not null

constraint api_keys_pkey on api_keys: PRIMARY KEY (id)
constraint api_keys_role_check on api_keys: CHECK ((role = ANY (ARRAY['admin'::text, 'editor'::text, 'viewer'::text])))
constraint api_keys_token_hash_key on api_keys: UNIQUE (token_hash)
constraint api_keys_workspace_id_fkey on api_keys: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint attempts_pkey on attempts: PRIMARY KEY (subject)
constraint audit_checkpoints_pkey on audit_checkpoints: PRIMARY KEY (seq)
constraint audit_records_pkey on audit_records: PRIMARY KEY (writer, seq)
constraint audit_records_risk_check on audit_records: CHECK ((risk = ANY (ARRAY['low'::text, 'high'::text])))
constraint audit_writers_pkey on audit_writers: PRIMARY KEY (writer)
constraint auth_accounts_pkey on auth_accounts: PRIMARY KEY (id)
constraint auth_accounts_userId_fkey on auth_accounts: FOREIGN KEY ("userId") REFERENCES auth_users(id) ON DELETE CASCADE
constraint auth_sessions_pkey on auth_sessions: PRIMARY KEY (id)
constraint auth_sessions_token_key on auth_sessions: UNIQUE (token)
constraint auth_sessions_userId_fkey on auth_sessions: FOREIGN KEY ("userId") REFERENCES auth_users(id) ON DELETE CASCADE
constraint auth_users_email_key on auth_users: UNIQUE (email)
constraint auth_users_pkey on auth_users: PRIMARY KEY (id)
constraint auth_verifications_pkey on auth_verifications: PRIMARY KEY (id)
constraint broker_tokens_minter_kind_check on broker_tokens: CHECK ((minter_kind = ANY (ARRAY['person'::text, 'outsider'::text, 'key'::text, 'operator'::text])))
constraint broker_tokens_minter_role_check on broker_tokens: CHECK ((minter_role = ANY (ARRAY['admin'::text, 'editor'::text, 'viewer'::text])))
constraint broker_tokens_on_unavailable_check on broker_tokens: CHECK ((on_unavailable = ANY (ARRAY['fail'::text, 'wait'::text])))
constraint broker_tokens_pkey on broker_tokens: PRIMARY KEY (id)
constraint broker_tokens_token_hash_key on broker_tokens: UNIQUE (token_hash)
constraint broker_tokens_workspace_id_fkey on broker_tokens: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint cli_logins_pkey on cli_logins: PRIMARY KEY (id)
constraint cli_logins_token_hash_key on cli_logins: UNIQUE (token_hash)
constraint cli_logins_user_id_fkey on cli_logins: FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
constraint connect_sessions_check on connect_sessions: CHECK (((member_id IS NULL) <> (end_user IS NULL)))
constraint connect_sessions_pkey on connect_sessions: PRIMARY KEY (id)
constraint connect_sessions_return_by_check on connect_sessions: CHECK ((return_by = ANY (ARRAY['redirect'::text, 'message'::text])))
constraint connect_sessions_state_check on connect_sessions: CHECK ((state = ANY (ARRAY['open'::text, 'entered'::text, 'completed'::text, 'cancelled'::text, 'refused'::text])))
constraint connect_sessions_token_hash_key on connect_sessions: UNIQUE (token_hash)
constraint connect_sessions_visibility_check on connect_sessions: CHECK ((visibility = ANY (ARRAY['private'::text, 'workspace'::text])))
constraint connect_sessions_workspace_id_fkey on connect_sessions: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint connection_epochs_pkey on connection_epochs: PRIMARY KEY (connection_id)
constraint connection_grants_connection_id_fkey on connection_grants: FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE
constraint connection_grants_pkey on connection_grants: PRIMARY KEY (connection_id)
constraint connection_grants_renewal_check on connection_grants: CHECK ((renewal = ANY (ARRAY['refresh'::text, 'access_token'::text, 'none'::text])))
constraint connection_grants_workspace_id_fkey on connection_grants: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint connection_references_connection_id_fkey on connection_references: FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE
constraint connection_references_pkey on connection_references: PRIMARY KEY (workspace_id, connection_id, reference)
constraint connection_references_source_check on connection_references: CHECK ((source = ANY (ARRAY['registered'::text, 'learned'::text])))
constraint connection_references_workspace_id_fkey on connection_references: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint connections_auth_type_check on connections: CHECK ((auth_type = ANY (ARRAY['oauth2'::text, 'apikey'::text, 'serviceaccount'::text])))
constraint connections_owner_kind_check on connections: CHECK ((owner_kind = ANY (ARRAY['person'::text, 'key'::text, 'operator'::text])))
constraint connections_pkey on connections: PRIMARY KEY (id)
constraint connections_status_check on connections: CHECK ((status = ANY (ARRAY['pending'::text, 'active'::text, 'paused'::text, 'error'::text, 'revoked'::text])))
constraint connections_verdict_check on connections: CHECK ((verdict = ANY (ARRAY['unknown'::text, 'weak'::text, 'accepted'::text, 'restricted'::text, 'rejected'::text, 'ended'::text])))
constraint connections_visibility_check on connections: CHECK ((visibility = ANY (ARRAY['private'::text, 'workspace'::text])))
constraint connections_workspace_id_fkey on connections: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint data_keys_master_key_id_fkey on data_keys: FOREIGN KEY (master_key_id) REFERENCES master_keys(id)
constraint data_keys_pkey on data_keys: PRIMARY KEY (id)
constraint data_keys_state_check on data_keys: CHECK ((state = ANY (ARRAY['active'::text, 'retiring'::text])))
constraint deployment_pkey on deployment: PRIMARY KEY (name)
constraint device_logins_device_hash_key on device_logins: UNIQUE (device_hash)
constraint device_logins_pkey on device_logins: PRIMARY KEY (id)
constraint device_logins_state_check on device_logins: CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'denied'::text])))
constraint device_logins_user_code_hash_key on device_logins: UNIQUE (user_code_hash)
constraint device_logins_user_id_fkey on device_logins: FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
constraint event_heads_pkey on event_heads: PRIMARY KEY (workspace_id)
constraint event_heads_workspace_id_fkey on event_heads: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint events_pkey on events: PRIMARY KEY (id)
constraint events_workspace_id_fkey on events: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint folder_definitions_format_check on folder_definitions: CHECK ((format = ANY (ARRAY['yaml'::text, 'json'::text])))
constraint folder_definitions_pkey on folder_definitions: PRIMARY KEY (id, version)
constraint idempotency_pkey on idempotency: PRIMARY KEY (workspace_id, actor_id, key_hash)
constraint idempotency_state_check on idempotency: CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'unknown'::text])))
constraint invitations_pkey on invitations: PRIMARY KEY (id)
constraint invitations_role_check on invitations: CHECK ((role = ANY (ARRAY['admin'::text, 'editor'::text, 'viewer'::text])))
constraint invitations_token_hash_key on invitations: UNIQUE (token_hash)
constraint invitations_workspace_id_fkey on invitations: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint master_keys_pkey on master_keys: PRIMARY KEY (id)
constraint master_keys_state_check on master_keys: CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text])))
constraint members_pkey on members: PRIMARY KEY (workspace_id, user_id)
constraint members_role_check on members: CHECK ((role = ANY (ARRAY['admin'::text, 'editor'::text, 'viewer'::text])))
constraint members_user_id_fkey on members: FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
constraint members_workspace_id_fkey on members: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint migrations_pkey on migrations: PRIMARY KEY (id)
constraint oauth_apps_pkey on oauth_apps: PRIMARY KEY (id)
constraint oauth_apps_source_check on oauth_apps: CHECK ((source = ANY (ARRAY['api'::text, 'file'::text])))
constraint oauth_flows_bound_by_check on oauth_flows: CHECK ((bound_by = ANY (ARRAY['browser'::text, 'starter'::text])))
constraint oauth_flows_kind_check on oauth_flows: CHECK ((kind = ANY (ARRAY['browser'::text, 'device'::text, 'direct'::text])))
constraint oauth_flows_link_hash_key on oauth_flows: UNIQUE (link_hash)
constraint oauth_flows_pkey on oauth_flows: PRIMARY KEY (id)
constraint oauth_flows_purpose_check on oauth_flows: CHECK ((purpose = ANY (ARRAY['connect'::text, 'reauthorize'::text])))
constraint oauth_flows_state_check on oauth_flows: CHECK ((state = ANY (ARRAY['open'::text, 'claimed'::text, 'asking'::text, 'done'::text, 'failed'::text])))
constraint oauth_flows_state_hash_key on oauth_flows: UNIQUE (state_hash)
constraint oauth_flows_visibility_check on oauth_flows: CHECK ((visibility = ANY (ARRAY['private'::text, 'workspace'::text])))
constraint oauth_flows_workspace_id_fkey on oauth_flows: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint operators_pkey on operators: PRIMARY KEY (user_id)
constraint operators_user_id_fkey on operators: FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
constraint policies_enabled_check on policies: CHECK ((enabled = ANY (ARRAY[(0)::bigint, (1)::bigint])))
constraint policies_pkey on policies: PRIMARY KEY (id)
constraint policies_timed_check on policies: CHECK ((timed = ANY (ARRAY[(0)::bigint, (1)::bigint])))
constraint policies_workspace_id_fkey on policies: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint policy_changes_pkey on policy_changes: PRIMARY KEY (workspace_id)
constraint policy_changes_workspace_id_fkey on policy_changes: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint return_addresses_pkey on return_addresses: PRIMARY KEY (id)
constraint return_addresses_workspace_id_fkey on return_addresses: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint revocations_because_check on revocations: CHECK ((because = ANY (ARRAY['deleted'::text, 'member_removed'::text, 'workspace_removed'::text, 'replaced'::text, 'discarded'::text, 'unkept'::text])))
constraint revocations_pkey on revocations: PRIMARY KEY (id)
constraint revocations_state_check on revocations: CHECK ((state = ANY (ARRAY['pending'::text, 'done'::text, 'gone'::text, 'by_hand'::text, 'not_offered'::text, 'kept_for_others'::text, 'failed'::text])))
constraint rotations_kind_check on rotations: CHECK ((kind = ANY (ARRAY['master_key'::text, 'data_keys'::text])))
constraint rotations_pkey on rotations: PRIMARY KEY (id)
constraint rotations_state_check on rotations: CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text])))
constraint secrets_data_key_id_fkey on secrets: FOREIGN KEY (data_key_id) REFERENCES data_keys(id)
constraint secrets_pkey on secrets: PRIMARY KEY (workspace_id, owner_id, field, version)
constraint service_definitions_format_check on service_definitions: CHECK ((format = ANY (ARRAY['yaml'::text, 'json'::text])))
constraint service_definitions_pkey on service_definitions: PRIMARY KEY (workspace_id, id, version)
constraint service_definitions_workspace_id_fkey on service_definitions: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint skill_versions_pkey on skill_versions: PRIMARY KEY (skill_id, version)
constraint skill_versions_skill_id_fkey on skill_versions: FOREIGN KEY (skill_id) REFERENCES skills(id) ON DELETE CASCADE
constraint skills_pkey on skills: PRIMARY KEY (id)
constraint skills_workspace_id_fkey on skills: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint webhook_attempts_pkey on webhook_attempts: PRIMARY KEY (webhook_id, event_id, number)
constraint webhook_attempts_webhook_id_event_id_fkey on webhook_attempts: FOREIGN KEY (webhook_id, event_id) REFERENCES webhook_deliveries(webhook_id, event_id) ON DELETE CASCADE
constraint webhook_deliveries_pkey on webhook_deliveries: PRIMARY KEY (webhook_id, event_id)
constraint webhook_deliveries_state_check on webhook_deliveries: CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
constraint webhook_deliveries_webhook_id_fkey on webhook_deliveries: FOREIGN KEY (webhook_id) REFERENCES webhooks(id) ON DELETE CASCADE
constraint webhooks_pkey on webhooks: PRIMARY KEY (id)
constraint webhooks_workspace_id_fkey on webhooks: FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE
constraint workspaces_pkey on workspaces: PRIMARY KEY (id)

CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (id)
CREATE INDEX api_keys_skill ON public.api_keys USING btree (skill_id) WHERE (skill_id IS NOT NULL)
CREATE UNIQUE INDEX api_keys_token_hash_key ON public.api_keys USING btree (token_hash)
CREATE INDEX api_keys_workspace ON public.api_keys USING btree (workspace_id, created_at)
CREATE UNIQUE INDEX attempts_pkey ON public.attempts USING btree (subject)
CREATE UNIQUE INDEX audit_checkpoints_pkey ON public.audit_checkpoints USING btree (seq)
CREATE INDEX audit_records_actor ON public.audit_records USING btree (workspace_id, actor_id, at)
CREATE INDEX audit_records_connection ON public.audit_records USING btree (workspace_id, connection_id, at) WHERE (connection_id IS NOT NULL)
CREATE UNIQUE INDEX audit_records_pkey ON public.audit_records USING btree (writer, seq)
CREATE INDEX audit_records_time ON public.audit_records USING btree (workspace_id, at, writer, seq)
CREATE UNIQUE INDEX audit_writers_pkey ON public.audit_writers USING btree (writer)
CREATE UNIQUE INDEX auth_accounts_pkey ON public.auth_accounts USING btree (id)
CREATE INDEX auth_accounts_user ON public.auth_accounts USING btree ("userId")
CREATE UNIQUE INDEX auth_sessions_pkey ON public.auth_sessions USING btree (id)
CREATE UNIQUE INDEX auth_sessions_token_key ON public.auth_sessions USING btree (token)
CREATE INDEX auth_sessions_user ON public.auth_sessions USING btree ("userId")
CREATE UNIQUE INDEX auth_users_email_key ON public.auth_users USING btree (email)
CREATE UNIQUE INDEX auth_users_pkey ON public.auth_users USING btree (id)
CREATE INDEX auth_verifications_identifier ON public.auth_verifications USING btree (identifier)
CREATE UNIQUE INDEX auth_verifications_pkey ON public.auth_verifications USING btree (id)
CREATE INDEX broker_tokens_age ON public.broker_tokens USING btree (expires_at)
CREATE INDEX broker_tokens_list ON public.broker_tokens USING btree (workspace_id, created_at, id)
CREATE UNIQUE INDEX broker_tokens_pkey ON public.broker_tokens USING btree (id)
CREATE INDEX broker_tokens_root ON public.broker_tokens USING btree (root_id)
CREATE UNIQUE INDEX broker_tokens_token_hash_key ON public.broker_tokens USING btree (token_hash)
CREATE INDEX broker_tokens_workspace ON public.broker_tokens USING btree (workspace_id, expires_at)
CREATE UNIQUE INDEX cli_logins_pkey ON public.cli_logins USING btree (id)
CREATE UNIQUE INDEX cli_logins_token_hash_key ON public.cli_logins USING btree (token_hash)
CREATE INDEX cli_logins_user ON public.cli_logins USING btree (user_id)
CREATE INDEX connect_sessions_age ON public.connect_sessions USING btree (expires_at)
CREATE UNIQUE INDEX connect_sessions_pkey ON public.connect_sessions USING btree (id)
CREATE UNIQUE INDEX connect_sessions_token_hash_key ON public.connect_sessions USING btree (token_hash)
CREATE INDEX connect_sessions_workspace ON public.connect_sessions USING btree (workspace_id)
CREATE INDEX connection_epochs_change ON public.connection_epochs USING btree (change)
CREATE UNIQUE INDEX connection_epochs_pkey ON public.connection_epochs USING btree (connection_id)
CREATE INDEX connection_grants_due ON public.connection_grants USING btree (due_at) WHERE (due_at IS NOT NULL)
CREATE UNIQUE INDEX connection_grants_pkey ON public.connection_grants USING btree (connection_id)
CREATE INDEX connection_grants_tidy ON public.connection_grants USING btree (tidy_at) WHERE (tidy_at IS NOT NULL)
CREATE UNIQUE INDEX connection_references_pkey ON public.connection_references USING btree (workspace_id, connection_id, reference)
CREATE INDEX connections_account ON public.connections USING btree (workspace_id, provider, account_key) WHERE (account_key IS NOT NULL)
CREATE INDEX connections_app ON public.connections USING btree (app_id) WHERE (app_id IS NOT NULL)
CREATE INDEX connections_due ON public.connections USING btree (next_check_at) WHERE (next_check_at IS NOT NULL)
CREATE INDEX connections_ended ON public.connections USING btree (id) WHERE (ended_by IS NOT NULL)
CREATE INDEX connections_granted ON public.connections USING btree (app_id) WHERE (app_id IS NOT NULL)
CREATE INDEX connections_health ON public.connections USING btree (workspace_id, health, created_at, id)
CREATE INDEX connections_idle ON public.connections USING btree (workspace_id, idle_since, id) WHERE (idle_since IS NOT NULL)
CREATE INDEX connections_life ON public.connections USING btree (workspace_id, connected_at, id) WHERE ((ended_by IS NULL) AND (deleted_at IS NULL))
CREATE INDEX connections_list ON public.connections USING btree (workspace_id, created_at, id, visibility, owner_id, provider, status, health, search)
CREATE INDEX connections_owner ON public.connections USING btree (workspace_id, owner_id, created_at, id)
CREATE UNIQUE INDEX connections_pkey ON public.connections USING btree (id)
CREATE INDEX connections_provider ON public.connections USING btree (workspace_id, provider, created_at, id)
CREATE INDEX connections_purge ON public.connections USING btree (purge_at) WHERE (purge_at IS NOT NULL)
CREATE INDEX connections_status ON public.connections USING btree (workspace_id, status, created_at, id)
CREATE UNIQUE INDEX data_keys_active ON public.data_keys USING btree (workspace_id) WHERE (state = 'active'::text)
CREATE INDEX data_keys_master ON public.data_keys USING btree (master_key_id)
CREATE UNIQUE INDEX data_keys_pkey ON public.data_keys USING btree (id)
CREATE UNIQUE INDEX deployment_pkey ON public.deployment USING btree (name)
CREATE UNIQUE INDEX device_logins_device_hash_key ON public.device_logins USING btree (device_hash)
CREATE UNIQUE INDEX device_logins_pkey ON public.device_logins USING btree (id)
CREATE UNIQUE INDEX device_logins_user_code_hash_key ON public.device_logins USING btree (user_code_hash)
CREATE UNIQUE INDEX event_heads_pkey ON public.event_heads USING btree (workspace_id)
CREATE INDEX events_age ON public.events USING btree (at)
CREATE UNIQUE INDEX events_order ON public.events USING btree (workspace_id, seq)
CREATE UNIQUE INDEX events_pkey ON public.events USING btree (id)
CREATE INDEX events_subject ON public.events USING btree (workspace_id, subject, seq)
CREATE UNIQUE INDEX folder_definitions_digest ON public.folder_definitions USING btree (id, digest)
CREATE UNIQUE INDEX folder_definitions_pkey ON public.folder_definitions USING btree (id, version)
CREATE INDEX idempotency_created ON public.idempotency USING btree (created_at)
CREATE UNIQUE INDEX idempotency_pkey ON public.idempotency USING btree (workspace_id, actor_id, key_hash)
CREATE UNIQUE INDEX invitations_pkey ON public.invitations USING btree (id)
CREATE UNIQUE INDEX invitations_token_hash_key ON public.invitations USING btree (token_hash)
CREATE INDEX invitations_workspace ON public.invitations USING btree (workspace_id, created_at)
CREATE UNIQUE INDEX master_keys_active ON public.master_keys USING btree (state) WHERE (state = 'active'::text)
CREATE UNIQUE INDEX master_keys_pkey ON public.master_keys USING btree (id)
CREATE UNIQUE INDEX members_pkey ON public.members USING btree (workspace_id, user_id)
CREATE INDEX members_user ON public.members USING btree (user_id)
CREATE UNIQUE INDEX migrations_pkey ON public.migrations USING btree (id)
CREATE UNIQUE INDEX oauth_apps_pkey ON public.oauth_apps USING btree (id)
CREATE INDEX oauth_apps_provider ON public.oauth_apps USING btree (workspace_id, provider, created_at, id)
CREATE INDEX oauth_apps_unfinished ON public.oauth_apps USING btree (created_at) WHERE ((finished_at IS NULL) OR (deleted_at IS NOT NULL))
CREATE INDEX oauth_flows_age ON public.oauth_flows USING btree (expires_at)
CREATE UNIQUE INDEX oauth_flows_link_hash_key ON public.oauth_flows USING btree (link_hash)
CREATE UNIQUE INDEX oauth_flows_pkey ON public.oauth_flows USING btree (id)
CREATE UNIQUE INDEX oauth_flows_state_hash_key ON public.oauth_flows USING btree (state_hash)
CREATE INDEX oauth_flows_workspace ON public.oauth_flows USING btree (workspace_id)
CREATE UNIQUE INDEX operators_pkey ON public.operators USING btree (user_id)
CREATE UNIQUE INDEX policies_pkey ON public.policies USING btree (id)
CREATE INDEX policies_timed ON public.policies USING btree (workspace_id) WHERE ((timed = 1) AND (enabled = 1))
CREATE INDEX policies_workspace ON public.policies USING btree (workspace_id, created_at, id)
CREATE INDEX policy_changes_change ON public.policy_changes USING btree (change)
CREATE UNIQUE INDEX policy_changes_pkey ON public.policy_changes USING btree (workspace_id)
CREATE UNIQUE INDEX return_addresses_one ON public.return_addresses USING btree (workspace_id, address)
CREATE UNIQUE INDEX return_addresses_pkey ON public.return_addresses USING btree (id)
CREATE INDEX revocations_connection ON public.revocations USING btree (workspace_id, connection_id)
CREATE INDEX revocations_due ON public.revocations USING btree (next_try_at) WHERE (next_try_at IS NOT NULL)
CREATE INDEX revocations_finished ON public.revocations USING btree (finished_at) WHERE (finished_at IS NOT NULL)
CREATE UNIQUE INDEX revocations_pkey ON public.revocations USING btree (id)
CREATE UNIQUE INDEX rotations_pkey ON public.rotations USING btree (id)
CREATE UNIQUE INDEX rotations_running ON public.rotations USING btree (state) WHERE (state = 'running'::text)
CREATE INDEX secrets_data_key ON public.secrets USING btree (data_key_id)
CREATE UNIQUE INDEX secrets_pkey ON public.secrets USING btree (workspace_id, owner_id, field, version)
CREATE UNIQUE INDEX service_definitions_pkey ON public.service_definitions USING btree (workspace_id, id, version)
CREATE UNIQUE INDEX skill_versions_pkey ON public.skill_versions USING btree (skill_id, version)
CREATE UNIQUE INDEX skills_name ON public.skills USING btree (workspace_id, name) WHERE (deleted_at IS NULL)
CREATE UNIQUE INDEX skills_pkey ON public.skills USING btree (id)
CREATE INDEX skills_workspace ON public.skills USING btree (workspace_id, created_at, id)
CREATE UNIQUE INDEX webhook_attempts_pkey ON public.webhook_attempts USING btree (webhook_id, event_id, number)
CREATE INDEX webhook_deliveries_age ON public.webhook_deliveries USING btree (created_at)
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (webhook_id, next_at) WHERE (state = 'pending'::text)
CREATE INDEX webhook_deliveries_listed ON public.webhook_deliveries USING btree (webhook_id, created_at, event_id)
CREATE UNIQUE INDEX webhook_deliveries_pkey ON public.webhook_deliveries USING btree (webhook_id, event_id)
CREATE INDEX webhooks_due ON public.webhooks USING btree (due_at) WHERE ((parked_at IS NULL) AND (due_at IS NOT NULL))
CREATE UNIQUE INDEX webhooks_pkey ON public.webhooks USING btree (id)
CREATE INDEX webhooks_workspace ON public.webhooks USING btree (workspace_id, created_at)
CREATE UNIQUE INDEX workspaces_pkey ON public.workspaces USING btree (id)

policy api_keys_add on api_keys to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy api_keys_change on api_keys to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy api_keys_read on api_keys to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (token_hash = current_setting('cardea.presented'::text, true)))) check ()
policy api_keys_remove on api_keys to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy api_keys_sweep on api_keys to {cardea_sweeps} for ALL using (true) check (true)
policy audit_records_add on audit_records to {cardea_requests} for INSERT using () check (true)
policy audit_records_read on audit_records to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy audit_records_sweep on audit_records to {cardea_sweeps} for ALL using (true) check (true)
policy broker_tokens_add on broker_tokens to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy broker_tokens_change on broker_tokens to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy broker_tokens_read on broker_tokens to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (token_hash = current_setting('cardea.presented'::text, true)))) check ()
policy broker_tokens_remove on broker_tokens to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy broker_tokens_sweep on broker_tokens to {cardea_sweeps} for ALL using (true) check (true)
policy connect_sessions_add on connect_sessions to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connect_sessions_change on connect_sessions to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connect_sessions_read on connect_sessions to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (token_hash = current_setting('cardea.presented'::text, true)))) check ()
policy connect_sessions_remove on connect_sessions to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connect_sessions_sweep on connect_sessions to {cardea_sweeps} for ALL using (true) check (true)
policy connection_epochs_add on connection_epochs to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_epochs_change on connection_epochs to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_epochs_read on connection_epochs to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_epochs_remove on connection_epochs to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_epochs_sweep on connection_epochs to {cardea_sweeps} for ALL using (true) check (true)
policy connection_grants_add on connection_grants to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_grants_change on connection_grants to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_grants_read on connection_grants to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_grants_remove on connection_grants to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_grants_sweep on connection_grants to {cardea_sweeps} for ALL using (true) check (true)
policy connection_references_add on connection_references to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_references_change on connection_references to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connection_references_read on connection_references to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_references_remove on connection_references to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connection_references_sweep on connection_references to {cardea_sweeps} for ALL using (true) check (true)
policy connections_add on connections to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connections_change on connections to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy connections_read on connections to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connections_remove on connections to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy connections_sweep on connections to {cardea_sweeps} for ALL using (true) check (true)
policy data_keys_add on data_keys to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy data_keys_change on data_keys to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy data_keys_read on data_keys to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy data_keys_remove on data_keys to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy data_keys_sweep on data_keys to {cardea_sweeps} for ALL using (true) check (true)
policy event_heads_add on event_heads to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy event_heads_change on event_heads to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy event_heads_read on event_heads to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy event_heads_remove on event_heads to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy event_heads_sweep on event_heads to {cardea_sweeps} for ALL using (true) check (true)
policy events_add on events to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy events_change on events to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy events_read on events to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy events_remove on events to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy events_sweep on events to {cardea_sweeps} for ALL using (true) check (true)
policy idempotency_add on idempotency to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy idempotency_change on idempotency to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy idempotency_read on idempotency to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy idempotency_remove on idempotency to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy idempotency_sweep on idempotency to {cardea_sweeps} for ALL using (true) check (true)
policy invitations_add on invitations to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy invitations_change on invitations to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy invitations_read on invitations to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (token_hash = current_setting('cardea.presented'::text, true)))) check ()
policy invitations_remove on invitations to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy invitations_sweep on invitations to {cardea_sweeps} for ALL using (true) check (true)
policy members_add on members to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy members_change on members to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy members_read on members to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (user_id = current_setting('cardea.user'::text, true)))) check ()
policy members_remove on members to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy members_sweep on members to {cardea_sweeps} for ALL using (true) check (true)
policy oauth_apps_add on oauth_apps to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy oauth_apps_change on oauth_apps to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy oauth_apps_read on oauth_apps to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy oauth_apps_remove on oauth_apps to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy oauth_apps_sweep on oauth_apps to {cardea_sweeps} for ALL using (true) check (true)
policy oauth_flows_add on oauth_flows to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy oauth_flows_change on oauth_flows to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy oauth_flows_read on oauth_flows to {cardea_requests} for SELECT using (((workspace_id = current_setting('cardea.workspace'::text, true)) OR (state_hash = current_setting('cardea.presented'::text, true)) OR (link_hash = current_setting('cardea.presented'::text, true)))) check ()
policy oauth_flows_remove on oauth_flows to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy oauth_flows_sweep on oauth_flows to {cardea_sweeps} for ALL using (true) check (true)
policy policies_add on policies to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy policies_change on policies to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy policies_read on policies to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy policies_remove on policies to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy policies_sweep on policies to {cardea_sweeps} for ALL using (true) check (true)
policy policy_changes_add on policy_changes to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy policy_changes_change on policy_changes to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy policy_changes_read on policy_changes to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy policy_changes_remove on policy_changes to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy policy_changes_sweep on policy_changes to {cardea_sweeps} for ALL using (true) check (true)
policy return_addresses_add on return_addresses to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy return_addresses_change on return_addresses to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy return_addresses_read on return_addresses to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy return_addresses_remove on return_addresses to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy return_addresses_sweep on return_addresses to {cardea_sweeps} for ALL using (true) check (true)
policy revocations_add on revocations to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy revocations_change on revocations to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy revocations_read on revocations to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy revocations_remove on revocations to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy revocations_sweep on revocations to {cardea_sweeps} for ALL using (true) check (true)
policy secrets_add on secrets to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy secrets_change on secrets to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy secrets_read on secrets to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy secrets_remove on secrets to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy secrets_sweep on secrets to {cardea_sweeps} for ALL using (true) check (true)
policy service_definitions_add on service_definitions to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy service_definitions_change on service_definitions to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy service_definitions_read on service_definitions to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy service_definitions_remove on service_definitions to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy service_definitions_sweep on service_definitions to {cardea_sweeps} for ALL using (true) check (true)
policy skill_versions_add on skill_versions to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy skill_versions_change on skill_versions to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy skill_versions_read on skill_versions to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy skill_versions_remove on skill_versions to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy skill_versions_sweep on skill_versions to {cardea_sweeps} for ALL using (true) check (true)
policy skills_add on skills to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy skills_change on skills to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy skills_read on skills to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy skills_remove on skills to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy skills_sweep on skills to {cardea_sweeps} for ALL using (true) check (true)
policy webhook_attempts_add on webhook_attempts to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhook_attempts_change on webhook_attempts to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhook_attempts_read on webhook_attempts to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhook_attempts_remove on webhook_attempts to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhook_attempts_sweep on webhook_attempts to {cardea_sweeps} for ALL using (true) check (true)
policy webhook_deliveries_add on webhook_deliveries to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhook_deliveries_change on webhook_deliveries to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhook_deliveries_read on webhook_deliveries to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhook_deliveries_remove on webhook_deliveries to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhook_deliveries_sweep on webhook_deliveries to {cardea_sweeps} for ALL using (true) check (true)
policy webhooks_add on webhooks to {cardea_requests} for INSERT using () check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhooks_change on webhooks to {cardea_requests} for UPDATE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ((workspace_id = current_setting('cardea.workspace'::text, true)))
policy webhooks_read on webhooks to {cardea_requests} for SELECT using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhooks_remove on webhooks to {cardea_requests} for DELETE using ((workspace_id = current_setting('cardea.workspace'::text, true))) check ()
policy webhooks_sweep on webhooks to {cardea_sweeps} for ALL using (true) check (true)
policy workspaces_add on workspaces to {cardea_requests} for INSERT using () check ((id = current_setting('cardea.workspace'::text, true)))
policy workspaces_change on workspaces to {cardea_requests} for UPDATE using ((id = current_setting('cardea.workspace'::text, true))) check ((id = current_setting('cardea.workspace'::text, true)))
policy workspaces_read on workspaces to {cardea_requests} for SELECT using (((id = current_setting('cardea.workspace'::text, true)) OR (id IN ( SELECT members.workspace_id
   FROM members)))) check ()
policy workspaces_remove on workspaces to {cardea_requests} for DELETE using ((id = current_setting('cardea.workspace'::text, true))) check ()
policy workspaces_sweep on workspaces to {cardea_sweeps} for ALL using (true) check (true)

row level security on api_keys, forced
row level security on audit_records, forced
row level security on broker_tokens, forced
row level security on connect_sessions, forced
row level security on connection_epochs, forced
row level security on connection_grants, forced
row level security on connection_references, forced
row level security on connections, forced
row level security on data_keys, forced
row level security on event_heads, forced
row level security on events, forced
row level security on idempotency, forced
row level security on invitations, forced
row level security on members, forced
row level security on oauth_apps, forced
row level security on oauth_flows, forced
row level security on policies, forced
row level security on policy_changes, forced
row level security on return_addresses, forced
row level security on revocations, forced
row level security on secrets, forced
row level security on service_definitions, forced
row level security on skill_versions, forced
row level security on skills, forced
row level security on webhook_attempts, forced
row level security on webhook_deliveries, forced
row level security on webhooks, forced
row level security on workspaces, forced

grant DELETE, INSERT, SELECT, UPDATE on api_keys to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on api_keys to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on attempts to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on attempts to cardea_sweeps
grant INSERT, SELECT on audit_checkpoints to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on audit_checkpoints to cardea_sweeps
grant INSERT, SELECT on audit_records to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on audit_records to cardea_sweeps
grant INSERT, SELECT, UPDATE on audit_writers to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on audit_writers to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on auth_accounts to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on auth_accounts to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on auth_sessions to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on auth_sessions to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on auth_users to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on auth_users to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on auth_verifications to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on auth_verifications to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on broker_tokens to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on broker_tokens to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on cli_logins to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on cli_logins to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on connect_sessions to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on connect_sessions to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on connection_epochs to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on connection_epochs to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on connection_grants to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on connection_grants to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on connection_references to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on connection_references to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on connections to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on connections to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on data_keys to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on data_keys to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on deployment to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on deployment to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on device_logins to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on device_logins to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on event_heads to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on event_heads to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on events to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on events to cardea_sweeps
grant SELECT on folder_definitions to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on folder_definitions to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on idempotency to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on idempotency to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on invitations to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on invitations to cardea_sweeps
grant SELECT on master_keys to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on master_keys to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on members to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on members to cardea_sweeps
grant SELECT on migrations to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on migrations to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on oauth_apps to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on oauth_apps to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on oauth_flows to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on oauth_flows to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on operators to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on operators to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on policies to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on policies to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on policy_changes to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on policy_changes to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on return_addresses to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on return_addresses to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on revocations to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on revocations to cardea_sweeps
grant SELECT on rotations to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on rotations to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on secrets to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on secrets to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on service_definitions to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on service_definitions to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on skill_versions to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on skill_versions to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on skills to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on skills to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on webhook_attempts to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on webhook_attempts to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on webhook_deliveries to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on webhook_deliveries to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on webhooks to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on webhooks to cardea_sweeps
grant DELETE, INSERT, SELECT, UPDATE on workspaces to cardea_requests
grant DELETE, INSERT, SELECT, UPDATE on workspaces to cardea_sweeps

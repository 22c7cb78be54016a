"""People, sign-in, sessions, API tokens, roles and the audit trail."""

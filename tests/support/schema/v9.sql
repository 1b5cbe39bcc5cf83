-- 9 (goose 1.29): data only
UPDATE sessions SET session_type = 'acp' WHERE session_type = 'user' AND name = 'ACP Session' AND NOT user_set_name;

-- 7 (goose 1.21)
ALTER TABLE messages ADD COLUMN message_id TEXT;
UPDATE messages SET message_id = 'msg_' || session_id || '_' || id WHERE message_id IS NULL;
CREATE INDEX idx_messages_message_id ON messages(message_id);

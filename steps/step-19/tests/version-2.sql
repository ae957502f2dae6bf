-- A file of the shop as version 2 has left it, with a session, its successor and an account.
CREATE TABLE sessions (
    name BLOB NOT NULL UNIQUE,
    data TEXT NOT NULL,
    end_us INTEGER NOT NULL,
    member TEXT,
    before BLOB,
    was_member INTEGER NOT NULL
) STRICT;
CREATE INDEX of_member ON sessions (member) WHERE member IS NOT NULL;
CREATE INDEX successors ON sessions (before) WHERE before IS NOT NULL;
CREATE TABLE accounts (
    folded TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    is_administrator INTEGER NOT NULL,
    is_disabled INTEGER NOT NULL,
    stamp TEXT NOT NULL
) STRICT;
INSERT INTO sessions VALUES (
    x'76108f84396dc2d72ce275fdb0e0ef37b229b2898bf5a31d576fea11a766a42b',
    '{"member":"Ada","stamp":"a stamp","basket":{"assam":1}}', 4102444800000000, 'Ada', NULL, 0);
INSERT INTO accounts VALUES ('ada', 'Ada', 'a hash', 0, 0, 'a stamp');
PRAGMA application_id = 1936224112;
PRAGMA user_version = 2;

-- Tables of the shop as version 2 has left them, with Ada's session.
CREATE TABLE versions (
    version integer PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO versions VALUES (1), (2);
CREATE TABLE sessions (
    name bytea PRIMARY KEY,
    data text NOT NULL,
    ends timestamptz NOT NULL,
    member text,
    before bytea,
    was_member boolean NOT NULL DEFAULT false
);
CREATE INDEX ON sessions (ends);
CREATE INDEX ON sessions (member) WHERE member IS NOT NULL;
CREATE INDEX ON sessions (before) WHERE before IS NOT NULL;
CREATE TABLE accounts (
    folded text PRIMARY KEY,
    name text NOT NULL,
    password_hash text NOT NULL,
    is_administrator boolean NOT NULL,
    is_disabled boolean NOT NULL,
    stamp text NOT NULL
);
INSERT INTO sessions VALUES (
    '\x76108f84396dc2d72ce275fdb0e0ef37b229b2898bf5a31d576fea11a766a42b',
    '{"member":"Ada","stamp":"a stamp","basket":{"assam":1}}',
    clock_timestamp() + interval '1 hour',
    'Ada'
);

-- What the first version of this program has left: its tables, and Ada's session.
CREATE TABLE versions (
    version integer PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO versions VALUES (1);
CREATE TABLE sessions (
    name bytea PRIMARY KEY,
    data text NOT NULL,
    ends timestamptz NOT NULL,
    member text,
    before bytea,
    was_member boolean NOT NULL DEFAULT false
);
CREATE INDEX ON sessions (ends);
CREATE TABLE accounts (
    folded text PRIMARY KEY,
    name text NOT NULL,
    password_hash text NOT NULL,
    is_administrator boolean NOT NULL,
    is_disabled boolean NOT NULL,
    stamp text NOT NULL
);
INSERT INTO sessions VALUES (
    sha256('Ada'),
    '{"member":"Ada","device":{"what":"a \u0000 \ud83c\udf75"}}',
    clock_timestamp() + interval '1 hour',
    'Ada'
), (
    sha256('nobody'),
    '{"basket":{"assam":1}}',
    clock_timestamp() + interval '1 hour',
    NULL
);

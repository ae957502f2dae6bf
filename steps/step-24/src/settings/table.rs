//! What there is to set, in the order in which somebody thinks about it.

/// A setting.
pub struct Setting {
    /// The variable of the environment.
    pub name: &'static str,
    /// What it is if nobody says anything.
    pub usual: &'static str,
    /// What it is, and why it is so by itself.
    pub why: &'static str,
    /// The chapter of the book that needs it first.
    pub chapter: u8,
    pub(super) kind: Kind,
}

/// Who may see what it is set to.
pub(super) enum Kind {
    /// Whoever starts the program.
    Open,
    /// The same, unless it is no file: it may be a secret in the wrong place.
    File,
    /// Nobody.
    Secret,
    /// Whoever starts the program, but for the login in it.
    Store,
}

const fn open(
    name: &'static str,
    usual: &'static str,
    chapter: u8,
    why: &'static str,
) -> Setting {
    Setting { name, usual, why, chapter, kind: Kind::Open }
}

const fn file(
    name: &'static str,
    usual: &'static str,
    chapter: u8,
    why: &'static str,
) -> Setting {
    Setting { name, usual, why, chapter, kind: Kind::File }
}

const fn secret(name: &'static str, chapter: u8, why: &'static str) -> Setting {
    Setting { name, usual: "none", why, chapter, kind: Kind::Secret }
}

/// All of them.
pub const GROUPS: &[(&str, &[Setting])] = &[
    ("Where it stands", WHERE),
    ("Who may speak for others", WHO),
    ("Keys", KEYS),
    ("Store", STORE),
    ("People", PEOPLE),
    ("Programs", PROGRAMS),
    ("Limits", LIMITS),
    ("Watching", WATCHING),
    ("Moving from Express", MOVING),
];

const WHERE: &[Setting] = &[
    open(
        "PORT",
        "8080",
        1,
        "The port, on this machine only: strangers come through a \
        proxy, which speaks TLS.",
    ),
    open(
        "LISTEN_FDS",
        "none",
        23,
        "Set by whoever hands over a socket, such as systemd: \
        then nobody is turned away while a new version starts, and PORT counts for \
        nothing.",
    ),
    open(
        "ORIGIN",
        "what requests say",
        21,
        "What a browser has in its address bar, such \
        as https://tea.example. Forms come from there and from nowhere else, and what a \
        request says of itself is not believed. With https it wants a key and PROXIES.",
    ),
];

const WHO: &[Setting] = &[
    open(
        "PROXIES",
        "nobody",
        21,
        "Addresses that may say for whom they ask, such as \
        127.0.0.1, or networks, no wider than 10.0.0.0/8 or a /16 of IPv6. By itself \
        nobody: who is believed can be anybody, and escapes each limit.",
    ),
    open(
        "PROXY_HEADER",
        "x-forwarded-for",
        21,
        "Where they say it: there, or in \
        forwarded. One of them, as the other one comes from whoever likes.",
    ),
    open(
        "FRONTENDS",
        "nobody",
        21,
        "Other origins whose pages may read and fill a \
        visitor's basket. By itself nobody: they act with the visitor's session.",
    ),
];

const KEYS: &[Setting] = &[
    file(
        "SESSION_KEY_FILE",
        "none",
        20,
        "The file of the keys that sign cookies and \
        tokens. It is read again while the server runs, so a key changes without a \
        restart. Without one, for whoever tries it out, a key lasts as long as the \
        program.",
    ),
    secret(
        "SESSION_KEY",
        6,
        "The keys themselves. A file is better: it can change.",
    ),
];

const STORE: &[Setting] = &[
    Setting {
        name: "STORE",
        usual: "sqlite:shop.db",
        why: "Where sessions are. A file is enough for one machine, and asks for nothing \
              to be installed; for several, postgres://, redis://, redis+sentinel://,
              redis+cluster:// or memcached://. On another machine it wants a password of its own, if it knows any, and \
              never stands where everybody gets: there is no TLS to it.",
        chapter: 14,
        kind: Kind::Store,
    },
    open(
        "ACCOUNTS_DB",
        "accounts.db",
        16,
        "The file of accounts and orders where STORE \
        keeps sessions only: an account must outlive a store that forgets.",
    ),
];

const PEOPLE: &[Setting] = &[
    secret(
        "ADMINISTRATOR_PASSWORD",
        12,
        "Makes the administrator at the first start, \
        and changes nothing later. Without one there is none: no password is known to \
        who has read this program.",
    ),
    open(
        "PROVIDER",
        "nobody",
        21,
        "Another server where members may sign in, such as \
        https://login.example. It says who somebody is, so it speaks TLS.",
    ),
    secret(
        "PROVIDER_CLIENT",
        21,
        "What this server is called there, and its secret, \
        such as tea:the-secret.",
    ),
];

const PROGRAMS: &[Setting] = &[open(
    "TOKEN_MINUTES",
    "5",
    22,
    "How long a program's access token is good: so long, \
        nothing takes it back.",
)];

const LIMITS: &[Setting] = &[
    open(
        "CONNECTIONS",
        "512",
        23,
        "So many connections at a time: half of the 1,024 \
        files that a process may have open by itself.",
    ),
    open(
        "REQUESTS",
        "256",
        23,
        "So many requests at a time, and others are sent away at \
        once: whoever waits makes all wait. Not more than CONNECTIONS.",
    ),
    open(
        "HEAD_BYTES",
        "16384",
        23,
        "The longest head of a request: other programs under \
        this name have cookies too.",
    ),
    open(
        "BODY_BYTES",
        "8192",
        23,
        "The longest body: no form here is half as long.",
    ),
    open(
        "PATIENCE_SECONDS",
        "10",
        23,
        "How long a client may take to send a head or a \
        body, and to begin the next request: who is slow keeps a place from others.",
    ),
    open(
        "REQUEST_SECONDS",
        "30",
        23,
        "How long a request may take once it is here: \
        longer than a store that is away keeps it.",
    ),
];

const WATCHING: &[Setting] = &[
    open(
        "METRICS",
        "nowhere",
        23,
        "Where the numbers can be read, such as \
        127.0.0.1:9090, at /metrics: on this machine or in a private network, as nobody is asked who \
        he is.",
    ),
    open(
        "LOG",
        "info",
        23,
        "From which level on: error, warn, info, debug or trace. No \
        secret is told at any of them, so each may be set on a site.",
    ),
    open("LOG_FORMAT", "text", 23, "For people text, and for programs json."),
];

const MOVING: &[Setting] = &[
    Setting {
        kind: Kind::Store,
        ..open(
            "MOVE_FROM",
            "nowhere",
            24,
            "The Redis in which Express keeps the sessions of visitors who move here as \
            they sign in, such as redis://localhost:6379.",
        )
    },
    file(
        "MOVE_SECRETS",
        "none",
        24,
        "A file with the secrets that sign the cookie of Express, one a line, the newest \
        first. Nobody but its owner may read it.",
    ),
    open("MOVE_COOKIE", "connect.sid", 24, "What Express calls its cookie."),
    open(
        "MOVE_PREFIX",
        "sess:",
        24,
        "What its keys in Redis begin with: apart from our own, or one could be taken \
        for the other.",
    ),
];

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let settings = GROUPS.iter().flat_map(|(_, settings)| settings.iter());
    settings.map(|setting| setting.name)
}

pub(super) fn has(name: &str) -> bool {
    names().any(|ours| ours == name)
}

//! What is unsafe, or contradicts itself. What nobody can mean is refused. What may be
//! meant, or is somebody else's, is told in the log.

use crate::settings::{
    store::{Far, Password, Where},
    whole::{KeysFrom, Settings},
};

/// What the book has typed for an administrator's password: whoever has read it tries it
/// first.
const SAMPLES: [&str; 2] = ["the kettle is on", "a cup before noon"];

/// Refuses what is unsafe. `is_set` says whether somebody has chosen a setting.
pub(super) fn refuse(
    settings: &Settings,
    is_set: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let old = settings.moving_from.as_ref();
    let whys = [
        no_key(settings),
        open_store("STORE", &settings.store),
        old.and_then(|old| open_store("MOVE_FROM", old)),
        known_password(settings),
    ];
    let whys = whys.into_iter().flatten();
    let whys = whys.chain(lonely(&is_set)).chain(on_a_site(settings));
    let whys = whys.chain(near_provider(settings));
    let why = whys.chain(too_many(settings, is_set)).next();
    why.map_or(Ok(()), Err)
}

// ANCHOR: no_key
/// A key that lasts as long as the program is for whoever tries it out.
fn no_key(settings: &Settings) -> Option<String> {
    let is_shared = settings.store.is_shared();
    let is_missing = matches!(settings.keys, KeysFrom::Nowhere);
    (is_missing && (is_shared || settings.is_public())).then(|| {
        "there is no key for the cookie: with another one at each start, and in each \
         server, everybody would be signed out. Make one with `cargo run -p step-24 -- \
         new-key session.key` and start with SESSION_KEY_FILE=session.key."
            .to_owned()
    })
}
// ANCHOR_END: no_key

/// Whoever gets to the store is whoever he likes to be.
fn open_store(name: &str, store: &Where) -> Option<String> {
    let store = store.remote()?;
    let (far, host) = store.farthest()?;
    if far == Far::Away {
        return Some(format!(
            "{name} is at {host}, where everybody gets, and this program speaks no TLS \
             with it: all sessions could be read on the way. Put both into one private \
             network, or a tunnel between, and name its end here."
        ));
    }
    let which = match store.password() {
        Password::Own | Password::Never => return None,
        _ if far == Far::Here => return None,
        Password::None => "without a password",
        Password::Sample => "with a password out of a manual",
    };
    Some(format!(
        "{name} is at {host} {which}: whoever else gets there could be any member. Set \
         one in the store, and write it before the host, as in scheme://name:password@host."
    ))
}

fn known_password(settings: &Settings) -> Option<String> {
    let password = settings.administrator.as_ref()?;
    let is_sample = SAMPLES.contains(&password.as_str());
    (is_sample && settings.is_public()).then(|| {
        "ADMINISTRATOR_PASSWORD is the one in the book, which everybody can read. Think \
         of another."
            .to_owned()
    })
}

/// What counts for nothing without another setting, which whoever has set it believes in.
fn lonely(is_set: &impl Fn(&str) -> bool) -> Option<String> {
    let pairs = [
        ("PROXY_HEADER", "PROXIES", "nobody is believed what the header says"),
        ("PROVIDER_CLIENT", "PROVIDER", "there is nobody to show it to"),
    ];
    let pair = pairs.iter().find(|(one, other, _)| is_set(one) && !is_set(other));
    pair.map(|(one, other, why)| {
        format!("{one} is set, and {other} is not: {why}. Set both, or none.")
    })
}

/// What is good for whoever tries it out, and not where strangers come.
fn on_a_site(settings: &Settings) -> Option<String> {
    let site = &settings.site;
    let origin = site.origin.as_ref().filter(|it| it.is_https());
    let Some(origin) = origin else {
        let is_behind = !site.proxies.is_empty();
        return (is_behind && site.origin.is_none()).then(|| {
            "PROXIES is set, and ORIGIN is not: what the site is called would be what \
             each request says. Set it, such as ORIGIN=https://tea.example."
                .to_owned()
        });
    };
    if site.proxies.is_empty() {
        return Some(format!(
            "ORIGIN is {origin}, and PROXIES is not set: TLS ends at a proxy, and all \
             visitors would have its address and share one limit. Name it, such as \
             PROXIES=127.0.0.1."
        ));
    }
    let near = site.frontends.iter().find(|it| !it.is_https());
    near.filter(|_| !origin.is_near()).map(|near| {
        format!(
            "one of FRONTENDS is {near}: whatever runs there on a visitor's machine could \
             read the basket. Leave it out where ORIGIN is {origin}."
        )
    })
}

fn near_provider(settings: &Settings) -> Option<String> {
    let origin = settings.site.origin.as_ref().filter(|it| !it.is_near())?;
    let provider = &settings.site.provider.as_ref()?.agreed().issuer;
    provider.starts_with("http:").then(|| {
        format!(
            "PROVIDER is {provider}: whoever comes to {origin} would be led to a program \
             on a machine of their own. Name the provider's https address."
        )
    })
}

/// Each connection runs one request at a time.
fn too_many(settings: &Settings, is_set: impl Fn(&str) -> bool) -> Option<String> {
    let (most, capacity) =
        (settings.site.capacity.requests, settings.site.capacity);
    let is_more = is_set("REQUESTS") && most > capacity.connections;
    is_more.then(|| {
        format!(
            "REQUESTS is {most}, and CONNECTIONS {}: so many requests never come, and \
             the limit is none. Set REQUESTS no higher.",
            capacity.connections
        )
    })
}

/// What the log is told once.
pub(super) fn doubts(
    settings: &Settings,
    is_set: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut doubts = Vec::new();
    if matches!(settings.keys, KeysFrom::Nowhere) {
        doubts.push(
            "no key is set: this one lasts as long as the program, and then everybody \
             is signed out. Set SESSION_KEY_FILE to keep one"
                .to_owned(),
        );
    }
    if let Some((Far::Near, host)) =
        settings.store.remote().and_then(|it| it.farthest())
    {
        doubts.push(format!(
            "STORE is at {host}, and this program speaks no TLS with it: the network \
             between must be nobody else's"
        ));
    }
    if is_set("ACCOUNTS_DB") && !settings.store.is_for_sessions_only() {
        doubts.push(
            "ACCOUNTS_DB is set, and nobody opens it: accounts are where STORE says"
                .to_owned(),
        );
    }
    doubts
}

//! A browser's cookie jar, after RFC 6265bis (draft-ietf-httpbis-rfc6265bis-22).
//!
//! The `cookie` crate takes a `Set-Cookie` header apart; what to keep (section 5.7) and what to
//! send back (section 5.8) is decided here. Left out: the public suffix list (a `Domain` without
//! a dot is refused instead), cookies without a name, and eviction by number.

use std::fmt;

use cookie::Cookie;
use time::{Duration, OffsetDateTime};

/// No cookie lives longer than this (RFC 6265bis, section 5.5).
const LONGEST_LIFE: Duration = Duration::days(400);
/// Name and value together, in bytes (RFC 6265bis, section 5.6).
const LARGEST_COOKIE: usize = 4096;
/// How long a cookie without SameSite still travels with a cross-site POST that navigates
/// (RFC 6265bis, section 5.6.7.2).
const LAX_ALLOWING_UNSAFE: Duration = Duration::minutes(2);

/// Where a request goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Url {
    /// Whether the browser holds the connection for secure: https, or any scheme on localhost.
    pub secure: bool,
    /// The host without its port, in lower case. Cookies ignore ports.
    pub host: String,
    /// The path, from the first `/`, without the query.
    pub path: String,
}

impl Url {
    /// Takes an origin such as `https://tea.example:8443` and a path such as `/basket?page=2`.
    pub fn new(origin: &str, path: &str) -> Self {
        let (scheme, rest) = origin.split_once("://").unwrap_or(("http", origin));
        let host = rest.split([':', '/']).next().unwrap_or_default().to_ascii_lowercase();
        let local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
        let path = path.split(['?', '#']).next().unwrap_or("/").to_owned();
        Self { secure: scheme == "https" || local, host, path }
    }
}

/// Who makes the browser send a request, or store a cookie (RFC 6265bis, section 5.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initiator {
    /// The site itself, or the person at the address bar.
    SameSite,
    /// A link or a redirect on another site: a navigation with a safe method, such as GET.
    CrossSiteLink,
    /// A form on another site: a navigation with an unsafe method, such as POST.
    CrossSiteForm,
    /// A picture, frame or `fetch` on another site.
    CrossSiteSubresource,
    /// JavaScript on the site itself: `document.cookie`.
    Script,
}

impl Initiator {
    fn is_cross_site(self) -> bool {
        matches!(self, Self::CrossSiteLink | Self::CrossSiteForm | Self::CrossSiteSubresource)
    }
}

/// The SameSite attribute as the jar keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SameSite {
    /// No attribute, or one that the jar does not know.
    Default,
    /// Sent to cross-site requests too.
    None,
    /// Sent to same-site requests and to cross-site links.
    Lax,
    /// Sent to same-site requests only.
    Strict,
}

/// A cookie in the jar.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The cookie's name.
    pub name: String,
    /// The cookie's value, as it came.
    pub value: String,
    /// The host that it is for.
    pub domain: String,
    /// Whether it is for that host alone and not for its subdomains.
    pub host_only: bool,
    /// The path at and below which it is sent.
    pub path: String,
    /// Whether it is sent over secure connections only.
    pub secure: bool,
    /// Whether it is kept from JavaScript.
    pub http_only: bool,
    /// Which cross-site requests carry it.
    pub same_site: SameSite,
    /// When it ends; `None` means when the browser closes.
    pub expires: Option<OffsetDateTime>,
    created: OffsetDateTime,
}

/// Why the jar did not take a cookie. The sections are RFC 6265bis's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refused {
    /// Not of the form `name=value`, or with control characters in it (5.6).
    Malformed,
    /// Name and value are over 4096 bytes (5.6).
    TooLarge,
    /// Domain is not the host or a parent of it (5.7).
    ForeignDomain,
    /// Secure, but the connection is not (5.7).
    SecureOverPlainHttp,
    /// It would hide a Secure cookie, and the connection is not secure (5.7).
    HidesSecureCookie,
    /// SameSite, but set in a cross-site request that is no navigation (5.7).
    CrossSite,
    /// SameSite=None without Secure (5.7).
    SameSiteNoneWithoutSecure,
    /// The name begins with `__Secure-` and Secure is missing (5.7).
    SecurePrefix,
    /// The name begins with `__Host-` and Secure or Path=/ is missing, or there is a Domain
    /// (5.7).
    HostPrefix,
    /// HttpOnly, but set or overwritten by JavaScript (5.7).
    HttpOnlyFromScript,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is not name=value",
            Self::TooLarge => "it is over 4096 bytes",
            Self::ForeignDomain => "its Domain is not this host's",
            Self::SecureOverPlainHttp => "it is Secure and the connection is not",
            Self::HidesSecureCookie => "it would hide a Secure cookie",
            Self::CrossSite => "it is SameSite and the request was cross-site",
            Self::SameSiteNoneWithoutSecure => "it is SameSite=None without Secure",
            Self::SecurePrefix => "__Secure- asks for Secure",
            Self::HostPrefix => "__Host- asks for Secure, Path=/ and no Domain",
            Self::HttpOnlyFromScript => "it is HttpOnly and a script set it",
        })
    }
}

/// The cookies that one browser holds.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: Vec<Held>,
}

impl Jar {
    /// The cookies held at `now`, expired ones dropped.
    pub fn cookies(&mut self, now: OffsetDateTime) -> &[Held] {
        self.cookies.retain(|held| held.expires.is_none_or(|end| end > now));
        &self.cookies
    }

    /// Takes in the value of one `Set-Cookie` header (RFC 6265bis, section 5.7).
    ///
    /// # Errors
    /// Says why a browser ignores the cookie.
    pub fn store(
        &mut self,
        url: &Url,
        set_cookie: &str,
        from: Initiator,
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        let held = read(url, set_cookie, now)?;
        self.check(url, &held, set_cookie, from)?;
        let same = |old: &Held| {
            (&old.name, &old.domain, old.host_only, &old.path)
                == (&held.name, &held.domain, held.host_only, &held.path)
        };
        match self.cookies.iter().position(same) {
            Some(at) if self.cookies[at].http_only && from == Initiator::Script => {
                return Err(Refused::HttpOnlyFromScript);
            }
            Some(at) => {
                let created = self.cookies[at].created;
                self.cookies[at] = Held { created, ..held };
            }
            None => self.cookies.push(held),
        }
        self.cookies(now);
        Ok(())
    }

    fn check(
        &self,
        url: &Url,
        held: &Held,
        set_cookie: &str,
        from: Initiator,
    ) -> Result<(), Refused> {
        let hides = |old: &Held| {
            old.name == held.name
                && old.secure
                && (domain_matches(&old.domain, &held.domain)
                    || domain_matches(&held.domain, &old.domain))
                && path_matches(&held.path, &old.path)
        };
        let name = held.name.to_ascii_lowercase();
        let whole_site = held.path == "/" && has_attribute(set_cookie, "path");
        let problem = if held.secure && !url.secure {
            Refused::SecureOverPlainHttp
        } else if held.http_only && from == Initiator::Script {
            Refused::HttpOnlyFromScript
        } else if !held.secure && !url.secure && self.cookies.iter().any(hides) {
            Refused::HidesSecureCookie
        } else if held.same_site != SameSite::None && from == Initiator::CrossSiteSubresource {
            Refused::CrossSite
        } else if held.same_site == SameSite::None && !held.secure {
            Refused::SameSiteNoneWithoutSecure
        } else if name.starts_with("__secure-") && !held.secure {
            Refused::SecurePrefix
        } else if name.starts_with("__host-") && !(held.secure && held.host_only && whole_site)
        {
            Refused::HostPrefix
        } else {
            return Ok(());
        };
        Err(problem)
    }

    /// The value of the `Cookie` header for a request (RFC 6265bis, section 5.8.3), or `None`.
    pub fn header(
        &mut self,
        url: &Url,
        from: Initiator,
        now: OffsetDateTime,
    ) -> Option<String> {
        let mut fit: Vec<&Held> =
            self.cookies(now).iter().filter(|held| held.fits(url, from, now)).collect();
        fit.sort_by_key(|held| (std::cmp::Reverse(held.path.len()), held.created));
        let pairs: Vec<String> =
            fit.iter().map(|held| format!("{}={}", held.name, held.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Puts a cookie in by hand, as a person with the browser's developer tools can.
    pub fn put(&mut self, held: Held) {
        self.cookies.retain(|old| (&old.name, &old.path) != (&held.name, &held.path));
        self.cookies.push(held);
    }

    /// Puts a cookie in by hand, written as `Set-Cookie` writes it: `id=1; Path=/; HttpOnly`.
    /// A person at the developer tools is bound by the form and the size alone.
    ///
    /// # Errors
    /// Says why no browser holds such a cookie.
    pub fn write(
        &mut self,
        url: &Url,
        cookie: &str,
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        self.put(read(url, cookie, now)?);
        Ok(())
    }

    /// Takes every cookie of this name out by hand.
    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|held| held.name != name);
    }

    /// Lets time pass for every cookie, by moving its dates into the past.
    pub fn age(&mut self, by: Duration) {
        for held in &mut self.cookies {
            held.created -= by;
            held.expires = held.expires.map(|end| end - by);
        }
    }

    /// Throws every cookie away, as closing a private window does.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }
}

impl Held {
    /// A cookie for one host and all its paths, with no attribute set.
    pub fn plain(host: &str, name: &str, value: &str, now: OffsetDateTime) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host.to_owned(),
            host_only: true,
            path: "/".to_owned(),
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
            expires: None,
            created: now,
        }
    }

    fn fits(&self, url: &Url, from: Initiator, now: OffsetDateTime) -> bool {
        let host = if self.host_only {
            self.domain == url.host
        } else {
            domain_matches(&url.host, &self.domain)
        };
        host && path_matches(&url.path, &self.path)
            && (url.secure || !self.secure)
            && !(self.http_only && from == Initiator::Script)
            && (!from.is_cross_site() || self.crosses_sites(from, now))
    }

    fn crosses_sites(&self, from: Initiator, now: OffsetDateTime) -> bool {
        match (self.same_site, from) {
            (SameSite::None, _) => true,
            (SameSite::Lax | SameSite::Default, Initiator::CrossSiteLink) => true,
            (SameSite::Default, Initiator::CrossSiteForm) => {
                now - self.created <= LAX_ALLOWING_UNSAFE
            }
            _ => false,
        }
    }

    /// The attributes as a person reads them, such as `HttpOnly, SameSite=Strict`.
    pub fn attributes(&self) -> Vec<String> {
        let same_site = match self.same_site {
            SameSite::Default => None,
            SameSite::None => Some("SameSite=None"),
            SameSite::Lax => Some("SameSite=Lax"),
            SameSite::Strict => Some("SameSite=Strict"),
        };
        let http_only = self.http_only.then_some("HttpOnly");
        let secure = self.secure.then_some("Secure");
        [http_only, secure, same_site].into_iter().flatten().map(str::to_owned).collect()
    }
}

fn read(url: &Url, set_cookie: &str, now: OffsetDateTime) -> Result<Held, Refused> {
    let broken = |c: char| c.is_control() && c != '\t';
    let parsed = Cookie::parse(set_cookie).map_err(|_| Refused::Malformed)?;
    if set_cookie.contains(broken) {
        return Err(Refused::Malformed);
    }
    if parsed.name().len() + parsed.value().len() > LARGEST_COOKIE {
        return Err(Refused::TooLarge);
    }
    let domain = parsed.domain().unwrap_or_default().to_ascii_lowercase();
    let foreign = !domain_matches(&url.host, &domain) || !domain.contains('.');
    if !domain.is_empty() && domain != url.host && foreign {
        return Err(Refused::ForeignDomain);
    }
    let path = parsed.path().filter(|path| path.starts_with('/'));
    Ok(Held {
        name: parsed.name().to_owned(),
        value: parsed.value().to_owned(),
        host_only: domain.is_empty(),
        domain: if domain.is_empty() { url.host.clone() } else { domain },
        path: path.unwrap_or(default_path(&url.path)).to_owned(),
        secure: parsed.secure().unwrap_or(false),
        http_only: parsed.http_only().unwrap_or(false),
        same_site: match parsed.same_site() {
            Some(cookie::SameSite::Strict) => SameSite::Strict,
            Some(cookie::SameSite::Lax) => SameSite::Lax,
            Some(cookie::SameSite::None) => SameSite::None,
            None => SameSite::Default,
        },
        expires: expiry(&parsed, now),
        created: now,
    })
}

/// Max-Age wins over Expires (RFC 6265bis, section 5.7).
fn expiry(parsed: &Cookie<'_>, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let latest = now + LONGEST_LIFE;
    match parsed.max_age() {
        Some(age) => Some(now.saturating_add(age).min(latest)),
        None => parsed.expires_datetime().map(|end| end.min(latest)),
    }
}

fn has_attribute(set_cookie: &str, name: &str) -> bool {
    let attributes = set_cookie.split(';').skip(1);
    let mut names = attributes.map(|attribute| attribute.split('=').next().unwrap_or_default());
    names.any(|found| found.trim().eq_ignore_ascii_case(name))
}

/// RFC 6265bis, section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    // Only an address ends in a number (URL Standard, "ends in a number").
    let rest = host.trim_end_matches(|last: char| last.is_ascii_digit());
    let is_address = rest != host && rest.ends_with('.');
    host == domain
        || (!is_address
            && host.strip_suffix(domain).is_some_and(|subdomain| subdomain.ends_with('.')))
}

/// RFC 6265bis, section 5.1.4.
fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path).is_some_and(|rest| {
        rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/')
    })
}

/// RFC 6265bis, section 5.1.4: the path up to, not including, its last `/`.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(last) => &path[..last],
    }
}

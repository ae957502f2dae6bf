//! A browser as a person uses it, and what its developer tools would show.

use std::{path::Path, time::Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    driver::Driver,
    home, leftovers,
    webdriver::{Client, PATIENCE},
};

/// The key under which WebDriver hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The Enter key, for [`Browser::press`].
pub const ENTER: &str = "\u{E007}";
/// The Tab key.
pub const TAB: &str = "\u{E004}";
/// The arrow that leads down.
pub const ARROW_DOWN: &str = "\u{E015}";

/// What a person, or a maker of browsers, may choose.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Whether pictures, frames and `fetch` may carry the cookies of another site than the page's.
    pub third_party_cookies: bool,
    /// Whether requests and answers are written down, for [`Browser::refused_cookies`].
    pub network_log: bool,
    /// Whether pages may run scripts. [`Browser::run`] works all the same: it is the developer
    /// tools that run it.
    pub javascript: bool,
    /// Hosts, with a port each as in `tea.example:443`, that are other ports of this machine. As in
    /// a rule of Chromium's, a star stands for any characters.
    pub hosts: &'a [(&'a str, u16)],
    /// The file with the certificate, as PEM, of an authority that its user has taken for a good
    /// one.
    pub authority: Option<&'a Path>,
}

impl Default for Settings<'_> {
    /// As Chromium's makers ship it, and nothing written down.
    fn default() -> Self {
        Self {
            third_party_cookies: true,
            network_log: false,
            javascript: true,
            hosts: &[],
            authority: None,
        }
    }
}

/// A tab of a browser.
pub struct Tab(Value);

/// Chromium with a profile of its own: its cookies are nobody else's.
pub struct Browser {
    session: Client,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser that nobody has used yet.
    pub fn open() -> Self {
        Self::open_with(Settings::default())
    }

    /// Opens a browser that nobody has used yet, with these settings.
    pub fn open_with(settings: Settings<'_>) -> Self {
        let profile = leftovers::folder();
        let client = Client::new(Driver::shared().url());
        let answer = client.post("session", &capabilities(&profile, settings));
        let answer = answer.expect("Chromium starts");
        let id = answer["sessionId"].as_str().expect("the session has an id");
        let session = client.below(&format!("session/{id}"));
        Self { session, _profile: profile }
    }

    /// Goes to an address and waits until the page is loaded.
    pub fn go(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// Opens another tab beside this one, and goes on in it. Returns the two, this one first.
    pub fn open_tab(&self) -> [Tab; 2] {
        let this = self.session.get("window").unwrap_or_else(|why| panic!("{why}"));
        let other = self.post("window/new", &json!({"type": "tab"}))["handle"].take();
        let tabs = [Tab(this), Tab(other)];
        self.turn_to(&tabs[1]);
        tabs
    }

    /// Goes on in this tab.
    pub fn turn_to(&self, tab: &Tab) {
        self.post("window", &json!({"handle": tab.0}));
    }

    /// Reloads the page.
    pub fn reload(&self) {
        self.post("refresh", &json!({}));
    }

    /// Presses the button that leads back to the page before.
    pub fn back(&self) {
        self.post("back", &json!({}));
    }

    /// Clicks on the link with this text and waits until its page is loaded.
    pub fn follow(&self, link: &str) {
        self.click_on("link text", link);
    }

    /// Clicks on the first element of this CSS selector, a link or a button that leads to another
    /// page, and waits until that is loaded.
    pub fn click(&self, selector: &str) {
        self.click_on("css selector", selector);
    }

    /// Clicks into the middle of an element, whatever lies there, and waits for nothing.
    pub fn tap(&self, selector: &str) {
        let found = self.post("element", &json!({"using": "css selector", "value": selector}));
        let id = found[ELEMENT].as_str().expect("the element has an id");
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// Clicks twice, as fast as a hand can, into the middle of an element, and waits for nothing.
    pub fn double_click(&self, selector: &str) {
        let found = self.post("element", &json!({"using": "css selector", "value": selector}));
        let step = |kind: &str| json!({"type": kind, "button": 0});
        let to = json!({"type": "pointerMove", "origin": found, "x": 0, "y": 0});
        let click = ["pointerDown", "pointerUp"].map(step);
        let steps = [&[to][..], &click, &click].concat();
        let mouse = json!({"type": "pointer", "id": "mouse", "actions": steps});
        self.post("actions", &json!({"actions": [mouse]}));
    }

    /// Clicks on the first element of this CSS selector as soon as another tab is turned to, which
    /// waits for nothing that this one loads.
    pub fn click_when_left(&self, selector: &str) {
        let script = "
            const [it, done] = [document.querySelector(arguments[0]), { once: true }];
            document.addEventListener('visibilitychange', () => it.click(), done);
        ";
        self.run(script, &[json!(selector)]);
    }

    fn click_on(&self, using: &str, value: &str) {
        let found = self.post("element", &json!({"using": using, "value": value}));
        let id = found[ELEMENT].as_str().expect("the element has an id");
        // The answer to a click may come before the new page does.
        self.run("window.isLeft = true", &[]);
        self.post(&format!("element/{id}/click"), &json!({}));
        let start = Instant::now();
        while !self.is_on_a_new_page() {
            assert!(start.elapsed() < PATIENCE, "{value} leads nowhere");
        }
    }

    /// In the middle of a navigation there may be no page to ask; then the answer is no.
    fn is_on_a_new_page(&self) -> bool {
        let script = "return !window.isLeft && document.readyState === 'complete'";
        let answer = self.session.post("execute/sync", &json!({"script": script, "args": []}));
        answer.is_ok_and(|is_new| is_new == true)
    }

    /// Presses keys, one after another.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key}))
            })
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("actions", &json!({"actions": [keyboard]}));
    }

    /// The text that the first element of this CSS selector shows.
    pub fn text(&self, selector: &str) -> String {
        let text = self
            .run("return document.querySelector(arguments[0])?.innerText", &[json!(selector)]);
        text.as_str().unwrap_or_else(|| panic!("no {selector} on this page")).to_owned()
    }

    /// Waits until the first element of this CSS selector shows this text, on this page or on the
    /// one that takes its place.
    pub fn wait_for_text(&self, selector: &str, text: &str) {
        let script = "return document.querySelector(arguments[0])?.innerText";
        let question = json!({"script": script, "args": [selector]});
        let start = Instant::now();
        // In the middle of a navigation there may be no page to ask.
        while self.session.post("execute/sync", &question).ok() != Some(json!(text)) {
            assert!(start.elapsed() < PATIENCE, "{selector} never shows {text}");
        }
    }

    /// Runs a script in the page, and waits for the promise that it may return.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Waits until a JavaScript expression holds.
    pub fn wait_until(&self, expression: &str) {
        let script = format!(
            "return new Promise(done => {{
                const look = () => ({expression}) ? done(true) : requestAnimationFrame(look);
                look();
            }})"
        );
        self.run(&script, &[]);
    }

    /// A cookie, as the browser's own store describes it.
    pub fn cookie(&self, name: &str) -> Value {
        self.session.get(&format!("cookie/{name}")).unwrap_or_else(|why| panic!("{why}"))
    }

    /// All cookies of the browser's store, of every site.
    pub fn cookies(&self) -> Vec<Value> {
        let mut stored = self.devtools("Storage.getCookies", &json!({}));
        serde_json::from_value(stored["cookies"].take()).expect("the cookies are a list")
    }

    /// Empties the browser's store.
    pub fn forget_cookies(&self) {
        self.devtools("Storage.clearCookies", &json!({}));
    }

    /// Leaves the page, and forgets what its user has left: cookies, storage, the width, the logs.
    pub(crate) fn forget(&self) {
        self.go("about:blank");
        self.devtools(
            "Storage.clearDataForOrigin",
            &json!({"origin": "*", "storageTypes": "all"}),
        );
        self.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
        self.network_log();
        self.console_errors();
    }

    /// The `Set-Cookie` lines that the browser refused in the first answer that set cookies since
    /// the last time of asking, each with the browser's reason, as its developer tools name it.
    pub fn refused_cookies(&self) -> Vec<(String, String)> {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < PATIENCE, "no answer sets a cookie");
            // What the network says of an answer may come after the page is loaded.
            if let Some(refused) = self.network_log().iter().find_map(refused_of) {
                return refused;
            }
        }
    }

    /// The messages of the DevTools protocol since the last time of asking.
    fn network_log(&self) -> Vec<Value> {
        let log = self.post("se/log", &json!({"type": "performance"}));
        let entries = log.as_array().expect("the log is a list").iter();
        let texts = entries.filter_map(|entry| entry["message"].as_str());
        texts.map(|text| serde_json::from_str(text).expect("a message is JSON")).collect()
    }

    /// Puts a cookie into the browser's store, for the site of this page.
    pub fn set_cookie(&self, cookie: &Value) {
        self.post("cookie", &json!({"cookie": cookie}));
    }

    /// The errors in the browser's console since the last time of asking, failed requests too.
    pub fn console_errors(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({"type": "browser"}));
        let entries = log.as_array().expect("the log is a list").iter();
        let errors = entries.filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// From now on this tab says these with each request, whoever asks it to.
    pub fn send_headers(&self, headers: &Value) {
        self.devtools("Network.enable", &json!({}));
        self.devtools("Network.setExtraHTTPHeaders", &json!({"headers": headers}));
    }

    /// Makes the window so wide, in CSS pixels.
    pub fn set_width(&self, width: u32) {
        let screen =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// What a screen reader is given to say of the first element of this role and name, part by
    /// part, in the order in which it reads.
    pub fn read_aloud(&self, role: &str, name: &str) -> Vec<String> {
        let tree = self.devtools("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a list");
        let is = |node: &Value, role: &str| node["role"]["value"] == role;
        let top = nodes.iter().find(|node| is(node, role) && node["name"]["value"] == name);
        let mut left = vec![top.unwrap_or_else(|| panic!("no {role} is called {name}"))];
        let mut said = Vec::new();
        while let Some(node) = left.pop() {
            if is(node, "StaticText") {
                said.push(node["name"]["value"].as_str().unwrap_or_default().trim().to_owned());
            }
            let children = node["childIds"].as_array().into_iter().flatten().rev();
            let of_id = |id: &Value| nodes.iter().find(|node| node["nodeId"] == *id);
            left.extend(children.filter_map(of_id));
        }
        said.retain(|part| !part.is_empty());
        said
    }

    /// The page in its full height, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let size = &self.devtools("Page.getLayoutMetrics", &json!({}))["cssContentSize"];
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let picture = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.devtools("Page.captureScreenshot", &picture);
        let data = picture["data"].as_str().expect("the picture is text");
        BASE64_STANDARD.decode(data).expect("the picture is base64")
    }

    /// A command of the DevTools protocol, for what WebDriver has no command.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    fn post(&self, command: &str, arguments: &Value) -> Value {
        let answer = self.session.post(command, arguments);
        answer.unwrap_or_else(|why| panic!("{command} {arguments}: {why}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone already needs no end.
        let _ = self.session.delete();
    }
}

/// What an answer that sets cookies has in it that was refused; `None` for any other message.
fn refused_of(message: &Value) -> Option<Vec<(String, String)>> {
    let message = &message["message"];
    let answer = &message["params"];
    let sets_cookies = message["method"] == "Network.responseReceivedExtraInfo"
        && answer["headers"].get("set-cookie").is_some();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let blocked = answer["blockedCookies"].as_array()?.iter();
    let refused = blocked.map(|it| (text(&it["cookieLine"]), text(&it["blockedReasons"][0])));
    sets_cookies.then(|| refused.collect())
}

/// The book needs no other host; a page that asks for one is caught by its error. The names are for
/// tests that need several sites: RFC 2606 and RFC 6761 keep them for such a use.
const HOSTS: &str = concat!(
    "MAP *.example 127.0.0.1, MAP *.localhost 127.0.0.1, ",
    "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
);

fn capabilities(profile: &TempDir, settings: Settings<'_>) -> Value {
    const BLOCK: u8 = 2;
    const ALLOW: u8 = 1;
    let network_log = if settings.network_log { "ALL" } else { "OFF" };
    let patience = u64::try_from(PATIENCE.as_millis()).expect("some minutes");
    let chromium = option_env!("CHROMIUM").unwrap_or("chromium");
    let binary = match settings.authority {
        Some(authority) => home::of_a_believer(profile.path(), chromium, authority),
        None => chromium.into(),
    };
    let options = json!({
        "binary": binary,
        "args": arguments(profile, settings.hosts),
        "browserStartupTimeout": patience,
        "prefs": {
            // 0 allows them, 1 blocks them. Chromium's own default allows them, Debian's build does not.
            "profile.cookie_controls_mode": u8::from(!settings.third_party_cookies),
            "profile.managed_default_content_settings.javascript":
                if settings.javascript { ALLOW } else { BLOCK },
        },
    });
    json!({"capabilities": {"alwaysMatch": {
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL", "performance": network_log},
        "timeouts": {"script": patience, "pageLoad": patience},
    }}})
}

fn arguments(profile: &TempDir, hosts: &[(&str, u16)]) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // A container has a small /dev/shm, and a tab that fills it crashes.
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        // Nothing is half faded when it is looked at.
        "--force-prefers-reduced-motion",
        "--window-size=1280,800",
        // Without chromedriver it has nobody to listen to, and ends.
        "--remote-debugging-pipe",
    ]
    .map(str::to_owned)
    .to_vec();
    // Of two rules the first one counts.
    let ports = hosts.iter().map(|(host, port)| format!("MAP {host} 127.0.0.1:{port}, "));
    let ports: String = ports.collect();
    arguments.push(format!("--host-resolver-rules={ports}{HOSTS}"));
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    if is_root(profile) {
        // Chromium refuses to start its sandbox as root.
        arguments.push("--no-sandbox".to_owned());
    }
    arguments
}

/// Whether this process, which has just made the profile's folder, is root's.
#[cfg(unix)]
fn is_root(profile: &TempDir) -> bool {
    use std::os::unix::fs::MetadataExt;
    profile.path().metadata().is_ok_and(|folder| folder.uid() == 0)
}

#[cfg(not(unix))]
fn is_root(_: &TempDir) -> bool {
    false
}

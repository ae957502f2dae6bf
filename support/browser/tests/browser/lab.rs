//! The lab in each chapter, played in a real browser.

use browser::{ARROW_DOWN, Borrowed, Browser, BuiltBook, ENTER, PRINT, Settings, TAB};
use passes::{Passes, once};
use serde_json::{Value, json};

/// The chapter whose lab stands for all: its server has a store, and sessions.
pub(crate) const CHAPTER: &str = "03-the-session-layer.html";

const COUNT: &str = "return document.querySelectorAll('session-lab section[data-ends]').length";

/// Plays one scenario, and returns what of its end does not stand in the last exchange.
const PLAY: &str = "
    const lab = document.querySelector('session-lab');
    const section = lab.querySelectorAll('section[data-ends]')[arguments[0]];
    lab.querySelectorAll('[aria-label=Scenarios] button')[arguments[0]].click();
    section.querySelector('button.main').click();
    const told = lab.exchange.textContent;
    const name = section.querySelector('strong').textContent;
    return section.dataset.ends.split(' ;; ').filter(end => !told.includes(end))
        .map(end => `${name}: not «${end}» in ${told}`);
";

/// In each lab of the page, opens all browsers, plays all scenarios, and shows all that is hidden
/// or folded, and an error besides.
const SHOW_EVERYTHING: &str = "
    const show = lab => {
        while (lab.more.firstChild) lab.more.firstChild.click();
        lab.querySelectorAll('section.scenario button.main').forEach(play => play.click());
        lab.querySelectorAll('section.scenario').forEach(scenario => { scenario.hidden = false; });
        lab.querySelectorAll('details').forEach(fold => { fold.open = true; });
        lab.act('Nobody understands this.');
    };
    document.querySelectorAll('session-lab').forEach(show);
    const frame = () => new Promise(requestAnimationFrame);
    return frame().then(frame).then(() => true);
";

/// What of a lab has a border that stands out too little, in any of mdBook's themes. A canvas turns
/// each way to write a colour into numbers.
const FAINT: &str = "
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = color => {
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map(it => it / 255)
            .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const faint = theme => {
        document.documentElement.className = `js ${theme}`;
        const background = getComputedStyle(document.documentElement).getPropertyValue('--bg');
        return [...document.querySelectorAll('.lab, .lab .box, .lab .scenario, .lab iframe')]
            .map(it => [it, contrast(getComputedStyle(it).borderTopColor, background)])
            .filter(([_, contrast]) => contrast < 3)
            .map(([it, contrast]) => `${theme}: ${contrast.toFixed(1)}: ${it.outerHTML.slice(0, 80)}`);
    };
    return ['light', 'rust', 'coal', 'navy', 'ayu'].flatMap(faint);
";

/// Shows everything that the labs of the open page can show, to be looked at. False if it has none.
pub(crate) fn show_everything(book: &BuiltBook, browser: &Browser) -> bool {
    book.start_labs(browser) && browser.run(SHOW_EVERYTHING, &[]) == true
}

fn open(page: &str) -> Borrowed {
    let browser = Browser::borrow();
    start(&browser, page);
    browser
}

fn start(browser: &Browser, page: &str) {
    let book = BuiltBook::shared();
    book.open(browser, page);
    assert!(book.start_labs(browser), "{page} has no lab");
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_scenario_of_every_chapter_ends_as_it_says() {
    let (book, passes) = (BuiltBook::shared(), Passes::of("scenarios"));
    let mut faults = Vec::new();
    let pages: Vec<&str> = book.chapters_with_a_lab().collect();
    assert!(pages.contains(&CHAPTER), "{pages:?}");
    for page in pages {
        let found = passes.look(page, book.lab(page), || play_all(page));
        faults.extend(found.iter().map(|fault| format!("{page}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults of the scenarios of one page.
fn play_all(page: &str) -> Vec<String> {
    let browser = open(page);
    let scenarios = browser.run(COUNT, &[]).as_u64().expect("a number");
    assert!(scenarios > 0, "{page} has no scenario");
    let mut faults = Vec::new();
    for scenario in 0..scenarios {
        let missing = browser.run(PLAY, &[scenario.into()]);
        let missing = missing.as_array().into_iter().flatten().filter_map(Value::as_str);
        faults.extend(missing.map(str::to_owned));
    }
    faults.extend(browser.console_errors());
    faults
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_cookie_copied_by_hand_opens_the_session() {
    once(BuiltBook::shared().machinery(), || copy_a_cookie(&open(CHAPTER)));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn every_box_of_a_lab_is_seen_in_every_theme() {
    let book = BuiltBook::shared();
    once(book.machinery(), || {
        let browser = open(CHAPTER);
        show_everything(book, &browser);
        let faint = browser.run(FAINT, &[]);
        assert_eq!(faint, json!([]), "{faint:#}");
    });
}

fn copy_a_cookie(browser: &Browser) {
    let enter = |field: &str, text: &str| {
        let focus =
            "[...document.querySelectorAll('session-lab [aria-label], session-lab button')]
            .find(it => (it.ariaLabel ?? it.textContent) === arguments[0]).focus()";
        browser.run(focus, &[field.into()]);
        browser.press(text);
        browser.press(ENTER);
    };
    enter("Path of Ada's request", "");
    enter("Path of Ada's request", "");
    enter("Open Mallory's browser", "");
    let written = "return document.querySelector('[aria-label=\"Ada\\'s cookie id\"]').value";
    let cookie = browser.run(written, &[]);
    enter("A cookie for Mallory to write by hand", cookie.as_str().expect("Ada has a cookie"));
    enter("Path of Mallory's request", "");
    let told = "return document.querySelector('session-lab').exchange.textContent";
    let told = browser.run(told, &[]);
    let told = told.as_str().expect("text");
    assert!(told.contains("# Mallory"), "{told}");
    assert!(told.contains("You have been here 3 times."), "{told}");
}

/// Whether the ladder, after each of these lines, is the one that is drawn all at once.
const DRAWN: &str = "
    const lab = document.querySelector('session-lab');
    const whole = text => {
        const drawn = document.createElement('template');
        drawn.innerHTML = text.replaceAll('\\n', '');
        return drawn.innerHTML;
    };
    const same = () => lab.ladder.innerHTML === whole(lab.state.ladder);
    const lines = ['Ada: GET /about', 'Ada: GET /', 'Ada: GET /', '1 day pass.', 'Grace: GET /',
        'Mallory copies Ada\\'s cookies.', 'Mallory: GET /'];
    const faults = lines.filter(line => { lab.act(line); return !same(); });
    const items = [...lab.ladder.querySelectorAll('li')];
    lab.act('Ada: GET /');
    const stays = items.every(it => it.isConnected);
    lab.undo();
    return [...faults, ...stays ? [] : ['drawn anew'], ...same() ? [] : ['undo']];
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_ladder_that_grew_is_the_one_drawn_at_once() {
    once(BuiltBook::shared().machinery(), || {
        assert_eq!(open(CHAPTER).run(DRAWN, &[]), json!([]));
    });
}

fn text(browser: &Browser, part: &str) -> String {
    let script = "return document.querySelector('session-lab')[arguments[0]].textContent";
    browser.run(script, &[part.into()]).as_str().expect("text").to_owned()
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_panic_says_why_and_a_new_server_takes_over() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(CHAPTER);
        let visit = "
        const lab = document.querySelector('session-lab');
        [...lab.querySelectorAll('button')].find(it => it.textContent === 'Visit').click();
    ";
        // No page can send what is not UTF-8, and the lab panics at it.
        let not_utf8 = "
        const { machine } = document.querySelector('session-lab');
        machine.ask = () => machine.askBytes(new Uint8Array([0xff, 0x0a]));
    ";
        browser.run(visit, &[]);
        browser.run(not_utf8, &[]);
        browser.run(visit, &[]);
        let alert = text(&browser, "alert");
        assert!(alert.contains("The server panicked"), "{alert}");
        assert!(alert.contains("the page writes whole lines of UTF-8"), "{alert}");
        assert_eq!(text(&browser, "ladder"), "");
        browser.run(visit, &[]);
        assert_eq!(text(&browser, "alert"), "");
        assert!(text(&browser, "exchange").contains("You have been here 1 time."));
    });
}

/// The name of what has the focus, as a screen reader says it.
const FOCUSED: &str = "
    const it = document.activeElement;
    return it.closest('session-lab') ? it.getAttribute('aria-label') ?? it.textContent : '';
";

/// Presses Tab until the lab's control of this name has the focus.
fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..300 {
        browser.press(TAB);
        if browser.run(FOCUSED, &[]) == name {
            return;
        }
    }
    panic!("Tab never comes to {name}");
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn the_keyboard_suffices() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(CHAPTER);
        let play =
            "return document.querySelector('session-lab section button.main').textContent";
        let play = browser.run(play, &[]);
        tab_to(&browser, play.as_str().expect("text"));
        browser.press(ENTER);
        assert!(text(&browser, "exchange").contains("# Ada"));
        tab_to(&browser, "Visit");
        browser.press(" ");
        assert!(text(&browser, "status").starts_with("Ada: GET / → 200 OK"));
        tab_to(&browser, "Open Grace's browser");
        browser.press(ENTER);
        assert_eq!(browser.run(FOCUSED, &[]), "Path of Grace's request");
        browser.press(ENTER);
        assert!(text(&browser, "exchange").contains("# Grace"));
        tab_to(&browser, "Let 14 days pass");
        browser.press(" ");
        assert!(text(&browser, "rows").contains("expired"));
        tab_to(&browser, "Start over");
        browser.press(ENTER);
        assert_eq!(text(&browser, "status"), "You start over.");
        assert_eq!(text(&browser, "rows"), "nothing");
    });
}

/// Fills in a field of Ada's browser and sends it, and tells what the page shows then.
const SEND: &str = "
    const [field, value, method] = arguments;
    const lab = document.querySelector('session-lab');
    const named = name => lab.querySelector(`[aria-label=\"${name}\"]`);
    const select = named(\"Method of Ada's request\");
    select.value = method;
    select.dispatchEvent(new Event('change'));
    named(field).value = value;
    named(field).form.requestSubmit();
    const fields = [...lab.querySelectorAll('input')].map(it => it.value);
    const shown = [lab.alert.textContent, lab.exchange.textContent, ...fields].join(' ');
    const markup = lab.querySelectorAll('img, script, iframe:not([sandbox=\"\"])').length;
    return { shown, markup, ran: window.ran === true };
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn bad_input_is_an_error_or_text() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(CHAPTER);
        let (path, form) = ("Path of Ada's request", "Form fields of Ada's request");
        let cookie = "A cookie for Ada to write by hand";
        let image = "tea=<img src=x onerror=\"window.ran = true\">";
        let script = "tea=</iframe><script>window.ran = true</script>";
        let large = format!("id={}", "x".repeat(100_000));
        let cases = [
            (path, "nonsense", "GET", "must begin with /"),
            (path, "http://[", "GET", "is no path"),
            (path, "/ HTTP/1.1", "GET", "is no path"),
            (cookie, large.as_str(), "GET", "it is over 4096 bytes"),
            (cookie, "nonsense", "GET", "it is not name=value"),
            (path, "/", "POST", "405"),
            (form, image, "POST", image),
            (form, script, "POST", script),
            (cookie, image, "GET", image),
            (cookie, script, "GET", script),
            (path, "/?<img/src=x/onerror=window.ran=true>", "GET", "?<img/src=x"),
            (path, "/", "GET", "You have been here"),
        ];
        for (field, value, method, shown) in cases {
            let told = browser.run(SEND, &[field.into(), value.into(), method.into()]);
            let told_text = told["shown"].as_str().expect("text");
            assert!(told_text.contains(shown), "{value:.60}: {told_text:.300}");
            assert_eq!(told["markup"], 0, "{value}");
            assert_eq!(told["ran"], false, "{value}");
        }
    });
}

/// Has the lab show a page with hostile markup in it, and waits until the frame has loaded it.
const SHOW: &str = "
    const lab = document.querySelector('session-lab');
    const shown = lab.browser('Ada');
    const loaded = new Promise(done => shown.page.addEventListener('load', done, { once: true }));
    shown.showPage({ path: '/', status: '200 OK', html: arguments[0] });
    const frame = () => new Promise(requestAnimationFrame);
    return loaded.then(frame).then(frame).then(() => window.ran === true);
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_hostile_page_stays_in_its_frame() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(CHAPTER);
        let pages = [
            "<html><head></head><body><script>parent.ran = true</script>",
            "</iframe><script>parent.ran = true; top.location = '/'</script>",
            "<body><img src='/x.png' onerror='parent.ran = true'>",
        ];
        for page in pages {
            assert_eq!(browser.run(SHOW, &[page.into()]), false, "{page}");
        }
        assert!(
            !BuiltBook::shared().missing().contains("/x.png"),
            "the frame asked the server"
        );
        assert_eq!(browser.run("return document.querySelectorAll('iframe').length", &[]), 1);
    });
}

/// The compiled files that the open page has asked for.
const FETCHED: &str = "
    const asked = performance.getEntriesByType('resource').map(it => new URL(it.name).pathname);
    return asked.filter(path => path.endsWith('.wasm')).sort();
";

/// What is wrong with the files that a page asks for.
fn foreign_files(page: &str) -> Vec<String> {
    let fetched = open(page).run(FETCHED, &[]);
    let fetched = fetched.as_array().expect("paths");
    let fits = match BuiltBook::shared().part(page) {
        Some(part) => *fetched == [json!(format!("/lab/part-{part}.wasm"))],
        // An appendix may have a lab, of the steps of one part.
        None => fetched.len() == 1,
    };
    if fits { Vec::new() } else { vec![format!("it asks for {fetched:?}")] }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_page_asks_for_the_file_of_its_own_part_and_for_no_other() {
    let (book, passes) = (BuiltBook::shared(), Passes::of("parts"));
    let mut faults = Vec::new();
    for page in book.chapters_with_a_lab() {
        let found = passes.look(page, book.lab(page), || foreign_files(page));
        faults.extend(found.iter().map(|fault| format!("{page}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn labs_of_one_part_share_its_file_and_nothing_else() {
    once(BuiltBook::shared().machinery(), || {
        let (browser, parts) = (open(PRINT), 1..=BuiltBook::shared().parts());
        let files: Vec<_> = parts.map(|part| format!("/lab/part-{part}.wasm")).collect();
        assert_eq!(browser.run(FETCHED, &[]), json!(files));
        let visit = "
        const labs = [...document.querySelectorAll('session-lab')];
        const done = () => labs.map(lab => lab.done.length);
        labs[1].act('Ada: GET /');
        const before = labs.map(lab => lab.exchange.textContent);
        labs[0].act('Ada: GET /about');
        labs[0].act('1 day pass.');
        const same = before.slice(1).every((told, n) => told === labs[n + 1].exchange.textContent);
        return [labs.length > 1, done().slice(0, 3), same];
    ";
        assert_eq!(browser.run(visit, &[]), json!([true, [2, 1, 0], true]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn nothing_is_fetched_until_a_lab_comes_near() {
    once(BuiltBook::shared().machinery(), || {
        let (book, browser) = (BuiltBook::shared(), Browser::borrow());
        book.open(&browser, CHAPTER);
        assert_eq!(browser.run(FETCHED, &[]), json!([]));
        book.start_labs(&browser);
        assert_eq!(browser.run(FETCHED, &[]), json!(["/lab/part-1.wasm"]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn without_javascript_the_recorded_ladder_is_shown() {
    once(BuiltBook::shared().machinery(), || {
        let (book, browser) = (
            BuiltBook::shared(),
            Browser::open_with(Settings { javascript: false, ..Settings::default() }),
        );
        let pages: Vec<&str> = book.chapters_with_a_lab().collect();
        assert!(!pages.is_empty());
        for page in pages {
            browser.go(&book.url(page));
            let shown = "
            const lab = document.querySelector('session-lab');
            const ladder = lab.querySelector('ol.ladder');
            const scenarios = [...lab.querySelectorAll('section')];
            return [customElements.get('session-lab') === undefined,
                ladder.checkVisibility() && ladder.getBoundingClientRect().height > 100,
                scenarios.length > 0 && scenarios.every(it => /(GET|POST) \\//.test(it.innerText))];
        ";
            assert_eq!(browser.run(shown, &[]), json!([true, true, true]), "{page}");
        }
    });
}

/// Picks another server by hand, and answers the question if there is one.
const PICK: &str = "
    const [server, answer] = arguments;
    const lab = document.querySelector('session-lab');
    lab.which.value = server;
    lab.which.dispatchEvent(new Event('change'));
    const asked = lab.question.textContent;
    [...lab.answers.children].find(it => it.textContent.startsWith(answer))?.click();
    return asked;
";

const SIGN_OUT: &str = "
    const lab = document.querySelector('session-lab');
    const fields = 'name=Ada&password=a+cup+before+noon';
    const lines = [`Ada: POST /register | form ${fields}`, '2 minutes pass.',
        'Ada: POST /sign-out | form'];
    lines.forEach(line => lab.act(line));
    lab.undo();
    lab.act(lines[2]);
    return [lab.which.value, lab.rows.textContent.includes('Ada')];
";

const NAIVE_PAGE: &str = "10-signing-out.html";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_naive_server_is_picked_by_hand_and_stays_until_another_is() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(NAIVE_PAGE);
        let pick = |server: &str| browser.run(PICK, &[server.into(), "Start over".into()]);
        assert_eq!(pick("clear"), "", "nothing is lost");
        assert_eq!(pick("delete"), "", "a pick alone is nothing to lose");
        assert_eq!(browser.run(SIGN_OUT, &[]), json!(["delete", true]));
        assert_ne!(pick(""), "");
        assert_eq!(browser.run(SIGN_OUT, &[]), json!(["", false]));
        let choices = open(CHAPTER)
            .run("return document.querySelector('session-lab').which.checkVisibility()", &[]);
        assert_eq!(choices, json!(false), "a step without naive servers");
    });
}

/// The server that is picked, what was done, and what is asked.
const STANDING: &str = "
    const { which, done, question, answers } = document.querySelector('session-lab');
    return [which.value, done, question.textContent, answers.children.length];
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_pick_asks_before_what_was_done_is_lost() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(NAIVE_PAGE);
        let stands = |server: &str, done: Value| {
            assert_eq!(browser.run(STANDING, &[]), json!([server, done, "", 0]));
        };
        let visit = "document.querySelector('session-lab').act('Ada: GET /')";
        browser.run(visit, &[]);
        // By the keyboard, and by a screen reader.
        browser.run("document.querySelector('session-lab').which.focus()", &[]);
        browser.press(ARROW_DOWN);
        let asked = "“Naive: delete” starts the lab over: what you did so far goes.";
        assert_eq!(text(&browser, "question"), asked);
        assert_eq!(browser.run(FOCUSED, &[]), "Which server", "the arrows go on from there");
        let role = "return document.querySelector('session-lab').question.role";
        assert_eq!(browser.run(role, &[]), "alert");
        tab_to(&browser, "Keep what stands");
        browser.press(ENTER);
        stands("", json!(["Ada: GET /"]));
        assert_eq!(text(&browser, "status"), "Nothing has changed.");
        assert_eq!(browser.run(FOCUSED, &[]), "Which server");
        browser.press(ARROW_DOWN);
        tab_to(&browser, "Start over with “Naive: delete”");
        browser.press(" ");
        stands("delete", json!(["The server is naive: delete."]));
        assert_eq!(browser.run(FOCUSED, &[]), "Which server");
        // Who goes on without an answer keeps what stands; so does who picks it again.
        browser.run(visit, &[]);
        browser.run(PICK, &["clear".into(), "none".into()]);
        browser.run(visit, &[]);
        let done = json!(["The server is naive: delete.", "Ada: GET /", "Ada: GET /"]);
        stands("delete", done.clone());
        browser.run(PICK, &["clear".into(), "none".into()]);
        browser.run(PICK, &["delete".into(), "none".into()]);
        stands("delete", done);
    });
}

/// Begins each challenge of the page, plays its solution, and tells what the lab says of both.
const SOLVE: &str = "
    const lab = document.querySelector('session-lab');
    return [...lab.querySelectorAll('section[data-solved]')].map(section => {
        const [begin, solve] = section.querySelectorAll('button');
        const told = () => section.querySelector('[role=status]').textContent;
        return [begin, solve].map(button => { button.click(); return told(); });
    });
";

/// Fills in a request of somebody's in the lab, and sends it.
const SEND_HELD: &str = "
    const [who, path, form, held] = arguments;
    const lab = document.querySelector('session-lab');
    const set = (name, value) => {
        const it = lab.querySelector(`[aria-label=\"${name}\"]`);
        it.value = value;
        it.dispatchEvent(new Event('change'));
        return it;
    };
    set(`Method of ${who}'s request`, form ? 'POST' : 'GET');
    set(`Form fields of ${who}'s request`, form);
    set(`When the answer comes to ${who}`, held);
    set(`Path of ${who}'s request`, path).form.requestSubmit();
    return [lab.alert.textContent, lab.status.textContent];
";

/// What the lab says of the challenge.
const TOLD: &str =
    "return document.querySelector('section[data-solved] [role=status]').textContent";

/// What the list of challenges says of those that are solved.
const LISTED_AS_SOLVED: &str = "
    return [...document.querySelectorAll('challenge-list li')]
        .map(item => item.textContent).filter(text => text.includes('Solved.'));
";

const PAGE_WITH_TABS: &str = "19-two-tabs-at-once.html";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_challenge_is_solved_by_hand_and_the_lab_knows() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(PAGE_WITH_TABS);
        let solved = json!([["Not solved yet.", "Solved."]]);
        assert_eq!(browser.run(SOLVE, &[]), solved);
        let press = |label: &str| {
            let click = "[...document.querySelectorAll('session-lab button')]
                .find(it => (it.ariaLabel ?? it.textContent) === arguments[0]).click()";
            browser.run(click, &[label.into()]);
        };
        let send = |who: &str, path: &str, form: &str, held: &str| {
            let told =
                browser.run(SEND_HELD, &[who.into(), path.into(), form.into(), held.into()]);
            assert_eq!(told[0], "", "{told}");
            told[1].as_str().expect("text").to_owned()
        };
        press("Start over");
        let again = "Solved before, and not yet again.";
        browser.run(PICK, &["the last write wins".into(), "none".into()]);
        send("Ada", "/basket", "tea=assam", "");
        press("Open another tab of Ada's browser");
        assert_eq!(browser.run(FOCUSED, &[]), "Path of Tab's request");
        press("Let 1 minute pass");
        let told = send("Tab", "/", "", "load");
        assert!(told.contains("→ no answer yet. The store was asked: load."), "{told}");
        send("Ada", "/basket", "tea=sencha&token=<token-1>", "");
        assert_eq!(browser.run(TOLD, &[]), again);
        press("Let the answer come to Tab");
        assert_eq!(browser.run(TOLD, &[]), "Solved.");
        press("Undo the last step");
        assert_eq!(browser.run(TOLD, &[]), again);
        BuiltBook::shared().open(&browser, "challenges.html");
        let solved = browser.run(LISTED_AS_SOLVED, &[]);
        assert_eq!(solved, json!(["Chapter 19: undo a purchase by looking Solved."]));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_challenge_is_solved_at_no_other_server_than_it_begins_with() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(PAGE_WITH_TABS);
        let any_visit = "document.querySelector('session-lab').challenges[0].events = '# Ada'";
        browser.run(any_visit, &[]);
        let visit =
            || browser.run(SEND_HELD, &["Ada".into(), "/".into(), "".into(), "".into()]);
        visit();
        assert_eq!(browser.run(TOLD, &[]), "Not solved yet.", "at the step's own server");
        browser.run(PICK, &["the last write wins".into(), "Start over".into()]);
        visit();
        assert_eq!(browser.run(TOLD, &[]), "Solved.");
        browser.run(PICK, &["".into(), "Start over".into()]);
        visit();
        assert_eq!(browser.run(TOLD, &[]), "Solved before, and not yet again.");
    });
}

const PAGE_WITH_KEYS: &str = "20-rotating-secrets.html";

/// The text of the table of keys, row by row.
const KEYS: &str = "
    const { keys } = document.querySelector('session-lab');
    return [...keys.rows].map(row => [...row.cells].map(cell => cell.textContent).join(' '));
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn keys_are_changed_by_the_keyboard_and_the_challenge_of_it_is_solved() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(PAGE_WITH_KEYS);
        assert_eq!(browser.run(SOLVE, &[]), json!([["Not solved yet.", "Solved."]]));
        let press = |name: &str| {
            tab_to(&browser, name);
            browser.press(ENTER);
        };
        let stands = |keys: [&str; 2], focused: &str| {
            assert_eq!(browser.run(KEYS, &[]), json!(keys));
            assert_eq!(browser.run(FOCUSED, &[]), focused);
        };
        let challenge = "Challenge: a new key, and the tea stays";
        press(challenge);
        let begin = format!("Begin: {challenge}");
        press(&begin);
        stands(["Server 1 old old", "Server 2 old old"], &begin);
        press("Server 1 learns of the new key");
        stands(["Server 1 old old, new", "Server 2 old old"], "Server 1 forgets the old key");
        press("Server 2 learns of the new key");
        let forget = "Server 2 forgets the old key";
        stands(["Server 1 old old, new", "Server 2 old old, new"], forget);
        press("Let 5 minutes pass");
        let pass = "Let 5 minutes pass";
        stands(["Server 1 new old, new", "Server 2 new old, new"], pass);
        press("Visit");
        press("Server 1 forgets the old key");
        stands(["Server 1 new new", "Server 2 new old, new"], forget);
        browser.press(ENTER);
        stands(["Server 1 new new", "Server 2 new new"], "Changes of the keys");
        assert_eq!(browser.run(TOLD, &[]), "Solved before, and not yet again.");
        press("Visit");
        assert_eq!(browser.run(TOLD, &[]), "Solved.");
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn with_one_key_a_server_restarts_and_the_tea_is_gone() {
    once(BuiltBook::shared().machinery(), || {
        let browser = open(PAGE_WITH_KEYS);
        browser.run(PICK, &["one key, as in step 19".into(), "none".into()]);
        let lines = [
            "Another server joins.",
            "Ada: POST /basket | form tea=assam",
            "Server 1 restarts with the new key.",
            "Ada: GET /",
            "Server 2 restarts with the new key.",
            "Ada: GET /",
        ];
        for line in lines {
            let act = "const lab = document.querySelector('session-lab');
                lab.act(arguments[0]); return lab.alert.textContent";
            assert_eq!(browser.run(act, &[line.into()]), "");
        }
        assert_eq!(browser.run(KEYS, &[]), json!(["Server 1 new new", "Server 2 new new"]));
        assert_eq!(browser.run(TOLD, &[]), "Not solved yet.");
        let keys = "return document.querySelector('session-lab').keyed.checkVisibility()";
        assert_eq!(open(CHAPTER).run(keys, &[]), false, "a step whose keys cannot be changed");
    });
}

/// A lab of step 13, wherever the page is: what it says of the one session, and the log's last line.
const FOUND_BY_A_HASH: &str = "
    const lab = document.createElement('session-lab');
    lab.setAttribute('step', '13');
    document.querySelector('main').prepend(lab);
    lab.scrollIntoView();
    const frame = () => new Promise(requestAnimationFrame);
    return (async () => {
        while (!lab.dataset.ready) await frame();
        lab.act('Ada: POST /basket | form tea=assam');
        return [lab.rows.textContent, lab.log.textContent];
    })();
";

#[test]
#[cfg_attr(not(chromium), ignore = "needs chromium: apt-get install chromium chromium-driver")]
fn a_session_that_is_found_by_a_hash_is_called_as_in_the_log() {
    once(BuiltBook::shared().machinery(), || {
        let told = open(CHAPTER).run(FOUND_BY_A_HASH, &[]);
        let (row, log) = (told[0].as_str().expect("text"), told[1].as_str().expect("text"));
        let (_, session) = log.split_once("session=\"").expect("a session begins");
        let start = format!("<name-1> {}… for 30 minutes{{\"basket\"", &session[..8]);
        assert!(row.starts_with(&start), "{row}");
    });
}

//! Plants each fault that a page's terminal can have in a small page, to see it caught. A small
//! server, `src/bin/step-00.rs`, is played against.
#![cfg(curl)]

use std::path::Path;

use terminal::{
    page::{blocks, of_step},
    play,
};

/// Everything comes as it is printed, but for identifiers, times and versions.
const GOOD: &str = r#"
```console
$ cargo run -p step-00
Listening on http://localhost:8080
…
```

<!-- in the browser: cup=tea
echo $cup >first.txt -->
```console
$ curl -sv -o /dev/null -d tea=assam http://localhost:8080/basket
> POST /basket HTTP/1.1
> Host: localhost:8080
> User-Agent: curl/7.50.0
…
>
< HTTP/1.1 303 See Other
< location: /
…
$ curl -sv -o /dev/null -c jar.txt http://localhost:8080/
…
< set-cookie: id=5cee9f3de2a5b5cd0b5b4b0e1e6c2a01
…
$ curl -sv -o /dev/null -b jar.txt http://localhost:8080/
…
> Cookie: id=5cee9f3de2a5b5cd0b5b4b0e1e6c2a01
…
< set-cookie: id=00ee9f3de2a5b5cd0b5b4b0e1e6c2a02
…
$ drink=$(curl -s http://localhost:8080/)
$ echo $drink and $cup; cat first.txt
Tea and tea
tea
$ curl -s -o /dev/null -w '%{http_code} %{time_total}\n' http://localhost:8080/
200 0.048676
```

<!-- fails -->
```console
curl -s http://localhost:8081/
cargo run -p step-00 -- without-tea
```

```console
PORT=8090 cargo run -p step-00 -- an argument
```

<!-- log -->
```text
INFO a visit

INFO a visit
```

```console
curl -s http://localhost:8090/
curl -s http://localhost:8090/
```

<!-- not played: there is no such program -->
```console
$ no-such-program
```

```console
cargo test -p step-00
cargo run -p step-77
curl -s http://localhost:8080/
```
"#;

fn faults(page: &str) -> Vec<String> {
    let blocks = of_step(blocks("src/page.md", page), "step-00");
    play("src/page.md", &blocks, Path::new(env!("CARGO_BIN_EXE_step-00")))
}

/// Asserts that what is planted is caught: on the line that begins with `at`, with this message.
#[track_caller]
fn assert_caught(from: &str, to: &str, at: &str, message: &str) {
    assert!(GOOD.contains(from), "{from:?} is no part of the page");
    let page = GOOD.replacen(from, to, 1);
    let whole = page.lines().position(|line| line == at);
    let line = whole.or_else(|| page.lines().position(|line| line.starts_with(at)));
    let line = line.expect("there is such a line");
    let faults = faults(&page);
    let place = format!("src/page.md:{}: ", line + 1);
    let caught =
        faults.iter().any(|fault| fault.starts_with(&place) && fault.contains(message));
    assert!(caught, "not caught at {place}\n{}", faults.join("\n"));
}

#[test]
fn a_good_page_passes() {
    assert_eq!(faults(GOOD), [] as [&str; 0]);
}

#[test]
fn a_page_of_no_chapter_is_played_with_the_program_that_it_names() {
    let page = r"
<!-- played with: step-00 -->
```console
$ cargo run
Listening on http://localhost:8080
…
$ curl -s http://localhost:8080/
Tea
```
";
    assert_eq!(faults(page), [] as [&str; 0]);
    let other = page.replace("\nTea", "\nCoffee");
    assert!(faults(&other)[0].starts_with("src/page.md:8: "), "another answer is caught");
    assert!(of_step(blocks("src/page.md", page), "step-01").is_empty(), "it is no other's");
}

#[test]
fn a_request_to_another_port_is_caught() {
    let (from, to) = ("-c jar.txt http://localhost:8080/", "-c jar.txt http://localhost:8081/");
    assert_caught(from, to, "$ curl -sv -o /dev/null -c jar.txt", "fails");
}

#[test]
fn a_field_that_the_form_does_not_have_is_caught() {
    let comes = "422 Unprocessable Content";
    assert_caught("tea=assam", "coffee=assam", "< HTTP/1.1 303", comes);
}

#[test]
fn another_status_is_caught() {
    assert_caught("303 See Other", "302 Found", "< HTTP/1.1 302", "< HTTP/1.1 303 See Other");
}

#[test]
fn another_port_of_the_program_is_caught() {
    let at = "Listening on http://localhost:3000";
    assert_caught("Listening on http://localhost:8080", at, at, "localhost:8080");
}

#[test]
fn another_line_is_caught() {
    assert_caught("< location: /", "< location: /tea", "< location: /tea", "`< location: /`");
    assert_caught("Tea and tea", "Tea and cake", "Tea and cake", "Tea and tea");
    assert_caught("200 0.0", "200 in 0.0", "200 in", "`200 0.");
    assert_caught("200 0.048676\n", "200 0.048676\n200\n", "200", "nothing more");
}

#[test]
fn a_missing_line_is_caught() {
    assert_caught("> Host: localhost:8080\n", "", "> User-Agent", "> Host: localhost:8080");
    assert_caught("Tea and tea\n", "", "tea", "Tea and tea");
    assert_caught("Tea and tea\ntea\n", "Tea and tea\n", "Tea and tea", "`tea` comes below it");
    assert_caught("200 0.048676\n", "", "$ curl -s -o /dev/null -w", "and is not printed");
}

#[test]
fn what_is_left_out_is_left_out_at_its_place_only() {
    assert_caught("curl/7.50.0\n…", "curl/7.50.0", ">", "> Accept: */*");
    assert_caught("localhost:8080\n…", "localhost:8080", "Listening", "INFO a visit");
}

#[test]
fn an_identifier_that_is_another_one_or_the_same_one_is_caught() {
    let cookie = "Cookie: id=5cee9f3de2a5b5cd0b5b4b0e1e6c2a01";
    let another = "Cookie: id=77ee9f3de2a5b5cd0b5b4b0e1e6c2a77";
    assert_caught(cookie, another, "> Cookie", "id=0000");
    let (new, same) =
        ("id=00ee9f3de2a5b5cd0b5b4b0e1e6c2a02", "id=5cee9f3de2a5b5cd0b5b4b0e1e6c2a01");
    // The first line that begins so is of the request before; both name the page's identifier.
    let page = GOOD.replacen(new, same, 1);
    assert_eq!(faults(&page).len(), 1, "{:?}", faults(&page));
    assert_caught(cookie, "Cookie: id=5cee", "> Cookie", "id=0000");
}

#[test]
fn a_command_that_fails_and_one_that_does_not_are_caught() {
    assert_caught("$ drink=", "$ drank=", "Tea and tea", "and tea");
    assert_caught("cat first.txt", "cat last.txt", "$ echo $drink", "fails");
    assert_caught("$ echo $drink", "$ (echo $drink", "$ (echo", "fails");
    assert_caught("echo $cup >", "ecco $cup >", "ecco", "fails");
    assert_caught("curl -s http://localhost:8081/", "true", "true", "does not fail");
    assert_caught(" -- without-tea", " -- with-tea", "cargo run", "does not fail");
    assert_caught("PORT=8090 cargo run", "PORT=8090 cargo walk", "PORT=8090", "fails");
    assert_caught("PORT=8090 cargo run", "PORT=8090 cargo run -q", "PORT=8090", "fails");
}

#[test]
fn another_log_is_caught() {
    assert_caught("```text\nINFO a visit", "```text\nINFO no visit", "INFO no", "INFO a visit");
    assert_caught("\n\nINFO a visit", "", "INFO a visit", "comes below it");
}

#[test]
fn a_line_above_the_first_command_is_caught() {
    assert_caught(
        "$ cargo run -p step-00\nLis",
        "Tea\n$ cargo run -p step-00\nLis",
        "Tea",
        "fails",
    );
}

/// Two servers, of which each says a line of its own.
const BESIDE: &str = r#"
```console
cargo run -p step-00
```

<!-- beside -->
```console
$ PORT=8081 cargo run -p step-00
Listening on http://localhost:8081
INFO a visit
```

```console
$ curl -s http://localhost:8080/
Tea
$ curl -s http://localhost:8081/
Tea
```
"#;

#[test]
fn two_servers_beside_each_other_are_both_found() {
    assert_eq!(faults(BESIDE), [] as [&str; 0]);
    let alone = faults(&BESIDE.replace("<!-- beside -->", ""));
    assert!(alone.iter().any(|fault| fault.contains("8080/` fails")), "{alone:#?}");
}

/// One program that listens on two ports.
const TWO_PORTS: &str = r#"
```console
$ TWO_PORTS=1 PORT=8090 cargo run -p step-00
Listening on http://localhost:8090 and http://localhost:8091
INFO a visit
INFO a visit
```

```console
$ curl -s http://localhost:8090/
Tea
$ curl -s http://localhost:8091/
Coffee
```
"#;

#[test]
fn a_program_with_two_ports_is_found_on_both() {
    assert_eq!(faults(TWO_PORTS), [] as [&str; 0]);
    let apart = faults(&TWO_PORTS.replace("8091", "8092"));
    assert!(apart.iter().any(|fault| fault.contains("8092/` fails")), "{apart:#?}");
    let swapped = faults(&TWO_PORTS.replace("Coffee", "Tea"));
    assert!(swapped.iter().any(|fault| fault.contains("`Coffee`")), "{swapped:#?}");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: sudo apt-get install postgresql")]
fn the_database_of_a_page_is_a_real_one() {
    let page = r#"
```console
cargo run -p step-00
```

```console
$ psql postgres://tea:tea@localhost:5432/tea -Atc "SELECT current_database()"
tea
```
"#;
    assert_eq!(faults(page), [] as [&str; 0]);
    let another = faults(&page.replace("\ntea\n", "\ncoffee\n"));
    assert!(another.iter().any(|fault| fault.contains("`tea`")), "{another:#?}");
}

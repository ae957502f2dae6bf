//! A page that puts a real nginx in front of its program.
#![cfg(all(curl, nginx))]

use std::path::Path;

use terminal::{
    page::{blocks, of_step},
    play,
};

const PAGE: &str = r#"
```console
mkdir proxy
cp steps/step-21/nginx.conf proxy/
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout proxy/tea.key -out proxy/tea.pem
cargo run -p step-00
```

```console
nginx -p proxy -c nginx.conf -g 'daemon off;'
```

<!-- beside -->
```console
PORT=8081 cargo run -p step-00
```

```console
$ curl -s --cacert proxy/tea.pem https://localhost:8443/
Tea
$ curl -s -o /dev/null -w '%{redirect_url}\n' http://localhost:8000/about
https://localhost:8443/about
```
"#;

fn faults(page: &str) -> Vec<String> {
    let blocks = of_step(blocks("src/00-page.md", page), "step-00");
    play("src/page.md", &blocks, Path::new(env!("CARGO_BIN_EXE_step-00")))
}

#[test]
fn a_page_with_an_nginx_is_played() {
    assert_eq!(faults(PAGE), [] as [&str; 0]);
}

#[test]
fn what_does_not_come_through_nginx_is_caught() {
    for (from, to) in [
        ("https://localhost:8443/about", "https://localhost:8444/about"),
        ("\nTea\n", "\nCoffee\n"),
        ("--cacert proxy/tea.pem ", ""),
    ] {
        assert!(PAGE.contains(from), "{from}");
        assert!(!faults(&PAGE.replace(from, to)).is_empty(), "{to}");
    }
}

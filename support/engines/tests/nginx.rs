//! What tests rely on when they start an nginx.

#![cfg(nginx)]

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use engines::{Authority, Nginx};

const CONF: &str = r#"
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    server {
        listen 127.0.0.1:8000;
        return 301 https://localhost:8443$request_uri;
    }
    server {
        listen 127.0.0.1:8443 ssl http2;
        ssl_certificate tea.pem;
        ssl_certificate_key tea.key;
        return 200 "tea for $host over $server_protocol\n";
    }
}
"#;

fn start(authority: &Authority) -> Nginx {
    Nginx::start(CONF, &authority.certify(&["localhost", "tea.example"]))
}

/// What curl says of `https://host/`, which is the test's nginx.
fn curl(authority: &Authority, nginx: &Nginx, host: &str) -> Option<String> {
    let port = nginx.port(8443);
    let to = format!("{host}:{port}:127.0.0.1");
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--http2", "--resolve", &to, "--cacert"]).arg(authority.path());
    let said = curl.arg(format!("https://{host}:{port}/")).output().expect("curl is installed");
    said.status.success().then(|| String::from_utf8(said.stdout).expect("text"))
}

#[test]
fn it_is_believed_by_whoever_believes_its_authority_and_under_its_names_alone() {
    let [ours, other] = [Authority::new(), Authority::default()];
    let nginx = start(&ours);
    for host in ["localhost", "tea.example"] {
        let said = curl(&ours, &nginx, host);
        assert_eq!(said, Some(format!("tea for {host} over HTTP/2.0\n")));
    }
    assert_eq!(curl(&ours, &nginx, "coffee.example"), None);
    assert_eq!(curl(&other, &nginx, "localhost"), None);
}

#[test]
fn its_ports_are_others_wherever_they_stand() {
    let nginx = start(&Authority::new());
    let mut wire = TcpStream::connect(("127.0.0.1", nginx.port(8000))).expect("it listens");
    wire.write_all(b"GET /tea HTTP/1.0\r\n\r\n").expect("it reads");
    nginx.wait_until_read();
    let mut said = String::new();
    wire.read_to_string(&mut said).expect("it answers");
    let location = format!("Location: https://localhost:{}/tea\r\n", nginx.port(8443));
    assert!(said.contains(&location), "{said}");
}

/// Plays the test that is killed, and says what it has started.
const HELD: &str = "HELD_NGINX";

#[test]
fn all_of_it_goes_with_a_test_that_is_killed() {
    if env::var_os(HELD).is_some() {
        let nginx = start(&Authority::new());
        println!("\nstarted {:?}", nginx.processes());
        io::stdin().read_line(&mut String::new()).expect("its end comes first");
    }
    let mut test = Command::new(env::current_exe().expect("this test"));
    test.args(["--exact", "--nocapture", "all_of_it_goes_with_a_test_that_is_killed"]);
    test.env(HELD, "").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut test = test.spawn().expect("it starts");
    let mut said = BufReader::new(test.stdout.take().expect("a pipe")).lines();
    let started = said.find_map(|line| Some(line.ok()?.strip_prefix("started [")?.to_owned()));
    let started = started.expect("it says what it has started");
    test.kill().expect("SIGKILL");
    test.wait().expect("its end");
    let processes: Vec<&str> = started.trim_end_matches(']').split(", ").collect();
    assert!(processes.len() >= 2, "{started}");
    while processes.iter().any(|it| Path::new(&format!("/proc/{it}")).exists()) {
        thread::yield_now();
    }
}

#[test]
fn all_of_it_goes_with_the_test_and_its_folder_too() {
    let nginx = start(&Authority::new());
    let processes = nginx.processes();
    assert!(processes.len() >= 2, "one that leads, and one that works: {processes:?}");
    let folder = std::fs::read_link(format!("/proc/{}/cwd", processes[0])).expect("a folder");
    let port = nginx.port(8443);
    drop(nginx);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!folder.exists());
    assert!(processes.iter().all(|it| !Path::new(&format!("/proc/{it}")).exists()));
}

//! Where nobody is to be led who signs in. Browsers try it too.

/// What a browser takes for another server, or might, and what is too much.
pub(crate) fn other_places() -> Vec<String> {
    let written = [
        "https://mallory.example/sign-in",
        "http:mallory.example",
        "//mallory.example",
        "///mallory.example",
        "/\\mallory.example",
        "\\\\mallory.example",
        "\\/mallory.example",
        "/\t/mallory.example",
        "\t//mallory.example",
        "/\n/mallory.example",
        "/\r\n/mallory.example",
        "/\0/mallory.example",
        "/member\r\nSet-Cookie: __Host-id=x",
        " //mallory.example",
        "\u{a0}//mallory.example",
        "/\u{2215}mallory.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "mallory.example",
        "@mallory.example",
        ".mallory.example",
        ":80",
        "?next=//mallory.example",
        "#",
        "*",
        "",
    ];
    let long = format!("/{}", "x".repeat(512));
    written.into_iter().map(str::to_owned).chain([long]).collect()
}

//! Writes the record of a newly built `src/lab/lab.wasm`; `lab/build` calls it with the folder of
//! the repository, the size when gzipped, and the versions of the tools.

use std::{env, fs, path::Path};

use lab::record::{hash, ingredients};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [root, gzipped, rustc, wasm_opt] = &arguments[..] else {
        panic!("lab-record FOLDER GZIPPED RUSTC WASM-OPT");
    };
    let folder = Path::new(root).join("src/lab");
    let wasm = fs::read(folder.join("lab.wasm")).expect("lab/build has built it");
    let head = [
        "# What lab.wasm was made from. Written by lab/build; a test fails when it is stale."
            .to_owned(),
        format!("rustc: {rustc}"),
        format!("wasm-opt: {wasm_opt}"),
        format!("bytes: {}, gzipped: {gzipped}", wasm.len()),
        format!("{} lab.wasm", hash(&wasm)),
    ];
    let lines: Vec<String> = head.into_iter().chain(ingredients(Path::new(root))).collect();
    fs::write(folder.join("lab.record"), lines.join("\n") + "\n").expect("it can be written");
}

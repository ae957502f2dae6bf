//! Each part's file is what `lab/build` makes of the sources as they stand, and is small.

mod scripts;

use std::{collections::BTreeSet, fs};

use lab::record::{addresses, hash, ingredients};
use scripts::{read, root};

const RENEW: &str = "run `bash lab/build` and commit src/lab/";

/// The most bytes that the file of each part may have, and the most when gzipped. Part III had 1,050,000
/// and 380,000, before chapter 11 waited for whole bodies and sent a policy, and chapter 12 asked the
/// account at each request and rotated in one act; and 1,110,000 and 403,000, before chapter 9 made one name
/// of several spellings: of what came then, Unicode's tables are 168,000 bytes and 83,000 gzipped. Part IV
/// has one step so far, and all that step 12 has: that one alone would have 969,000 and 411,000. Part V
/// has two steps, the whole shop twice, and beyond that: versions, orders, requests that are run again, and
/// keys that change. Its first step alone had 1,026,000 and 437,000, and the first two 1,334,000 and
/// 499,000. Step 22 has the shop a third time, origins, proxies and a provider besides, and tokens: signed
/// by all that `jsonwebtoken` knows, the file would have 2,236,000 and 821,000. That scripts can have
/// programs costs each part 9,500 bytes.
const BOUNDS: &[(usize, usize)] = &[
    (492_000, 210_000),
    (650_000, 270_000),
    (1_350_000, 511_000),
    (1_420_000, 540_000),
    (1_930_000, 690_000),
];

/// The parts by number, and the record of each.
fn records() -> impl Iterator<Item = (usize, String)> {
    let record = |part| read(&root().join(format!("src/lab/part-{part}.record")));
    (1..=lab::parts().count()).map(move |part| (part, record(part)))
}

#[test]
fn the_lab_is_made_of_the_sources_as_they_stand() {
    for (part, record) in records() {
        let recorded: BTreeSet<&str> = record.lines().skip(5).collect();
        let now = ingredients(root(), part);
        let now: BTreeSet<&str> = now.iter().map(String::as_str).collect();
        let new: Vec<_> = now.difference(&recorded).collect();
        let gone: Vec<_> = recorded.difference(&now).collect();
        let stale = !new.is_empty() || !gone.is_empty();
        assert!(!stale, "part {part} is stale: {new:#?} was {gone:#?}\n{RENEW}");
    }
}

#[test]
fn each_record_is_of_its_file() {
    for (part, record) in records() {
        let name = format!("part-{part}.wasm");
        let wasm = fs::read(root().join("src/lab").join(&name)).expect("the lab is built");
        assert!(record.contains(&format!("{} {name}\n", hash(&wasm))), "{name}: {RENEW}");
        assert!(record.contains(&format!("bytes: {},", wasm.len())), "{name}: {RENEW}");
    }
}

#[test]
fn the_script_fetches_these_files_and_no_older_ones() {
    let script = read(&root().join("src/lab/session-lab.js"));
    assert!(script.contains(&addresses(root())), "{RENEW}");
}

#[test]
fn each_part_is_small() {
    assert_eq!(BOUNDS.len(), lab::parts().count(), "each part has a bound");
    for ((part, record), (most, most_gzipped)) in records().zip(BOUNDS) {
        let sizes = record.lines().find_map(|line| line.strip_prefix("bytes: "));
        let (bytes, gzipped) =
            sizes.and_then(|it| it.split_once(", gzipped: ")).expect("sizes");
        let within = |size: &str, most| size.parse::<usize>().expect("a number") <= most;
        assert!(within(bytes, *most), "part {part}: {bytes} bytes");
        assert!(within(gzipped, *most_gzipped), "part {part}: {gzipped} bytes gzipped");
    }
}

#[test]
fn a_record_names_its_own_parts_steps_and_no_others() {
    for (before, own) in lab::parts().enumerate() {
        let named = ingredients(root(), before + 1).join("\n");
        for step in lab::parts().flatten() {
            let sources = named.contains(&format!(" steps/step-{step:02}/src/lib.rs"));
            assert_eq!(sources, own.contains(&step), "part {}, step {step}", before + 1);
        }
        for part in 1..=lab::parts().count() {
            let module = named.contains(&format!(" lab/src/steps/part_{part}.rs"));
            assert_eq!(module, part == before + 1, "part {}, part_{part}.rs", before + 1);
        }
    }
}

#[test]
fn a_record_names_what_the_lab_borrows_from_the_tests_of_a_step() {
    let named = ingredients(root(), 4).join("\n");
    for told in ["step-13/tests/told/mod.rs", "step-18/tests/told/shelf.rs"] {
        assert!(named.contains(&format!(" steps/{told}")), "{named}");
    }
}

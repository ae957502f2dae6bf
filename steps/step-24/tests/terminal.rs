//! What the pages show in a terminal of this step is what comes.

terminal::plays_with_nginx!();

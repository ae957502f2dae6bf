//! What the pages show in a terminal of this step is what comes.

terminal::plays_with!(
    postgres,
    "needs PostgreSQL: sudo apt-get install postgresql"
);

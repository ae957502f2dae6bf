//! How the visitors of a running Express program move here: the real Express, with
//! connect-redis, and this program behind a real nginx, with the file that the page prints.

#[cfg(all(express, nginx, redis))]
mod both;
#[cfg(all(express, nginx, redis))]
mod failing;
#[cfg(all(express, nginx, redis))]
mod hostile;
#[cfg(all(express, nginx, redis))]
mod moves;
mod passwords;
#[cfg(all(express, nginx, redis))]
mod records;
mod settings;
#[cfg(all(express, nginx, redis))]
mod side;
#[cfg(all(express, nginx, redis))]
mod visitor;

/// Where one of them is missing, the others are left out, and this one says so.
#[test]
#[cfg_attr(
    not(all(express, nginx, redis)),
    ignore = "needs nginx, Redis and Node.js: sudo apt-get install nginx openssl curl \
              redis-server nodejs npm, then npm ci --prefix support/express"
)]
fn there_are_express_nginx_and_redis_for_the_tests_of_moving() {
    let redis = engines::Redis::start();
    assert_eq!(redis.cli(&["PING"]).trim(), "PONG");
}

//! Two servers that are started anew under load, one after the other.

use std::net::TcpListener;

use trial::{Load, Program, Told};

use crate::{
    front::{CONF, Front},
    held::{self, Shop},
};

/// So many ask at the same time.
const VISITORS: usize = 4;

/// So many forms they send between two events.
const FORMS: usize = 50;

/// Two servers, with nginx and visitors before them.
struct Play {
    shop: Shop,
    sockets: [TcpListener; 2],
    load: Load,
    _front: Front,
}

/// Plays this twice with the two servers that run, which leaves two that do. What the
/// visitors were told.
fn play(scene: impl Fn(&Play, [Program; 2]) -> [Program; 2]) -> Told {
    let (shop, sockets) = (Shop::new(), [held::socket(), held::socket()]);
    let mut programs = sockets.each_ref().map(|socket| shop.start_on(socket));
    let front = Front::start_plain(CONF, sockets.each_ref().map(held::port));
    let load = Load::start(front.plain_port(), VISITORS);
    let play = Play { shop, sockets, load, _front: front };
    for _ in 0..2 {
        play.load.wait_for(FORMS);
        programs = scene(&play, programs);
    }
    play.load.wait_for(FORMS);
    play.load.end()
}

/// Starts each of the two servers anew, one after the other.
fn roll(restart: impl Fn(&Shop, &TcpListener, Program) -> Program) -> Told {
    play(|Play { shop, sockets, load, .. }, [first, second]| {
        let first = restart(shop, &sockets[0], first);
        load.wait_for(FORMS);
        [first, restart(shop, &sockets[1], second)]
    })
}

fn assert_unnoticed(told: Told) {
    assert!(told.acknowledged > 0, "{told:?}");
    assert_eq!((told.failed, told.lost, told.done_twice), (0, 0, 0), "{told:?}");
}

#[test]
fn nobody_notices_that_a_server_ends_and_another_one_starts() {
    assert_unnoticed(roll(|shop, socket, before| {
        held::stop(before);
        shop.start_on(socket)
    }));
}

#[test]
fn nobody_notices_that_a_server_starts_and_the_one_of_before_ends() {
    assert_unnoticed(roll(|shop, socket, before| {
        let program = shop.start_on(socket);
        held::stop(before);
        program
    }));
}

/// So the tests above can fail. What nginx has sent to one that is killed, it sends to nobody
/// else.
#[test]
fn servers_that_are_killed_fail_some_and_lose_nothing_that_they_have_acknowledged()
{
    let told = play(|Play { shop, sockets, .. }, programs| {
        programs.iter().for_each(|it| it.signal("KILL"));
        programs.into_iter().for_each(|it| drop(it.wait()));
        sockets.each_ref().map(|socket| shop.start_on(socket))
    });
    assert!(told.failed > 0, "{told:?}");
    assert_eq!((told.lost, told.done_twice), (0, 0), "{told:?}");
}

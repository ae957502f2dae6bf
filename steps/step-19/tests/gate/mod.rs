//! A way to Redis on which each command can be held.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What a client says at first is not counted.
const GREETINGS: [&str; 3] = ["HELLO", "CLIENT", "SELECT"];

/// So many commands pass, and the next one is held.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) port: u16,
    passes: Arc<watch::Sender<usize>>,
    came: Arc<watch::Sender<usize>>,
    sent: Arc<watch::Sender<usize>>,
}

impl Gate {
    /// In front of the Redis on this port.
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gate = Self {
            port: listener.local_addr().expect("it has one").port(),
            passes: Arc::new(watch::Sender::new(usize::MAX)),
            came: Arc::default(),
            sent: Arc::default(),
        };
        let passing = gate.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let redis = TcpStream::connect(("127.0.0.1", port)).await;
                let redis = redis.expect("it is there");
                // Else each command waits for the acknowledgement of the one before.
                let _ = client.set_nodelay(true).and(redis.set_nodelay(true));
                let (mut answers, to) = redis.into_split();
                let (from, mut back) = client.into_split();
                let gate = passing.clone();
                tokio::spawn(async move { gate.pass(from, to).await });
                tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut answers, &mut back).await;
                });
            }
        });
        gate
    }

    async fn pass(&self, from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut from = BufReader::new(from);
        while let Some((name, command)) = command(&mut from).await {
            let counts = !GREETINGS.contains(&name.as_str());
            if counts {
                let number = *self.came.borrow();
                self.came.send_modify(|came| *came += 1);
                let mut passes = self.passes.subscribe();
                let _ = passes.wait_for(|passes| number < *passes).await;
            }
            if to.write_all(&command).await.is_err() {
                return;
            }
            if counts {
                self.sent.send_modify(|sent| *sent += 1);
            }
        }
    }

    /// Lets so many commands pass from now on.
    pub(crate) fn hold_after(&self, commands: usize) {
        self.came.send_replace(0);
        self.sent.send_replace(0);
        self.passes.send_replace(commands);
    }

    /// Lets all commands pass.
    pub(crate) fn open(&self) {
        self.passes.send_replace(usize::MAX);
    }

    /// Waits until a command is held that is not one of the first so many.
    pub(crate) async fn holds(&self, commands: usize) {
        let mut came = self.came.subscribe();
        let _ = came.wait_for(|came| *came > commands).await;
    }

    /// Waits until the one behind the first so many has gone on.
    pub(crate) async fn has_sent(&self, commands: usize) {
        let mut sent = self.sent.subscribe();
        let _ = sent.wait_for(|sent| *sent > commands).await;
    }
}

/// The next command: its name, and its bytes.
async fn command(from: &mut BufReader<OwnedReadHalf>) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let count = number(from, &mut bytes).await?;
    let mut name = String::new();
    for part in 0..count {
        let length = number(from, &mut bytes).await?;
        let mut text = vec![0; length + 2];
        from.read_exact(&mut text).await.ok()?;
        if part == 0 {
            name = String::from_utf8_lossy(&text[..length]).into_owned();
        }
        bytes.extend(text);
    }
    Some((name, bytes))
}

/// The number in a line such as `*3` or `$5`.
async fn number(
    from: &mut BufReader<OwnedReadHalf>,
    bytes: &mut Vec<u8>,
) -> Option<usize> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).await.ok()?;
    bytes.extend(&line);
    std::str::from_utf8(line.get(1..)?).ok()?.trim().parse().ok()
}

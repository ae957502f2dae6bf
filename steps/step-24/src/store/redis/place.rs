//! Where Redis is: one server, or whichever the sentinels name, or a cluster.

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClient,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};

use crate::store::redis::connection::{Connection, PATIENCE};

/// What `STORE` names.
pub(super) enum Place {
    /// `redis://localhost:6379`: one server.
    One(Client),
    /// `redis+sentinel://localhost:26379,localhost:26380/tea`: the server that these
    /// sentinels call the primary of this name.
    Sentinels(SentinelClient),
    /// `redis+cluster://localhost:7001,localhost:7002`: some servers of a cluster, which
    /// know the others.
    Cluster(ClusterClient),
}

const HOW: &str = "STORE is not such as redis://localhost:6379, \
                   redis+sentinel://localhost:26379,localhost:26380/tea or \
                   redis+cluster://localhost:7001,localhost:7002";

impl Place {
    /// What this URL names. A password stands before the first host:
    /// `redis://:secret@localhost:6379`.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or(HOW)?;
        let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let servers = |login: &str| -> RedisResult<Vec<ConnectionInfo>> {
            let at = if login.is_empty() { "" } else { "@" };
            let hosts = hosts.split(',');
            hosts
                .map(|host| server(&format!("redis://{login}{at}{host}")))
                .collect()
        };
        let place = match scheme {
            "redis" => server(url).and_then(Client::open).map(Self::One),
            "redis+sentinel" if !path.is_empty() => servers("")
                .and_then(|sentinels| watched(sentinels, path, servers(login)?))
                .map(Self::Sentinels),
            "redis+cluster" => servers(login).and_then(cluster).map(Self::Cluster),
            _ => return Err(HOW.to_owned()),
        };
        place.map_err(|_| HOW.to_owned())
    }

    pub(super) async fn connect(&mut self) -> RedisResult<Connection> {
        let client = match self {
            Self::One(client) => client.clone(),
            Self::Sentinels(sentinels) => sentinels.async_get_client().await?,
            Self::Cluster(client) => {
                return client
                    .get_async_connection()
                    .await
                    .map(Connection::Cluster);
            }
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            // `Way` looks for another one, and not only at the same address.
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_with_config(client, config).await?;
        Ok(Connection::One(manager))
    }
}

fn server(url: &str) -> RedisResult<ConnectionInfo> {
    let info = url.into_connection_info()?;
    // In version 3 of the protocol, the client hears at once that it is cut off.
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp()))
}

/// Has the system notice when the other machine has gone.
fn tcp() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(PATIENCE);
    let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(PATIENCE);
    tcp
}

fn watched(
    sentinels: Vec<ConnectionInfo>,
    name: &str,
    servers: Vec<ConnectionInfo>,
) -> RedisResult<SentinelClient> {
    let mut node = SentinelNodeConnectionInfo::default().set_tcp_settings(tcp());
    if let Some(server) = servers.first() {
        node = node.set_redis_connection_info(server.redis_settings().clone());
    }
    let kind = SentinelServerType::Master;
    SentinelClient::build(sentinels, name.to_owned(), Some(node), kind)
}

fn cluster(servers: Vec<ConnectionInfo>) -> RedisResult<ClusterClient> {
    ClusterClient::builder(servers)
        .use_protocol(ProtocolVersion::RESP3)
        .tcp_settings(tcp())
        .response_timeout(PATIENCE)
        // A failover takes longer than its sixteen tries, unless they wait.
        .min_retry_wait(100)
        .max_retry_wait(200)
        .build()
}

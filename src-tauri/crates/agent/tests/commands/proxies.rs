//! Real proxies on the machine of the agent, which strangers of the network ask: nginx, HAProxy and socat, by accounts
//! of the system, by another person's, and by root, whose agent it is.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::DEADLINE;
use crate::agent::{Agent, Outcome, is_answer, outcome};
use crate::network::{NEAR, Network};
use crate::sharing::eventually;

/// What gives figures to whoever may see them.
const ROUTES: [&str; 6] = [
    "/api/v1/snapshot",
    "/api/v1/processes",
    "/api/v1/metrics",
    "/api/metrics/current",
    "/api/containers/stats",
    "/metrics",
];
/// The native stream. A stranger may open it, to prove who it is.
const NATIVE: &str = "/api/v1/stream";
/// The same as WebSockets: of the native stream, and of the families of existing clients.
const SOCKETS: [&str; 5] = [NATIVE, "/ws", "/ws/metrics", "/api/ws/ws", "/api/ws/ws/alerts"];

/// Ports of nginx: as it comes, by HTTP/1.1, with upgrades to WebSockets, and with the client's own Host.
const NGINX: [u16; 4] = [8081, 8082, 8083, 8084];
/// Those that pass upgrades on.
const NGINX_UPGRADES: [u16; 2] = [8083, 8084];
/// Ports of HAProxy: mode http and mode tcp.
const HAPROXY: [u16; 2] = [8085, 8086];
const SOCAT: u16 = 8087;

/// A further name of the machine, as the proxy's clients call it.
const ADDED: &str = "nas.example.org";

/// A proxy that runs, in the foreground. Dropping it ends it.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        // It ends its workers itself.
        drop(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status());
        drop(self.0.wait());
    }
}

/// Where `cargo xtask test` has unpacked proxies, `command` finds them and their libraries there.
fn with_proxies(command: &mut Command) -> &mut Command {
    let Some(folder) = std::env::var_os("SIGHTLINE_PROXIES").map(PathBuf::from) else { return command };
    let programs = ["usr/sbin", "usr/bin"].map(|programs| folder.join(programs));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&path)));
    let libraries = ["usr/lib", "lib"].iter().filter_map(|it| std::fs::read_dir(folder.join(it)).ok());
    let libraries = std::env::join_paths(libraries.flatten().flatten().map(|triple| triple.path()));
    command.env("PATH", path.expect("a path")).env("LD_LIBRARY_PATH", libraries.expect("a path"))
}

/// A machine with an agent of root, and a cable to a stranger.
struct Site {
    network: Network,
    agent: Agent,
    files: tempfile::TempDir,
}

impl Site {
    /// Nothing where a program or the network cannot be had; then the test is skipped.
    fn with(programs: &[&str]) -> Option<Self> {
        // By an account of its own: the programs may be in a folder that others cannot look into.
        let has = |program: &&str| {
            let mut which = Command::new("setpriv");
            which.args(["--reuid", "65534", "--clear-groups", "sh", "-c", &format!("command -v {program}")]);
            outcome(with_proxies(&mut which)).code == Some(0)
        };
        if let Some(missing) = programs.iter().find(|program| !has(program)) {
            testing::skip(format_args!("root, setpriv and {missing}"));
            return None;
        }
        let network = Network::make()?;
        let agent = Agent::start_in(Some(&network.near));
        let files = tempfile::tempdir().expect("a temporary directory");
        // What an account writes has to be reached by it.
        let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(files.path(), open).expect("it is ours");
        let site = Self { network, agent, files };
        // From here on what a stranger does not see is withheld, not missing.
        eventually("a program of the agent's own user sees it", || {
            site.near(&["/api/v1/snapshot", "/api/v1/processes"]).iter().all(|status| *status == 200)
        });
        Some(site)
    }

    /// Starts `program` by `account`, where the agent is, with `config` in a file of which it gets the path as last argument,
    /// if there is one; waits until all `ports` take connections.
    fn start(&self, account: &str, program: &[&str], config: Option<&str>, ports: &[u16]) -> Proxy {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.network.near, "setpriv"]);
        command.args(["--reuid", account, "--regid", account, "--clear-groups"]).args(program);
        if let Some(config) = config {
            let at = self.home(account).join(format!("{}.conf", program[0]));
            let config = config.replace("HOME", &self.home(account).display().to_string());
            std::fs::write(&at, config.replace("AGENT", &format!("127.0.0.1:{}", self.agent.port)))
                .expect("written");
            command.arg(at);
        }
        let child = with_proxies(&mut command)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut proxy = Proxy(child.expect("a proxy"));
        for port in ports {
            eventually("the proxy listens", || {
                assert!(matches!(proxy.0.try_wait(), Ok(None)), "{account} {program:?} ended");
                self.network.get(*port, "/health").is_some()
            });
        }
        proxy
    }

    /// A directory of `account`.
    fn home(&self, account: &str) -> PathBuf {
        let home = self.files.path().join(account);
        if std::fs::DirBuilder::new().mode(0o700).create(&home).is_ok() {
            let id = |kind: &str| -> u32 {
                let Outcome { out, .. } = outcome(Command::new("id").args([kind, account]));
                out.trim().parse().or_else(|_| account.parse()).expect("an account")
            };
            chown(&home, Some(id("-u")), Some(id("-g"))).expect("root may");
        }
        home
    }

    fn nginx(&self, account: &str, workers: &str) -> Proxy {
        let server = |port: u16, lines: &str| {
            format!("server {{ listen {port}; location / {{ proxy_pass http://AGENT; {lines} }} }}")
        };
        let upgrade = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; \
            proxy_set_header Connection $upgrades;";
        let [bare, newer, upgrades, host] = NGINX;
        let config = format!(
            "{workers} daemon off; pid HOME/pid; error_log HOME/error.log; events {{ worker_connections 64; }}
             http {{ access_log off; client_body_temp_path HOME/a; proxy_temp_path HOME/b; fastcgi_temp_path HOME/c;
             uwsgi_temp_path HOME/d; scgi_temp_path HOME/e;
             map $http_upgrade $upgrades {{ default upgrade; '' close; }} {}\n{}\n{}\n{} }}",
            server(bare, ""),
            server(newer, "proxy_http_version 1.1;"),
            server(upgrades, upgrade),
            server(host, &format!("{upgrade} proxy_set_header Host $host;")),
        );
        self.start(account, &["nginx", "-c"], Some(&config), &NGINX)
    }

    fn haproxy(&self, account: &str, global: &str) -> Proxy {
        let listen = |mode: &str, port: u16| {
            format!("listen {mode}\n  mode {mode}\n  bind :{port}\n  server agent AGENT\n")
        };
        let config = format!(
            "global\n  maxconn 64\n{global}defaults\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n{}{}",
            listen("http", HAPROXY[0]),
            listen("tcp", HAPROXY[1]),
        );
        self.start(account, &["haproxy", "-db", "-f"], Some(&config), &HAPROXY)
    }

    fn socat(&self, account: &str) -> Proxy {
        let (from, to) =
            (format!("TCP-LISTEN:{SOCAT},fork,reuseaddr"), format!("TCP:127.0.0.1:{}", self.agent.port));
        self.start(account, &["socat", &from, &to], None, &[SOCAT])
    }

    /// Statuses of these routes for a program of the agent's own user, beside it.
    fn near(&self, routes: &'static [&'static str]) -> Vec<u16> {
        let at = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), self.agent.port);
        let asked = crate::network::within(&self.network.near, move || async move {
            let mut statuses = Vec::new();
            for route in routes {
                statuses.push(get(at, route, &format!("Host: {at}\r\n")).await.0);
            }
            statuses
        });
        asked.join().expect("an end")
    }

    /// What a stranger gets through `port`, with these further lines in the head of each request: of each route its status
    /// and body, and of each socket the first message, or the status that came instead.
    fn through(&self, port: u16, lines: &str) -> Seen {
        let at = SocketAddr::new(NEAR.parse().expect("an address"), port);
        let lines = lines.to_owned();
        let asked = self.network.far_away(move || async move {
            let mut seen = Seen { port, lines, answers: Vec::new(), sockets: Vec::new() };
            for route in ROUTES {
                seen.answers.push((route, get(at, route, &seen.lines).await));
            }
            for path in SOCKETS {
                seen.sockets.push((path, socket(at, path, &seen.lines).await));
            }
            seen
        });
        asked.join().expect("an end")
    }

    /// Strangers get nothing through any of `ports`, whatever they say of themselves.
    fn is_closed_through(&self, ports: &[u16], by: &str) {
        let agent = self.agent.port;
        for port in ports {
            for lines in [
                format!("Host: {NEAR}:{port}\r\n"),
                format!("Host: {NEAR}:{agent}\r\n"),
                format!("Host: 127.0.0.1:{agent}\r\n"),
                "Host: localhost\r\n".to_owned(),
                format!("Host: {ADDED}\r\n"),
                format!("Host: localhost:{agent}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n"),
                format!("Host: localhost:{agent}\r\nOrigin: http://localhost:{agent}\r\n"),
            ] {
                self.through(*port, &lines).is_nothing(by);
            }
        }
    }
}

/// What somebody got.
#[derive(Debug)]
struct Seen {
    port: u16,
    lines: String,
    answers: Vec<(&'static str, (u16, String))>,
    /// As [`socket`] has them.
    sockets: Vec<(&'static str, Result<String, u16>)>,
}

impl Seen {
    #[track_caller]
    fn is_nothing(&self, by: &str) {
        let Self { port, lines, .. } = self;
        for (route, (status, body)) in &self.answers {
            assert!(matches!(status, 401 | 403 | 421), "{by}:{port} {lines:?} {route}: {status} {body:.200}");
        }
        for (path, first) in &self.sockets {
            let challenged = *path == NATIVE && first.as_deref() == Ok("challenge");
            let refused = matches!(first, Err(400 | 401 | 403 | 404 | 421 | 426));
            assert!(challenged || refused, "{by}:{port} {lines:?} {path}: {first:?}");
        }
    }

    #[track_caller]
    fn is_everything(&self, with_sockets: bool) {
        let Self { port, lines, .. } = self;
        for (route, (status, body)) in &self.answers {
            assert!(is_answer(*status), "{port} {lines:?} {route}: {status} {body:.200}");
        }
        for (path, first) in self.sockets.iter().filter(|_| with_sockets) {
            assert!(
                first.as_deref().is_ok_and(|first| first != "challenge"),
                "{port} {lines:?} {path}: {first:?}"
            );
        }
    }
}

/// Status and body of `GET path`.
async fn get(at: SocketAddr, path: &str, lines: &str) -> (u16, String) {
    let exchange = async {
        let mut link = TcpStream::connect(at).await?;
        link.write_all(format!("GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        link.read_to_end(&mut answer).await?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = timeout(DEADLINE, exchange).await.expect("in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// What came of the WebSocket at `path`: of the native stream the type of its first message, of others that they opened; or
/// the status that came instead.
async fn socket(at: SocketAddr, path: &str, lines: &str) -> Result<String, u16> {
    let opened = async {
        let mut request = format!("ws://{at}{path}").into_client_request().expect("a request");
        for (name, value) in lines.lines().filter_map(|line| line.split_once(": ")) {
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        let link = TcpStream::connect(at).await.expect("a connection");
        match client_async(request, link).await {
            Ok(_) if path != NATIVE => Ok(None),
            Ok((mut socket, _)) => Ok(Some(socket.next().await)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(err) => panic!("{path} {lines:?}: {err}"),
        }
    };
    let Some(first) = timeout(DEADLINE, opened).await.expect("in time")? else {
        return Ok("open".to_owned());
    };
    let Some(Ok(Message::Text(text))) = first else { panic!("{path} {lines:?}: {first:?}") };
    let message: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    Ok(message["type"].as_str().expect("a type").to_owned())
}

/// Lets clients of a proxy ask by [`ADDED`]; the line by which a script of theirs has access.
fn add_name(agent: &Agent) -> String {
    agent.stdout(&["names", "add", ADDED]);
    let made: serde_json::Value =
        serde_json::from_str(&agent.stdout(&["token", "dashboard", "--scope", "processes", "--json"]))
            .expect("JSON");
    format!("Host: {ADDED}\r\nAuthorization: Bearer {}\r\n", made["token"].as_str().expect("a token"))
}

#[test]
fn nginx_opens_nothing_and_passes_on_who_has_access() {
    let Some(site) = Site::with(&["nginx"]) else { return };
    for (account, workers) in [("daemon", ""), ("root", "user daemon;")] {
        let proxy = site.nginx(account, workers);
        site.is_closed_through(&NGINX, &format!("nginx of {account}"));
        drop(proxy);
    }
    let with_token = add_name(&site.agent);
    let _proxy = site.nginx("root", "user daemon;");
    site.is_closed_through(&NGINX, "nginx");
    for port in NGINX {
        site.through(port, &with_token).is_everything(NGINX_UPGRADES.contains(&port));
    }
}

#[test]
fn haproxy_opens_nothing_and_passes_on_who_has_access() {
    let Some(site) = Site::with(&["haproxy"]) else { return };
    for (account, global) in [("998", ""), ("root", "  uid 998\n  gid 998\n")] {
        let proxy = site.haproxy(account, global);
        site.is_closed_through(&HAPROXY, &format!("HAProxy of {account}"));
        drop(proxy);
    }
    let with_token = add_name(&site.agent);
    let _proxy = site.haproxy("998", "");
    site.is_closed_through(&HAPROXY, "HAProxy");
    for port in HAPROXY {
        site.through(port, &with_token).is_everything(true);
    }
}

#[test]
fn socat_of_a_system_account_opens_nothing_and_that_of_a_person_what_the_person_sees() {
    let Some(site) = Site::with(&["socat"]) else { return };
    // A service of the distribution, one without a name, one that systemd made up for a service, and nobody.
    for account in ["daemon", "998", "61184", "65534"] {
        let proxy = site.socat(account);
        site.is_closed_through(&[SOCAT], &format!("socat of {account}"));
        drop(proxy);
    }
    let proxy = site.socat("1001");
    let seen = site.through(SOCAT, &format!("Host: {NEAR}:{SOCAT}\r\n"));
    seen.is_everything(true);
    for (route, (_, body)) in &seen.answers {
        assert!(
            !body.contains(r#""command":""#) && !body.contains(r#""user":""#),
            "never more: {route} {body:.2000}"
        );
    }
    let with_token = add_name(&site.agent);
    site.is_closed_through(&[SOCAT], "socat of a person, where a name was added");
    site.through(SOCAT, &with_token).is_everything(true);
    drop(proxy);
    let _proxy = site.socat("daemon");
    site.through(SOCAT, &with_token).is_everything(true);
}

/// What a proxy of the same user passes on is that user's own doing, where the proxy does not say that it is one. With a
/// name added, nobody comes in by coming from this computer.
#[test]
fn a_proxy_of_the_same_user_is_told_apart_where_it_says_so_and_closed_by_a_name() {
    let Some(site) = Site::with(&["nginx", "haproxy", "socat"]) else { return };
    let _proxies = [site.nginx("root", "user root;"), site.haproxy("root", ""), site.socat("root")];
    let ports: Vec<u16> = [&NGINX[..], &HAPROXY, &[SOCAT]].concat();
    // nginx speaks HTTP/1.0, as it comes.
    site.is_closed_through(&NGINX[..1], "nginx of root");
    for port in &ports[1..] {
        let seen = site.through(*port, &format!("Host: {NEAR}:{port}\r\n"));
        assert_eq!(seen.answers[0].1.0, 200, "{port}: it cannot be told from its user, as SECURITY.md says");
    }
    let with_token = add_name(&site.agent);
    site.is_closed_through(&ports, "proxies of root, where a name was added");
    for port in ports {
        let with_sockets = NGINX_UPGRADES.contains(&port) || port >= HAPROXY[0];
        site.through(port, &with_token).is_everything(with_sockets);
    }
}

//! The owner's session with the Sightline of this computer: by the socket in its data directory, where the system says who
//! is at the other end; on Windows by the token in that directory, which is not sent. Names in its answers are untrusted,
//! and harmless ([`wire::foreign`]).

use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use network::owner_socket;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
#[cfg(not(unix))]
use wire::endpoint::{OWNER, OWNER_FILE};
use wire::message::{ErrorBody, Response};
#[cfg(not(unix))]
use wire::proof::Secret;
use wire::sharing::Sharing;
use wire::{Channel, ClientMessage, Method, ServerMessage};

#[cfg(not(unix))]
use super::address::{Address, Unreachable};
use super::constants::RESPONSE_TIMEOUT;
use super::stream::{self, Lost, OpenError, Stream};

/// A session of scope `control`.
#[derive(Debug)]
pub struct Control {
    stream: Stream,
    last_id: u64,
    /// The newest report that arrived and was not taken yet; older ones are of no use.
    reported: Option<Sharing>,
}

/// There is no session with the Sightline of this computer.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No program listens.
    #[cfg(unix)]
    #[error(
        "no Sightline runs that keeps its files in {data_dir}. Start it with `sightline-agent serve`, or say where the \
         one that runs has them: --data-dir DIR"
    )]
    Nobody {
        /// Where it was looked for.
        data_dir: PathBuf,
    },
    /// No program listens.
    #[cfg(not(unix))]
    #[error(
        "no Sightline answers on port {port} of this computer. Start it with `sightline-agent serve`, or say which \
         port it has: --port N"
    )]
    Nobody {
        /// Where it was tried.
        port: u16,
    },
    /// This user may not use the socket, or read the token.
    #[error("{path}: {cause}. Another user runs Sightline: use sudo, or name your own with --data-dir DIR")]
    Hidden {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The socket cannot be used.
    #[cfg(unix)]
    #[error("{path}: {cause}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A Sightline listens that has another token.
    #[cfg(not(unix))]
    #[error(
        "the Sightline on port {port} does not keep its files in {data_dir}. Another user may run it: say where they \
         are: --data-dir DIR"
    )]
    Elsewhere {
        /// Where it listens.
        port: u16,
        /// Where its files were looked for.
        data_dir: PathBuf,
    },
    /// Another program listens.
    #[cfg(not(unix))]
    #[error("port {port} of this computer belongs to another program. Say which one Sightline has: --port N")]
    NotSightline {
        /// Where.
        port: u16,
    },
    /// Anything else.
    #[error(transparent)]
    Open(OpenError),
}

/// A request was not answered with a result.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Sightline says why.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// The answer is not what this version expects.
    #[error("the answer to {method} is of another version: {cause}")]
    Unexpected {
        /// What was asked.
        method: &'static str,
        /// What does not fit.
        cause: serde_json::Error,
    },
    /// The session is over.
    #[error(transparent)]
    Lost(#[from] Lost),
}

impl Control {
    /// A session with the Sightline that keeps its files in `data_dir`. Its `port` matters on Windows only, where it is the
    /// one in these files if none is said.
    ///
    /// # Errors
    /// See [`ConnectError`]; its text says what to do.
    #[cfg_attr(unix, expect(unused_variables, reason = "the socket is found by the directory"))]
    pub async fn connect(port: Option<u16>, data_dir: &Path) -> Result<Self, ConnectError> {
        #[cfg(unix)]
        let stream = by_socket(data_dir).await?;
        #[cfg(not(unix))]
        let stream = by_token(port.unwrap_or_else(|| kept_port(data_dir)), data_dir).await?;
        Ok(Self { stream, last_id: 0, reported: None })
    }

    /// The id and name of the machine.
    #[must_use]
    pub fn machine(&self) -> &wire::Machine {
        &self.stream.connected().machine
    }

    /// Calls `method`, and waits five seconds at most for the answer.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn request<P: Serialize, R: DeserializeOwned>(
        &mut self,
        method: Method,
        params: &P,
    ) -> Result<R, RequestError> {
        let unexpected = |cause| RequestError::Unexpected { method: method.name(), cause };
        self.last_id += 1;
        let id = self.last_id;
        let params = serde_json::to_value(params).map_err(unexpected)?;
        self.stream.send(&ClientMessage::Request { id, method: method.name().to_owned(), params }).await?;
        let answered = async {
            loop {
                match self.stream.recv().await? {
                    ServerMessage::Response(response) if response.id == id => return Ok(response),
                    other => note(&mut self.reported, other),
                }
            }
        };
        let answered: Result<Response, Lost> =
            tokio::time::timeout(RESPONSE_TIMEOUT, answered).await.unwrap_or(Err(Lost::Silent));
        match answered? {
            Response { error: Some(error), .. } => Err(RequestError::Refused(error)),
            Response { result: Some(result), .. } => result.read().map_err(unexpected),
            // A method without a result is answered without one.
            Response { .. } => serde_json::from_value(Value::Null).map_err(unexpected),
        }
    }

    /// The present state of sharing.
    ///
    /// # Errors
    /// As [`Control::request`].
    pub async fn read(&mut self) -> Result<Sharing, RequestError> {
        self.request(Method::SharingRead, &()).await
    }

    /// The next frame of `channel`, within five seconds. Its later frames are ignored.
    ///
    /// # Errors
    /// As [`Control::request`].
    pub async fn read_channel<R: DeserializeOwned>(&mut self, channel: Channel) -> Result<R, RequestError> {
        self.subscribe(channel).await?;
        let seen = async {
            loop {
                match self.stream.recv().await? {
                    ServerMessage::Frame(frame) if frame.channel == channel => return Ok(frame.data),
                    ServerMessage::Error(error) => return Err(RequestError::Refused(error)),
                    other => note(&mut self.reported, other),
                }
            }
        };
        let seen = tokio::time::timeout(RESPONSE_TIMEOUT, seen).await.unwrap_or(Err(Lost::Silent.into()));
        seen?.read().map_err(|cause| RequestError::Unexpected { method: channel.name(), cause })
    }

    /// Subscribes to channel `sharing`, for [`Control::changed`], which first returns the present state.
    ///
    /// # Errors
    /// When the session is over.
    pub async fn watch(&mut self) -> Result<(), Lost> {
        self.subscribe(Channel::Sharing).await
    }

    /// Waits until sharing is different; its new state. Can be dropped and called again.
    ///
    /// # Errors
    /// When the session is over.
    pub async fn changed(&mut self) -> Result<Sharing, Lost> {
        loop {
            if let Some(sharing) = self.reported.take() {
                return Ok(sharing);
            }
            let message = self.stream.recv().await?;
            note(&mut self.reported, message);
        }
    }

    async fn subscribe(&mut self, channel: Channel) -> Result<(), Lost> {
        let channels = vec![channel.name().to_owned()];
        self.stream.send(&ClientMessage::Subscribe { channels, interval_ms: None, encoding: None }).await
    }
}

/// The port of the Sightline whose files are in `data_dir`, as far as these have it.
#[cfg(any(not(unix), test))]
fn kept_port(data_dir: &Path) -> u16 {
    let file = atomic_file::read_bytes(&data_dir.join("access.json"), atomic_file::Trust::Any).ok();
    let file = file.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    file.and_then(|file| file["port"].as_u64()?.try_into().ok()).unwrap_or(wire::PORT)
}

/// Stores the report of sharing that `message` has.
fn note(reported: &mut Option<Sharing>, message: ServerMessage) {
    if let ServerMessage::Frame(frame) = message
        && frame.channel == Channel::Sharing
        && let Ok(sharing) = frame.data.read()
    {
        *reported = Some(sharing);
    }
}

#[cfg(unix)]
async fn by_socket(data_dir: &Path) -> Result<Stream, ConnectError> {
    let path = || data_dir.join(owner_socket::FILE);
    let connected = owner_socket::connect(data_dir).and_then(|(socket, owner)| {
        let socket = tokio::net::UnixStream::from_std(socket)?;
        // Nobody else can put a socket there; this holds where somebody once could.
        match socket.peer_cred()?.uid() {
            uid if uid == owner || uid == 0 => Ok(socket),
            uid => Err(io::Error::other(format!("another user (id {uid}) listens there; remove the file"))),
        }
    });
    let socket = connected.map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            ConnectError::Nobody { data_dir: data_dir.to_owned() }
        }
        io::ErrorKind::PermissionDenied if cause.raw_os_error().is_some() => {
            ConnectError::Hidden { path: path(), cause }
        }
        _ => ConnectError::Socket { path: path(), cause },
    })?;
    stream::open_local(socket).await.map_err(ConnectError::Open)
}

#[cfg(not(unix))]
async fn by_token(port: u16, data_dir: &Path) -> Result<Stream, ConnectError> {
    let address = Address::here(port);
    let elsewhere = || ConnectError::Elsewhere { port, data_dir: data_dir.to_owned() };
    let absent = |error: Unreachable| {
        if error.is_refusal() { ConnectError::Nobody { port } } else { ConnectError::Open(error.into()) }
    };
    let Some(secret) = owner_token(data_dir)? else {
        // Without a token, the error depends on whether any program listens.
        return Err(address.connect().await.map_or_else(absent, |_| elsewhere()));
    };
    let opened = stream::open(&address, OWNER, &secret, None).await;
    opened.map_err(|error| match error {
        OpenError::Unreachable(error) => absent(error),
        OpenError::NotSightline(_) | OpenError::Silent(_) | OpenError::Blocked { .. } => {
            ConnectError::NotSightline { port }
        }
        OpenError::Unauthorized(_) | OpenError::Impostor(_) | OpenError::Revoked(_) => elsewhere(),
        other => ConnectError::Open(other),
    })
}

/// The owner's token; `None` where Sightline never ran with this directory.
#[cfg(not(unix))]
fn owner_token(data_dir: &Path) -> Result<Option<Secret>, ConnectError> {
    let path = data_dir.join(OWNER_FILE);
    match atomic_file::read_secret(&path) {
        Ok(text) => {
            Ok(text.trim().strip_prefix(OWNER).and_then(|text| Secret::from_hex(text.strip_prefix('.')?)))
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(ConnectError::Hidden { path, cause }),
    }
}

#[cfg(test)]
mod tests {
    use wire::PORT;

    use super::*;

    #[test]
    fn the_port_is_the_one_that_is_kept() {
        let data = tempfile::tempdir().unwrap();
        for (kept, expected) in [(r#"{"port": 8080}"#, 8080), (r#"{"port": null}"#, PORT), ("{", PORT)] {
            std::fs::write(data.path().join("access.json"), kept).unwrap();
            assert_eq!(kept_port(data.path()), expected, "{kept}");
        }
        assert_eq!(kept_port(&data.path().join("nowhere")), PORT);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn it_is_told_why_nobody_is_reached() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let gone = Control::connect(None, data.path()).await.unwrap_err();
        assert!(matches!(gone, ConnectError::Nobody { .. }), "{gone}");
        let (_listener, _socket) = owner_socket::OwnerSocket::bind(data.path()).unwrap().unwrap();
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let planted = Control::connect(None, data.path()).await.unwrap_err();
        assert!(matches!(planted, ConnectError::Socket { .. }), "{planted}");
    }
}

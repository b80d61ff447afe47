//! A viewer as a client would write it from the protocol: it keeps the table and the numbers, and checks with
//! every frame that it may.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::raw::{Raw, request};

type Key = (u64, u64);
type Rows = BTreeMap<Key, Vec<Value>>;

/// What a viewer knows after a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picture {
    /// Of `processes`: the table.
    Table(Rows),
    /// Of `overview`: each series and its value.
    Values(Vec<(String, Value)>),
}

/// A connected viewer.
#[derive(Debug)]
pub(crate) struct Viewer {
    pub(crate) raw: Raw,
    /// By channel: the number of its last frame, and what is known since.
    pictures: BTreeMap<String, (u64, Picture)>,
    changing: Vec<usize>,
}

/// A frame that was taken in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) channel: String,
    pub(crate) seq: u64,
    pub(crate) sampled_at_ms: u64,
    pub(crate) key: bool,
    /// As many bytes of JSON.
    pub(crate) bytes: usize,
}

impl Viewer {
    /// Connects; from another address of this computer for each `number`, where it has more than one.
    pub(crate) async fn connect(address: SocketAddr, number: u16) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // The kernel holds little for a viewer that does not read.
        socket.set_recv_buffer_size(crate::proxy::BUFFER_BYTES)?;
        if !cfg!(target_os = "macos") {
            let [high, low] = number.to_be_bytes();
            socket.bind((Ipv4Addr::new(127, 0, high, low.max(1)), 0).into())?;
        }
        let raw = Raw::open(socket.connect(address).await?, &request(address)).await?;
        Ok(Self { raw, pictures: BTreeMap::new(), changing: Vec::new() })
    }

    /// A viewer of these channels.
    pub(crate) async fn of(address: SocketAddr, channels: &[&str]) -> Self {
        let mut viewer = Self::connect(address, 1).await.expect("an open stream");
        viewer.raw.send_json(&json!({"type": "subscribe", "channels": channels})).await;
        viewer
    }

    /// Takes in the next frame of any channel; other messages are passed over.
    pub(crate) async fn see(&mut self) -> Seen {
        let frame = self.raw.recv_type("frame").await;
        let seen = Seen {
            channel: frame["channel"].as_str().expect("a channel").to_owned(),
            seq: frame["seq"].as_u64().expect("a number"),
            sampled_at_ms: frame["sampledAtMs"].as_u64().expect("a time"),
            key: frame["key"].as_bool().expect("key or not"),
            bytes: frame.to_string().len(),
        };
        let before = self.pictures.remove(&seen.channel);
        let picture = if seen.key {
            self.whole(&seen.channel, &frame["data"])
        } else {
            let (seq, picture) = before.expect("a key frame comes first");
            assert!(seq < seen.seq, "frame {} came after {seq}", seen.seq);
            self.changed(picture, &frame["data"])
        };
        self.pictures.insert(seen.channel.clone(), (seen.seq, picture));
        seen
    }

    /// Takes in frames until one of `channel`.
    pub(crate) async fn see_one_of(&mut self, channel: &str) -> Seen {
        loop {
            let seen = self.see().await;
            if seen.channel == channel {
                return seen;
            }
        }
    }

    /// What is known of `channel`.
    pub(crate) fn picture(&self, channel: &str) -> &Picture {
        &self.pictures[channel].1
    }

    fn whole(&mut self, channel: &str, data: &Value) -> Picture {
        if channel == "processes" {
            let columns = list(&data["columns"]);
            let place = |name: &Value| columns.iter().position(|column| column == name);
            self.changing =
                list(&data["changing"]).iter().map(|name| place(name).expect("a column")).collect();
            let rows = list(&data["rows"]);
            return Picture::Table(rows.iter().map(list).map(|row| (key(&row), row)).collect());
        }
        let series = list(&data["series"]).into_iter();
        let ids = series.map(|series| series["id"].as_str().expect("an id").to_owned());
        Picture::Values(ids.zip(list(&data["values"])).collect())
    }

    fn changed(&self, picture: Picture, data: &Value) -> Picture {
        match picture {
            Picture::Table(mut rows) => {
                for gone in list(&data["gone"]) {
                    assert!(rows.remove(&key(&list(&gone))).is_some(), "{gone} was not there");
                }
                // A program that became another one, in the same process, comes whole once more.
                for row in list(&data["added"]).iter().map(list) {
                    rows.insert(key(&row), row);
                }
                for changed in list(&data["changed"]).iter().map(list) {
                    let row = rows.get_mut(&key(&changed)).expect("only what is there can change");
                    for (place, value) in self.changing.iter().zip(&changed[2..]) {
                        row[*place] = value.clone();
                    }
                }
                Picture::Table(rows)
            }
            Picture::Values(values) => {
                let now = list(&data["values"]);
                assert_eq!(now.len(), values.len(), "a value for each series of the key frame");
                Picture::Values(values.into_iter().zip(now).map(|((id, _), value)| (id, value)).collect())
            }
        }
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().expect("a list").clone()
}

fn key(row: &[Value]) -> Key {
    (row[0].as_u64().expect("a pid"), row[1].as_u64().expect("a time"))
}

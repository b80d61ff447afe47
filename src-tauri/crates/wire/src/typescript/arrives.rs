//! What may arrive at a client: every message, the data of every channel, the result of every method. A channel or a
//! method that is added does not compile here until it says what it carries.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::message::{InterfaceReading, OverviewKey, OverviewValues, Summary, SystemInfo};
use crate::process::{FullRow, ProcessesChange, ProcessesKey, Top};
use crate::sessions::Sessions;
use crate::sharing::{PairAnswer, Sharing};
use crate::{Channel, ServerMessage, methods};

/// A type that arrives: its schema, and those that it refers to.
#[derive(Clone)]
pub(crate) struct Arriving {
    pub(super) schema: Value,
    referred: Vec<(String, RefOr<Schema>)>,
}

impl Arriving {
    pub(crate) fn of<T: ToSchema>() -> Self {
        let mut referred = Vec::new();
        T::schemas(&mut referred);
        Self { schema: serde_json::to_value(T::schema()).unwrap(), referred }
    }
}

/// Data of a channel's key frames, and of the frames between them.
pub(super) struct Data {
    pub(super) key: Option<Arriving>,
    pub(super) change: Option<Arriving>,
}

fn data(channel: Channel) -> Data {
    let alone = |data: Arriving| Data { key: Some(data.clone()), change: Some(data) };
    match channel {
        Channel::Overview => {
            Data { key: Some(Arriving::of::<OverviewKey>()), change: Some(Arriving::of::<OverviewValues>()) }
        }
        Channel::Processes => Data {
            key: Some(Arriving::of::<ProcessesKey<FullRow<'static>>>()),
            change: Some(Arriving::of::<ProcessesChange<'static, FullRow<'static>>>()),
        },
        Channel::Top => alone(Arriving::of::<Top>()),
        Channel::SystemInfo => alone(Arriving::of::<SystemInfo>()),
        Channel::NetworkInterfaces => alone(Arriving::of::<Vec<InterfaceReading>>()),
        Channel::Summary => alone(Arriving::of::<Summary>()),
        Channel::Sessions => alone(Arriving::of::<Sessions>()),
        Channel::Sharing => alone(Arriving::of::<Sharing>()),
        // It has messages of its own.
        Channel::Alerts => Data { key: None, change: None },
    }
}

/// Everything that may arrive.
pub(super) struct Arrivals {
    pub(super) message: Arriving,
    pub(super) frames: Vec<(Channel, Data)>,
    pub(super) results: Vec<(&'static str, Arriving)>,
    pub(super) pair_answer: Arriving,
    /// All that is referred to, by name.
    pub(super) schemas: BTreeMap<String, Value>,
}

pub(super) fn arrivals() -> Arrivals {
    let message = Arriving::of::<ServerMessage>();
    let pair_answer = Arriving::of::<PairAnswer>();
    let frames: Vec<(Channel, Data)> = Channel::ALL.into_iter().map(|it| (it, data(it))).collect();
    let results: Vec<_> = methods::listed().into_iter().map(|it| (it.method.name(), it.arrives)).collect();
    let in_frames = frames.iter().flat_map(|(_, data)| data.key.iter().chain(&data.change));
    let all = [&message, &pair_answer].into_iter().chain(in_frames).chain(results.iter().map(|(_, it)| it));
    let schemas = all
        .flat_map(|arriving| &arriving.referred)
        .map(|(name, schema)| (name.clone(), serde_json::to_value(schema).unwrap()))
        .collect();
    Arrivals { message, frames, results, pair_answer, schemas }
}

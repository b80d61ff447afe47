//! Why a request of the stream was refused, or a session, in plain English: no sentence yet, as other messages end with
//! it.

use std::fmt;

use crate::stream_reason::StreamReason;

impl fmt::Display for StreamReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StreamReason::SessionsFull { most } => {
                write!(f, "{most} viewers are connected; try again later")
            }
            StreamReason::AddressFull { most } => {
                write!(f, "{most} viewers are connected from this address; close one first")
            }
            StreamReason::TokenFull { most } => {
                write!(f, "{most} viewers use the same access; close one first, or pair each by itself")
            }
            StreamReason::Ending => f.write_str("Sightline is ending here"),
            StreamReason::BadMessage { detail } | StreamReason::BadParameters { detail } => {
                f.write_str(detail)
            }
            StreamReason::MessageTooLarge { bytes, most } => {
                write!(f, "{bytes} bytes sent; a message holds {most} at most")
            }
            StreamReason::BegunAlready => {
                f.write_str("this session has begun already; auth answers a challenge")
            }
            StreamReason::JsonOnly => {
                f.write_str("the window takes JSON, one message a line; leave out encoding")
            }
            StreamReason::TooManyChannels { count, most } => {
                write!(f, "{count} channels named; a session holds {most} at most")
            }
            StreamReason::UnknownChannel { name, known } => {
                write!(f, "there is no channel \"{name}\"; there are {}", known.join(", "))
            }
            StreamReason::ChannelNeedsControl { channel } => {
                write!(f, "channel \"{channel}\" needs the scope \"control\"")
            }
            StreamReason::UnknownMethod { name, known } => {
                write!(f, "there is no method \"{name}\"; there are {}", known.join(", "))
            }
            StreamReason::NeedsProcesses => {
                f.write_str("details of processes need the scope \"processes\"; this viewer has \"view\"")
            }
            StreamReason::TooManySeries { count, most } => {
                write!(f, "{count} series asked for; one query names {most} at most")
            }
            StreamReason::StretchReversed { from_ms, to_ms } => {
                write!(f, "fromMs {from_ms} lies after toMs {to_ms}")
            }
            StreamReason::NoPoints => f.write_str("maxPoints must be at least 1"),
            StreamReason::NothingSampled => f.write_str("nothing was sampled yet; ask again in a second"),
            StreamReason::TooManyDetails => f.write_str("too many viewers ask for details; ask again"),
            StreamReason::RequestsInFlight { most } => {
                write!(f, "{most} requests wait for an answer; wait for one first")
            }
            StreamReason::AnswersWaiting { most } => {
                write!(f, "{most} requests wait for an answer already; ask again in a second")
            }
            StreamReason::NoAnswer => f.write_str("the request failed on that machine; its log says why"),
        }
    }
}

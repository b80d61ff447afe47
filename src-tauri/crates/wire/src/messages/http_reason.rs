//! Why an HTTP request was refused, in plain English: no sentence yet, as other messages end with it.

use std::fmt;

use crate::http_reason::HttpReason;

impl fmt::Display for HttpReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HttpReason::NoSingleHost => "exactly one Host header is needed",
            HttpReason::HostNotText => "the Host header is not text",
            HttpReason::HostsDiffer => "the address and the Host header differ",
            HttpReason::NotOurName => {
                "this name is not one of this machine's; open it by its address or by localhost, or add the name under \
                 Settings, Sharing"
            }
            HttpReason::Unknown => "this machine does not know you; pair with it, or send a token",
            HttpReason::ProofNeeded => {
                "prove that you know a token of this machine, as the WWW-Authenticate header asks"
            }
            HttpReason::Revoked => "your access to this machine was revoked; its owner can pair you again",
            HttpReason::AccessUnclear => {
                "this machine cannot tell whether you have access: a file that says so is not understood. Its owner has to \
                 mend that; your token stays as it is"
            }
            HttpReason::ForeignPage => {
                "other web pages may not read this machine; its owner can add their origin under Settings, Sharing"
            }
            HttpReason::TooManyWrongTokens => "too many tokens that are none came from you",
            HttpReason::NothingHere => "there is nothing here",
            HttpReason::MethodNotAllowed { method } => {
                return write!(
                    f,
                    "this address does not answer {method}; the Allow header names what it answers"
                );
            }
            HttpReason::NotJson => "send JSON, with the header Content-Type: application/json",
            HttpReason::BodyTooLarge { most } => {
                return write!(f, "what is sent here has {most} bytes at most");
            }
            HttpReason::BodySlow => "the body did not come in time",
            HttpReason::BodyCutOff => "the body did not come whole",
            HttpReason::BadWebSocketKey => "a WebSocket needs one Sec-WebSocket-Key: 16 bytes in base64",
            HttpReason::WebSocketOnly { encrypted: true } => {
                "this address speaks WebSocket; connect with wss://"
            }
            HttpReason::WebSocketOnly { encrypted: false } => {
                "this address speaks WebSocket; connect with ws://"
            }
        })
    }
}

//! Writes what the fuzzer begins with: each golden message, in both encodings, a file each.

use std::path::Path;
use std::{fs, io};

use wire::codec::encode_as;
use wire::message::Encoding;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for side in ["client", "server"] {
        let corpus = folder.join("corpus").join(side);
        fs::create_dir_all(&corpus)?;
        let golden = fs::read_to_string(folder.join(format!("../golden/{side}.jsonl")))?;
        for (number, line) in golden.lines().enumerate() {
            let message: serde_json::Value = serde_json::from_str(line)?;
            fs::write(corpus.join(format!("{number}.json")), line)?;
            fs::write(corpus.join(format!("{number}.msgpack")), encode_as(Encoding::Msgpack, &message))?;
        }
    }
    Ok(())
}

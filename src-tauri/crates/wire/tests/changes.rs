//! Whatever happens to a process table, key frame plus changes gives the viewer the server's table.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use wire::process::{FullRow, ProcessesChange, ProcessesKey, Top};
use wire::{Process, ProcessState, ProcessTable};

/// A small world of PIDs, so that reuse, exit and return happen often.
fn table() -> impl Strategy<Value = ProcessTable> {
    let process = (1u32..12, 0u64..3, 0u8..3, proptest::option::of(0u32..50), 0u64..5, 0u8..2);
    proptest::collection::vec(process, 0..10).prop_map(|processes| {
        let mut by_pid = BTreeMap::new();
        for (pid, started_at_ms, name, cpu, memory_bytes, state) in processes {
            by_pid.insert(
                pid,
                Process {
                    pid,
                    started_at_ms,
                    parent_pid: None,
                    name: Arc::from(["a", "b", "c"][usize::from(name)]),
                    state: [ProcessState::Running, ProcessState::Sleeping][usize::from(state)],
                    cpu_ratio: cpu.map(|cpu| f64::from(cpu) / 16.0),
                    memory_bytes,
                    read_bytes_per_s: None,
                    write_bytes_per_s: Some(0.0),
                    threads: 1,
                    user: Arc::from("u"),
                    command: "c".into(),
                },
            );
        }
        ProcessTable { sampled_at_ms: 0, processes: by_pid.into_values().collect() }
    })
}

type Rows = BTreeMap<(u64, u64), Vec<Value>>;

fn cells(row: &Value) -> Vec<Value> {
    row.as_array().cloned().unwrap_or_default()
}

fn key(row: &[Value]) -> (u64, u64) {
    (row[0].as_u64().unwrap_or(0), row[1].as_u64().unwrap_or(0))
}

fn list(data: &Value, name: &str) -> Vec<Vec<Value>> {
    data[name].as_array().into_iter().flatten().map(cells).collect()
}

/// The viewer's side, as a client would write it from protocol.md.
fn apply(rows: &mut Rows, change: &Value) {
    for gone in list(change, "gone") {
        rows.remove(&key(&gone));
    }
    for row in list(change, "added") {
        rows.insert(key(&row), row);
    }
    for changed in list(change, "changed") {
        let row = rows.get_mut(&key(&changed)).expect("only what the viewer has can change");
        // state, cpuRatio, memoryBytes, readBytesPerS, writeBytesPerS, threads stand at 4..=9 of a row
        row[4..10].clone_from_slice(&changed[2..8]);
    }
}

fn whole(table: &ProcessTable) -> Rows {
    let data = serde_json::to_value(ProcessesKey::<FullRow<'_>>::of(table, Vec::new())).expect("it is JSON");
    list(&data, "rows").into_iter().map(|row| (key(&row), row)).collect()
}

proptest! {
    #[test]
    fn changes_bring_the_viewer_to_the_servers_table(tables in proptest::collection::vec(table(), 1..8)) {
        let mut viewer = whole(&tables[0]);
        for pair in tables.windows(2) {
            let change = ProcessesChange::<FullRow<'_>>::between(&pair[0], &pair[1]);
            apply(&mut viewer, &serde_json::to_value(change).expect("it is JSON"));
            prop_assert_eq!(&viewer, &whole(&pair[1]));
        }
    }

    #[test]
    fn nothing_travels_when_nothing_changed(table in table()) {
        let change = ProcessesChange::<FullRow<'_>>::between(&table, &table);
        prop_assert!(change.added.is_empty() && change.changed.is_empty() && change.gone.is_empty());
    }

    #[test]
    fn the_heaviest_are_the_first_of_the_sorted_table(table in table()) {
        let top = Top::of(&table);
        let mut memory: Vec<u64> = table.processes.iter().map(|process| process.memory_bytes).collect();
        memory.sort_unstable_by(|a, b| b.cmp(a));
        memory.truncate(Top::LENGTH);
        prop_assert_eq!(top.by_memory.iter().map(|process| process.memory_bytes).collect::<Vec<_>>(), memory);
        prop_assert!(top.by_disk.is_empty(), "a process without disk I/O is not among the heaviest");
    }
}

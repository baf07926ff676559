//! `switchback audit`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and write the files that they run on"
)]

mod support;

use support::{example, switchback};

#[test]
fn recorded_requests_are_counted_by_what_each_target_would_lose() {
    let folder = support::folder("recorded");
    for name in ["chat-tools", "responses-schema", "messages-image"] {
        let protocol = name.split('-').next().unwrap();
        std::fs::create_dir_all(folder.join(protocol)).unwrap();
        std::fs::copy(example(&format!("requests/{name}.json")), folder.join(protocol).join("1.json")).unwrap();
    }
    std::fs::write(folder.join("chat").join("nothing.json"), r#"{"id": "x"}"#).unwrap();
    let answer = r#"{"id": "x", "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}], "system_fingerprint": "f"}"#;
    std::fs::write(folder.join("chat").join("answer.json"), answer).unwrap();
    let stream = concat!(
        "data: {\"id\":\"c\",\"created\":1,\"model\":\"m\",\"system_fingerprint\":\"f\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"}}]}\n\n",
        "data: {\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n"
    );
    std::fs::write(folder.join("chat").join("answer.sse"), stream).unwrap();
    let path = folder.display().to_string();

    let report = switchback(&["audit", "--json", &path]).expect(0).json();
    assert_eq!(report["requests"], serde_json::json!({"chat": 1, "messages": 1, "responses": 1}));
    assert_eq!(report["skipped"].as_array().unwrap().len(), 1);
    assert_eq!(report["responses"], serde_json::json!({"chat": 1}));
    assert_eq!(report["streams"], serde_json::json!({"chat": 1}));
    assert_eq!(report["laws"]["stream_fold"], serde_json::json!({"tried": 2, "broken": []}));
    assert_eq!(
        report["pairs"].as_array().unwrap().len(),
        10,
        "six of requests, two of a response and a stream of Chat"
    );
    let fingerprint =
        report["losses"].as_array().unwrap().iter().find(|loss| loss["feature"] == "fingerprint").unwrap();
    let counts = ["requests", "responses", "streams"].map(|kind| fingerprint[kind].clone());
    assert_eq!(counts, [0, 1, 1].map(serde_json::Value::from));
    assert_eq!(report["laws"]["response_loss"], serde_json::json!({"tried": 2, "broken": []}));
    let seed =
        report["losses"].as_array().unwrap().iter().find(|loss| loss["feature"] == "seed" && loss["to"] == "messages");
    assert_eq!(seed.unwrap()["requests"], 1);
    assert_eq!((&report["laws"]["identity"]["tried"], &report["laws"]["loss"]["tried"]), (&3.into(), &6.into()));
    assert_eq!(report["laws"]["identity"]["broken"], serde_json::json!([]));

    let run = switchback(&["audit", "--to", "messages", &path]).expect(0);
    assert!(
        run.out.starts_with(
            "requests: 1 chat, 1 messages, 1 responses; responses: 1 chat; streams: 1 chat; 1 files skipped"
        ),
        "{}",
        run.out
    );
    assert!(!run.out.contains("chat  responses"), "{}", run.out);
    let nothing = folder.join("chat").join("nothing.json").display().to_string();
    assert_eq!(run.err, format!("skipped {nothing}: (root): member `messages` is missing, at byte 0\n"));
    let run = switchback(&["audit", &nothing]).expect(2);
    assert!(run.err.contains(&nothing) && run.err.contains("among 1 files"), "{}", run.err);
}

//! An embedding: an HTTP server that lets the engine decide, in front of two upstreams that are made up. The first is
//! always overloaded and speaks Chat Completions, the second answers and speaks Messages; clients speak Chat Completions.
//!
//! `cargo run -p switchback --example gateway` serves until it is stopped; with `-- --self-test` it asks itself for a whole
//! answer and for a stream, shows what became of them, and ends.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "an embedder has the clock and the arguments")]

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use futures_util::{StreamExt, stream};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use switchback::catalog::{Billing, Catalog, PriceKind, Providers, Row};
use switchback::ir::ErrorClass;
use switchback::plan::{Cursor, Outcome, Step, Try};
use switchback::protocol::errors::classify;
use switchback::protocol::sse::Framer;
use switchback::record::{Answer, Observed};
use switchback::units::Rate;
use switchback::uptime::{Settings, Uptime};
use switchback::{
    ClientError, Decision, Engine, ErrorOptions, Exhaustion, Limits, Live, Policy, Protocol, Situation, Speaker,
    Timestamp, Upstream, decode,
};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the server keeps: the engine and a way to send.
struct Gateway {
    live: Live,
    http: Client<HttpConnector, Body>,
}

/// Where a client's answer goes: its head once, then its bytes.
struct Sink {
    head: Option<oneshot::Sender<(StatusCode, &'static str)>>,
    body: mpsc::Sender<Bytes>,
}

impl Sink {
    async fn send(&mut self, status: StatusCode, kind: &'static str, bytes: Vec<u8>) {
        if let Some(head) = self.head.take() {
            // Whoever is gone gets no answer.
            let _ = head.send((status, kind));
        }
        let _ = self.body.send(bytes.into()).await;
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Takes a client's request; the walk over the plan runs beside it, and its first bytes make the head.
async fn chat(State(gateway): State<Arc<Gateway>>, body: Bytes) -> impl IntoResponse {
    let ((head, told), (bytes, mut rest)) = (oneshot::channel(), mpsc::channel(16));
    tokio::spawn(async move { walk(&gateway, &body, Sink { head: Some(head), body: bytes }).await });
    let (status, kind) = told.await.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, "text/plain"));
    let body = stream::poll_fn(move |context| rest.poll_recv(context)).map(Ok::<_, std::convert::Infallible>);
    (status, [("content-type", kind)], Body::from_stream(body))
}

/// Decides, and asks one endpoint after another until the client has an answer or there is none.
async fn walk(gateway: &Gateway, body: &[u8], mut client: Sink) {
    let json = "application/json";
    let request = match decode(Protocol::Chat, body, &Limits::default()) {
        Ok(request) => request,
        Err(error) => return client.send(StatusCode::BAD_REQUEST, "text/plain", error.to_string().into()).await,
    };
    let live = &gateway.live;
    let decision = live.decide(&request, &Situation::at(now()), &Speaker::default());
    let mut cursor = Cursor::new(&decision.plan);
    let mut seen = Observed::of_request("example");
    loop {
        match cursor.next(now()) {
            Step::Attempt(id) => {
                let Some(tried) = cursor.attempt(id).cloned() else { break };
                live.sent(&decision, &tried);
                let (outcome, answer) = attempt(gateway, &request, &decision, &tried, &mut client).await;
                if client.head.is_none() {
                    let _ = cursor.committed(id);
                }
                let _ = cursor.report(id, outcome, now());
                if let Some(tried) = cursor.attempt(id) {
                    live.observe(&decision, tried, answer.usage.as_ref());
                }
                seen = seen.with_attempt(id, answer);
            }
            Step::Wait(until) => {
                let rest = until.saturating_since(now()).get();
                tokio::time::sleep(std::time::Duration::from_millis(rest)).await;
            }
            Step::Exhausted => {
                let (options, exhaustion) = (ErrorOptions::at(now()), Exhaustion::from(&cursor));
                let error = match decision.plan.refusal() {
                    Some(refusal) => ClientError::of(refusal, Protocol::Chat, &options),
                    None => ClientError::of(&exhaustion, Protocol::Chat, &options),
                };
                let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_GATEWAY);
                client.send(status, json, error.body).await;
                break;
            }
            Step::Done => break,
        }
    }
    let record = decision.engine.finish(&decision.plan, &cursor, &seen, now());
    for (name, value) in record.headers() {
        println!("{name}: {value}");
    }
    println!();
}

/// One attempt: what came of it, and what its answer says of itself.
async fn attempt(
    gateway: &Gateway,
    request: &switchback::Request<'_>,
    decision: &Decision,
    tried: &Try,
    client: &mut Sink,
) -> (Outcome, Answer) {
    let failed = |class| (Outcome::failed(class), Answer::default());
    let Some(planned) = decision.attempt(tried) else { return failed(ErrorClass::Unknown) };
    let Ok(upstream) = decision.engine.prepare(request, &decision.plan, planned) else {
        return failed(ErrorClass::BadRequest);
    };
    let base = planned.endpoint.row().base_url.as_deref().unwrap_or_default();
    let sent = Request::post(format!("{base}/")).header("content-type", "application/json");
    let Ok(sent) = sent.body(Body::from(upstream.body.clone())) else { return failed(ErrorClass::Unknown) };
    let Ok(response) = gateway.http.request(sent).await else { return failed(ErrorClass::Connection) };
    let status = response.status();
    if status.is_success() {
        return answer(&decision.engine, &upstream, Body::new(response.into_body()), client).await;
    }
    let headers = response.headers().clone();
    let body = to_bytes(Body::new(response.into_body()), 1 << 20).await.unwrap_or_default();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let class = classify(upstream.protocol, Some(status.as_u16()), headers, &body).class;
    (Outcome::failed(class).with_status(status.as_u16()), Answer::default())
}

/// Brings an answer back to the client as it comes.
async fn answer(engine: &Engine, upstream: &Upstream, body: Body, client: &mut Sink) -> (Outcome, Answer) {
    let back = engine.transcode(upstream, now());
    if !upstream.context.stream {
        let Ok(body) = to_bytes(body, 64 << 20).await else {
            return (Outcome::failed(ErrorClass::Connection), Answer::default());
        };
        return match back.whole(&body) {
            Ok(whole) => {
                client.send(StatusCode::OK, "application/json", whole.body).await;
                (Outcome::Success, whole.answer)
            }
            Err(error) => (Outcome::failed(error.class()), Answer::default()),
        };
    }
    let mut stream = back.stream(Framer::sse(&Limits::default()));
    let (mut pieces, mut result) = (body.into_data_stream(), Ok(()));
    while let Some(Ok(piece)) = pieces.next().await {
        let mut out = Vec::new();
        result = stream.feed(&piece, &mut out);
        if !out.is_empty() {
            client.send(StatusCode::OK, "text/event-stream", out).await;
        }
        if result.is_err() {
            break;
        }
    }
    let mut answer = Answer::default();
    answer.usage = stream.usage().map(Into::into);
    answer.losses = stream.losses().iter().map(switchback::protocol::stream::StreamLoss::line).collect();
    let mut out = Vec::new();
    let ended = result.and_then(|()| stream.finish(&mut out));
    if !out.is_empty() {
        client.send(StatusCode::OK, "text/event-stream", out).await;
    }
    (ended.map_or_else(|error| Outcome::failed(error.class()), |_| Outcome::Success), answer)
}

/// The upstream that never has room.
async fn overloaded() -> impl IntoResponse {
    (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":{"message":"no room","type":"server_error"}}"#)
}

/// The upstream that answers, in Messages: whole or as a stream, as it is asked.
async fn answering(body: String) -> impl IntoResponse {
    let head = r#""id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5","stop_sequence":null"#;
    if !body.contains(r#""stream":true"#) {
        let rest = r#""content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":2}"#;
        return ([("content-type", "application/json")], format!("{{{head},{rest}}}"));
    }
    let events = [
        (
            "message_start",
            format!(
                r#""message":{{{head},"content":[],"stop_reason":null,"usage":{{"input_tokens":9,"output_tokens":0}}}}"#
            ),
        ),
        ("content_block_start", r#""index":0,"content_block":{"type":"text","text":""}"#.to_owned()),
        ("content_block_delta", r#""index":0,"delta":{"type":"text_delta","text":"Hello."}"#.to_owned()),
        ("content_block_stop", r#""index":0"#.to_owned()),
        (
            "message_delta",
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}"#.to_owned(),
        ),
    ];
    let written = events.iter().map(|(name, rest)| format!("event: {name}\ndata: {{\"type\":\"{name}\",{rest}}}\n\n"));
    let end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    ([("content-type", "text/event-stream")], written.collect::<String>() + end)
}

/// Serves a router on a port of its own; gives its address.
async fn served(router: Router) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// One model at two hosts; the cheaper one is asked first.
fn catalog(hosts: [(&str, Protocol, &str, String); 2]) -> Result<Catalog, Failure> {
    let mut rows = Vec::new();
    for (provider, protocol, dollars, base) in hosts {
        let mut row = Row::new(provider, "claude-haiku-4-5");
        row.protocols = vec![protocol];
        row.billing = Billing::Metered;
        row.base_url = Some(base);
        for kind in [PriceKind::Input, PriceKind::Output] {
            row.prices.base.set(kind, Rate::per_million(dollars)?.value);
        }
        rows.push(row);
    }
    Ok(Catalog::build(rows, Vec::new(), Providers::embedded())?)
}

async fn ask(address: &str, body: &'static str) -> Result<Response<Body>, Failure> {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let sent = Request::post(format!("{address}/v1/chat/completions")).body(Body::from(body))?;
    Ok(client.request(sent).await?.map(Body::new))
}

/// Asks the gateway for a whole answer and for a stream: both come from the second host.
async fn self_test(address: &str) -> Result<(), Failure> {
    let whole = r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}]}"#;
    let streamed = r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}],"stream":true}"#;
    for (body, end) in [(whole, "}"), (streamed, "data: [DONE]\n\n")] {
        let response = ask(address, body).await?;
        let status = response.status();
        let text = String::from_utf8(to_bytes(response.into_body(), 1 << 20).await?.into())?;
        println!("{status}\n{}\n", text.trim_end());
        if status != StatusCode::OK || !text.contains(r#""content":"Hello.""#) || !text.ends_with(end) {
            return Err(format!("the second host did not answer: {status} {text}").into());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let first = served(Router::new().route("/", post(overloaded))).await?;
    let second = served(Router::new().route("/", post(answering))).await?;
    let catalog =
        catalog([("openrouter", Protocol::Chat, "1", first), ("anthropic", Protocol::Messages, "2", second)])?;
    let engine = Engine::new(catalog, Policy::from_toml("sort = 'cost'\nretry = { attempts = 0 }")?);
    let gateway = Gateway {
        live: Live::new(engine, Uptime::new(Settings::default())),
        http: Client::builder(TokioExecutor::new()).build_http(),
    };
    let router = Router::new().route("/v1/chat/completions", post(chat)).with_state(Arc::new(gateway));
    let address = served(router).await?;
    if std::env::args().any(|argument| argument == "--self-test") {
        return self_test(&address).await;
    }
    println!("{address}/v1/chat/completions");
    std::future::pending().await
}

use switchback_ir::{ErrorClass, Limits, Line};
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::Transcoder;
use switchback_protocol::{Error, Reply, decode_response, encode_response};
use switchback_units::Timestamp;

use crate::record::{Answer, Metered};
use crate::upstream::joined;
use crate::{Engine, RestoreStage, Upstream};

/// The way back of one attempt: what its upstream answers, in the client's protocol and shape.
///
/// Made by [`Engine::transcode`]; the options may be changed before it is used.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Transcoding<'u> {
    /// How the answer is written: which model and id the client sees, and what dates it.
    pub reply: Reply<'u>,
    /// What an answer may hold.
    pub limits: Limits,
    upstream: &'u Upstream,
}

/// A whole answer for the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Transcoded {
    /// The body.
    pub body: Vec<u8>,
    /// What it says of itself, for the record: model, usage, and what did not travel on the way back.
    pub answer: Answer,
}

/// What an upstream sent is no answer to the client.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// It cannot be read.
    #[error("the upstream's answer cannot be read: {0}")]
    Unreadable(Error),
    /// The client's protocol has no way to say it; what and where.
    #[error("the upstream's answer cannot be said in the client's protocol: {}", features(.0))]
    Refused(Vec<Line>),
}

impl Engine {
    /// Brings what an upstream answers back to the client: names, ids and shape as the client knows them, whole
    /// ([`Transcoding::whole`]) or as a stream ([`Transcoding::stream`]). `now` dates answers whose source does not.
    ///
    /// For answers with a status of success; for others there is [`classify`](switchback_protocol::errors::classify).
    ///
    /// ```
    /// use switchback::protocol::{ShownModel, sse::Framer};
    /// use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};
    ///
    /// let body = br#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}]}"#;
    /// let request = decode(Protocol::Chat, body, &Limits::default())?;
    /// let (engine, now) = (Engine::default(), Timestamp::from_millis(1_795_000_000_000));
    /// let plan = engine.decide(&request, &Situation::at(now));
    /// let attempt = plan.attempts().iter().find(|attempt| attempt.protocol == Protocol::Messages).unwrap();
    /// let upstream = engine.prepare(&request, &plan, attempt).unwrap();
    ///
    /// let answer = br#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001",
    ///     "content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
    /// let mut back = engine.transcode(&upstream, now);
    /// back.reply = back.reply.showing(ShownModel::Requested);
    /// let whole = back.whole(answer)?;
    /// assert!(String::from_utf8_lossy(&whole.body).contains(r#""model":"claude-haiku-4-5","choices""#));
    /// assert_eq!(whole.answer.usage.unwrap().output, Some(1));
    ///
    /// let mut stream = back.stream(Framer::sse(&Limits::default()));
    /// let (mut out, end) = (Vec::new(), b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n");
    /// assert!(stream.feed(end, &mut out).is_err() && !stream.committed(), "another endpoint may answer");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn transcode<'u>(&self, upstream: &'u Upstream, now: Timestamp) -> Transcoding<'u> {
        let reply = Reply::new(&upstream.context).created_at(now.as_millis() / 1_000);
        Transcoding { reply, limits: Limits::default(), upstream }
    }
}

impl<'u> Transcoding<'u> {
    /// The client's answer for a whole one. Cost: one pass over it.
    ///
    /// # Errors
    /// When it is no answer; nothing has reached the client then, and another endpoint may be asked.
    pub fn whole(&self, body: &[u8]) -> Result<Transcoded, NoAnswer> {
        let response = decode_response(self.upstream.protocol, body, &self.limits).map_err(NoAnswer::Unreadable)?;
        let model = response.model().map(|model| model.value.word().into_owned());
        let usage = Metered::of(&response);
        let (response, restored) = self.upstream.restore.response(response);
        let mut out = Vec::new();
        let encoded = encode_response(&response, &self.reply, &mut out)
            .map_err(|refusal| NoAnswer::Refused(refusal.resolve(body)))?;
        let losses = joined(restored, &encoded).resolve(body);
        Ok(Transcoded { body: out, answer: Answer { model, usage, losses, ..Answer::default() } })
    }

    /// The transcoder of a stream, restore steps included: feed it the upstream's bytes as they come.
    /// [`Transcoder::usage`] and [`Transcoder::losses`] are what the record asks for.
    pub fn stream(&self, framer: Framer) -> Transcoder<'u> {
        let transcoder = Transcoder::with_limits(self.upstream.protocol, framer, self.reply, &self.limits);
        if self.upstream.restore.is_empty() {
            return transcoder;
        }
        transcoder.with_stage(Box::new(RestoreStage::new(self.upstream.restore.clone())))
    }
}

impl NoAnswer {
    /// What kind of failure it is: the endpoint's.
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Server
    }
}

fn features(lines: &[Line]) -> String {
    let refused = lines.iter().filter(|line| line.action == "refused");
    refused.map(|line| format!("`{}` at `{}`", line.feature, line.path)).collect::<Vec<_>>().join(", ")
}

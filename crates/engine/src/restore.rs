use switchback_capability::{Restore, RestoreStream};
use switchback_ir::Step;
use switchback_protocol::stream::Stage;

/// The way back of a degraded request as a stage of a [`Transcoder`](switchback_protocol::stream::Transcoder).
///
/// ```
/// use switchback::RestoreStage;
/// use switchback::capability::Restore;
/// use switchback::ir::{Limits, Protocol, RequestContext};
/// use switchback::protocol::Reply;
/// use switchback::protocol::sse::Framer;
/// use switchback::protocol::stream::Transcoder;
///
/// let context = RequestContext::new(Protocol::Chat);
/// let stage = RestoreStage::new(Restore::default());
/// let framer = Framer::sse(&Limits::default());
/// let transcoder =
///     Transcoder::new(Protocol::Messages, framer, Reply::new(&context)).with_stage(Box::new(stage));
/// assert!(!transcoder.committed());
/// ```
#[derive(Debug)]
pub struct RestoreStage(RestoreStream);

impl RestoreStage {
    /// A stage at the beginning of a stream. Where [`Restore::is_empty`] holds, none is needed.
    pub fn new(restore: Restore) -> Self {
        Self(RestoreStream::new(restore))
    }
}

impl Stage for RestoreStage {
    fn step(&mut self, step: Step<'_>, next: &mut dyn FnMut(Step<'_>)) {
        self.0.step(step, next);
    }
}

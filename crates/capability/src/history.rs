use crate::tree::{Node, Tree, Turn, each_list};
use switchback_ir::{Action, Entry, Feature, Key, Ledger, PartKind, Place, Request, Slot};

/// Puts the history that a provider holds in the place of its id: what `previous_response_id` or `conversation` stands
/// for, from the caller's own records. The result can be served by others than the owner.
///
/// The turns of `history` come before the request's own turns and after its instructions. Its own instructions stay
/// behind: they are not inherited by the next response (Responses API, 2026-11). Without such an id, and with a history
/// of another protocol than the request's, nothing changes.
///
/// ```
/// use switchback_capability::supply_history;
/// use switchback_ir::{Key, Owner, RawJson, Request, Role, Shape, Text};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::PreviousResponse, RawJson::string("resp_1"));
/// request.push_message(Role::User, Shape::Text, [Text::from("and in winter?").into()]);
/// let mut history = Request::new("gpt-5");
/// history.push_message(Role::User, Shape::Text, [Text::from("how warm is it in summer?").into()]);
///
/// let (whole, ledger) = supply_history(&request, &history);
/// assert_eq!((whole.messages.len(), whole.option(Key::PreviousResponse)), (2, None));
/// assert_eq!(ledger.entries().len(), 1);
/// ```
pub fn supply_history<'a>(request: &Request<'a>, history: &Request<'a>) -> (Request<'a>, Ledger) {
    let mut ledger = Ledger::new();
    for (key, feature) in
        [(Key::PreviousResponse, Feature::PreviousResponse), (Key::Conversation, Feature::Conversation)]
    {
        if let Some(field) = request.option(key) {
            let detail = "replaced by the history that the caller supplied";
            ledger.push(Entry { place: field.place, target: None, feature, action: Action::Degraded, detail });
        }
    }
    if ledger.is_empty() || history.origin.is_some_and(|origin| Some(origin) != request.origin) {
        return (request.clone(), Ledger::new());
    }
    let mut tree = Tree::of(request);
    tree.remove_options(&[Key::PreviousResponse, Key::Conversation]);
    let (at, instructions) = (tree.leading(), Tree::of(history).leading());
    let rest = tree.turns.split_off(at);
    let mut turns = Tree::of(history).turns;
    turns.drain(..instructions);
    turns.iter_mut().for_each(forget_places);
    tree.turns.extend(turns);
    tree.turns.extend(rest);
    tree.list_input();
    (tree.into_request(), ledger)
}

/// Places of another body say nothing in this one.
fn forget_places(turn: &mut Turn<'_>) {
    turn.message.slot = Slot::List;
    turn.message.place = Place::NONE;
    turn.message.role_place = Place::NONE;
    turn.message.content_place = Place::NONE;
    turn.fields.iter_mut().for_each(|field| field.place = Place::NONE);
    each_list(&mut turn.parts, &mut |parts| parts.iter_mut().for_each(forget_node));
}

fn forget_node(node: &mut Node<'_>) {
    node.part.place = Place::NONE;
    node.fields.iter_mut().for_each(|field| field.place = Place::NONE);
    match &mut node.part.kind {
        PartKind::ToolCall(call) => {
            call.input_place = Place::NONE;
            call.id.iter_mut().for_each(|id| id.place = Place::NONE);
        }
        PartKind::ToolResult(result) => {
            result.content_place = Place::NONE;
            result.call_id.iter_mut().for_each(|id| id.place = Place::NONE);
        }
        PartKind::Text(_)
        | PartKind::Refusal { .. }
        | PartKind::Image(_)
        | PartKind::File(_)
        | PartKind::Audio { .. }
        | PartKind::Opaque(_) => {}
    }
}

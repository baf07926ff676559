//! Settings at places where they have no effect.

use crate::FindingCode;
use crate::lint::finding::Findings;
use crate::lint::place::Place;

pub(crate) fn look(places: &[Place<'_>], findings: &mut Findings) {
    for place in places {
        let settings = &place.route.settings;
        let mut add = |is_ignored: bool, key: &str, why: &str| {
            if is_ignored {
                let message = format!("`{key}` has no effect here: {why}; move it there");
                findings.add(FindingCode::IgnoredSetting, format!("{}.{key}", place.path), message);
            }
        };
        add(settings.give_up.is_some(), "give_up", "a request is given up as the top of the policy says");
        let sorted = "routes of an `any` are sorted and explored as the `any` says";
        add(place.is_level && settings.sort.is_some(), "sort", sorted);
        add(place.is_level && settings.explore.is_some(), "explore", sorted);
    }
}

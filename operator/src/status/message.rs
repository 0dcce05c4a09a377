//! What the status says of the way from a manifest to running pods: one template for each finding, by the rule "what
//! happened, where, how widely, what to do next".

use imgplane_config::ObjectId;

use super::ACK_TIMEOUT;

/// Where everything is fine.
pub(super) const READY: &str = "it is in service";
/// Where everything is fine with an Origin.
pub(super) const ORIGIN_READY: &str = "its files are delivered";

/// Most names that a message lists.
const NAMES: usize = 3;

/// What keeps a version from running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wait<'a> {
    /// It is not written yet.
    Unwritten,
    /// It could not be written.
    WriteFailed(&'a str),
    /// No pod is ready; says why, where that is known.
    NoPods(Option<&'a str>),
    /// Pods have not loaded it.
    Pods {
        running: usize,
        ready: usize,
        waiting: &'a [ObjectId],
        /// What the first of these says, or why it says nothing.
        hint: Option<String>,
    },
}

pub(super) fn programmed(data_planes: &[&ObjectId], generation: i64, trouble: Option<&str>) -> String {
    let names = names(&data_planes.iter().map(ToString::to_string).collect::<Vec<_>>());
    let plural = if data_planes.len() == 1 { "" } else { "s" };
    let all = format!("all ready pods of DataPlane{plural} {names} run generation {generation}");
    match trouble {
        None => all,
        Some(trouble) => format!("{all}; others do not get ready: {trouble}"),
    }
}

pub(super) fn pending(data_plane: &ObjectId, generation: i64, wait: &Wait<'_>) -> String {
    match wait {
        Wait::Unwritten => {
            format!("generation {generation} is about to be written for DataPlane {data_plane}")
        }
        Wait::WriteFailed(error) => format!(
            "generation {generation} could not be written for DataPlane {data_plane} and is tried again; pods keep \
             what they run: {error}"
        ),
        Wait::NoPods(trouble) => {
            format!(
                "DataPlane {data_plane} has no ready pod yet, which would run generation {generation}{}",
                because(*trouble)
            )
        }
        Wait::Pods { running, ready, waiting, hint: _ } => format!(
            "{running} of {ready} ready pods of DataPlane {data_plane} run generation {generation}; waiting for {}",
            pods(waiting)
        ),
    }
}

/// Whether a message of [`pending`] or [`timed_out`] tells of pods, and not of a write that failed.
pub(super) fn is_of_pods(message: &str) -> bool {
    !message.contains(" could not be written ")
}

pub(super) fn timed_out(data_plane: &ObjectId, generation: i64, wait: &Wait<'_>) -> String {
    let seconds = ACK_TIMEOUT.as_secs();
    match wait {
        Wait::Unwritten => format!(
            "generation {generation} has not been written for DataPlane {data_plane} within {seconds} s; pods keep \
             what they run: look at the log of the operator"
        ),
        Wait::WriteFailed(error) => format!(
            "generation {generation} could not be written for DataPlane {data_plane} within {seconds} s; pods keep \
             what they run: {error}"
        ),
        Wait::NoPods(trouble) => {
            let ObjectId { namespace, name } = data_plane;
            format!(
                "DataPlane {data_plane} has had no ready pod for {seconds} s, so nothing serves generation \
                 {generation}{}: look at `kubectl get pods -n {namespace} -l imgplane.dev/dataplane={name}`",
                because(*trouble)
            )
        }
        Wait::Pods { running, ready, waiting, hint } => {
            let first = waiting.first().map_or_else(String::new, |pod| {
                format!(": look at `kubectl logs -n {} {}`", pod.namespace, pod.name)
            });
            let missing = match (waiting, hint) {
                ([_], Some(hint)) => hint.clone(),
                (_, hint) => format!("missing: {}{}", pods(waiting), because(hint.as_deref())),
            };
            format!(
                "{running} of {ready} ready pods of DataPlane {data_plane} run generation {generation} after \
                 {seconds} s; {missing}{first}"
            )
        }
    }
}

pub(super) fn rejected(
    data_plane: &ObjectId,
    generation: i64,
    pod: &ObjectId,
    pods: usize,
    ready: usize,
    reason: &str,
) -> String {
    format!(
        "{pods} of {ready} ready pods of DataPlane {data_plane} refused generation {generation} and keep what they \
         ran before; pod {pod} says: {reason}; change what it names, or run pods of the operator's own version"
    )
}

/// Of a DataPlane whose pods do not take over a renewed certificate.
pub(super) fn certificate_refused(pods: usize, ready: usize, pod: &ObjectId, reason: &str) -> String {
    format!(
        "{pods} of {ready} ready pods do not take over the certificate of spec.tls and go on with the one before; pod \
         {pod} says: {reason}; renew what is in the Secret"
    )
}

/// Of a DataPlane some of whose pods cannot use their folder for results. `fine` is what would be said otherwise.
pub(super) fn cache_unavailable(pods: usize, ready: usize, pod: &ObjectId, reason: &str) -> String {
    format!(
        "{pods} of {ready} serve without their folder for results and make anew what does not fit into memory; \
         pod {pod} says: {reason}; mend what it names, or remove spec.cache.disk"
    )
}

pub(super) fn store_unavailable(pods: usize, ready: usize, pod: &ObjectId, reason: &str) -> String {
    format!(
        "{pods} of {ready} serve without a store that pods share, make anew and fetch again what they do not keep \
         themselves, and purges are not completed before they can write to it; pod {pod} says: {reason}; mend what it \
         names, or remove the store from the spec"
    )
}

pub(super) fn too_large(data_plane: &ObjectId, generation: i64, text: &str) -> String {
    format!(
        "generation {generation} is not written for DataPlane {data_plane}, whose pods keep what they run: {text}"
    )
}

/// Of an object that is refused.
pub(super) fn not_accepted(generation: i64, invalid: bool) -> String {
    if invalid {
        format!(
            "generation {generation} runs nowhere, because it is not accepted; pods keep the last generation that \
             was, if there is one"
        )
    } else {
        format!("generation {generation} runs nowhere, because it is not accepted: see Accepted")
    }
}

/// Of an Origin that no accepted endpoint lists.
pub(super) fn not_run(listed_by: &[&ObjectId]) -> String {
    if listed_by.is_empty() {
        "no DataPlane takes this origin over, so it delivers no file but where pods keep what they ran before: see \
         ResolvedRefs"
            .to_owned()
    } else {
        let names = names(&listed_by.iter().map(|id| format!("UrlEndpoint {id}")).collect::<Vec<_>>());
        format!(
            "no DataPlane takes this origin over, so it delivers no file but where pods keep what they ran before: \
             none of the endpoints that list it can use it; look at {names}"
        )
    }
}

/// What a pod that does not load says.
pub(super) fn silent(pod: &ObjectId, seconds: u64) -> String {
    format!("pod {pod} has not answered for {seconds} s")
}

/// What a pod that cannot read its config says.
pub(super) fn unreadable(pod: &ObjectId, error: &str) -> String {
    format!("pod {pod} cannot read its config: {error}")
}

fn because(why: Option<&str>) -> String {
    why.map(|why| format!("; {why}")).unwrap_or_default()
}

fn pods(pods: &[ObjectId]) -> String {
    let plural = if pods.len() == 1 { "" } else { "s" };
    format!("pod{plural} {}", names(&pods.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

fn names(all: &[String]) -> String {
    let more = all.len().saturating_sub(NAMES);
    if more > 0 {
        return format!("{} and {more} more", all.get(..NAMES).unwrap_or_default().join(", "));
    }
    match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_pods_is_told_from_writes_that_failed() {
        let data_plane = ObjectId::new("imgplane-system", "default");
        let pods = [ObjectId::new("imgplane-system", "a")];
        let some = Wait::Pods { running: 1, ready: 2, waiting: &pods, hint: None };
        for wait in [Wait::Unwritten, Wait::NoPods(Some("ImagePullBackOff")), some] {
            assert!(is_of_pods(&pending(&data_plane, 5, &wait)), "{wait:?}");
            assert!(is_of_pods(&timed_out(&data_plane, 5, &wait)), "{wait:?}");
        }
        let failed = Wait::WriteFailed("forbidden");
        assert!(!is_of_pods(&pending(&data_plane, 5, &failed)));
        assert!(!is_of_pods(&timed_out(&data_plane, 5, &failed)));
    }

    #[test]
    fn few_names_are_listed_and_many_are_counted() {
        let all: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        for (count, expected) in [
            (0, ""),
            (1, "a"),
            (2, "a and b"),
            (3, "a, b and c"),
            (4, "a, b, c and 1 more"),
            (5, "a, b, c and 2 more"),
        ] {
            assert_eq!(names(&all[..count]), expected);
        }
    }
}

//! `imgplane status` without a cluster, and with one that answers as a real one does where imgplane is not installed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
};

use crate::folder::{Folder, command};

/// Runs `imgplane status` with a kubeconfig, and nothing else that could lead to a cluster.
fn status(kubeconfig: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
    let folder = Folder::new(&[]);
    let path = folder.path().join("kubeconfig");
    if let Some(text) = kubeconfig {
        std::fs::write(&path, text).unwrap();
    }
    let output = command()
        .arg("status")
        .args(arguments)
        .env("KUBECONFIG", &path)
        .env("HOME", folder.path())
        .env_remove("KUBERNETES_SERVICE_HOST")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn kubeconfig(server: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Config, clusters: [{{name: a, cluster: {{server: \"{server}\"}}}}], \
         users: [{{name: a, user: {{}}}}], contexts: [{{name: here, context: {{cluster: a, user: a, namespace: shop}}}}], \
         current-context: here}}"
    )
}

/// A server that gives this answer to every request.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(&stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = write!(
                &stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}

#[test]
fn without_a_cluster_the_error_says_what_to_do() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = kubeconfig(&format!("http://{gone}"));
    for (name, kubeconfig, arguments, words) in [
        ("no file", None, &[][..], ["no cluster is configured", "KUBECONFIG"]),
        (
            "no context",
            Some(unreachable.as_str()),
            &["--context", "there"],
            ["there", "kubectl config get-contexts"],
        ),
        ("nobody listens", Some(&unreachable), &[], ["cannot be reached", "refused"]),
    ] {
        let (code, out, err) = status(kubeconfig, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{name}: {err}");
        assert!(words.iter().all(|word| err.contains(word)), "{name}: {err}");
    }
}

#[test]
fn a_cluster_that_refuses_or_lacks_imgplane_is_told_from_one_that_is_silent() {
    let missing = answering("404 Not Found", "404 page not found");
    let forbidden = answering(
        "403 Forbidden",
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"user u may not list","reason":"Forbidden","code":403}"#,
    );
    for (server, words) in [
        (&missing, ["has no origins of imgplane.dev/v1alpha1", "helm install"]),
        (&forbidden, ["refuses to list origins in namespace shop", "user u may not list"]),
    ] {
        let (code, _, err) = status(Some(&kubeconfig(server)), &[]);
        assert_eq!(code, 2, "{err}");
        assert!(words.iter().all(|word| err.contains(word)), "{err}");
    }
}

#[test]
fn a_namespace_and_all_namespaces_exclude_each_other() {
    let (code, _, err) = status(None, &["-A", "-n", "shop"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--namespace"), "{err}");
}

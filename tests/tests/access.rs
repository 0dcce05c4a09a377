//! Who gets what: signatures, private files, named transformations and rules on clients, on a real server.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

#[path = "access/clients.rs"]
mod clients;
#[path = "access/kinds.rs"]
mod kinds;
#[path = "access/names.rs"]
mod names;
#[path = "access/signatures.rs"]
mod signatures;

use std::{path::Path, process::Command};

use imgplane_tests::{
    answer::{Answer, send},
    pictures,
    process::program,
    server::imgplane::Imgplane,
};

/// The key of the Secret `url-keys`.
const KEY: &str = "private_Qm3vT9xW1exampleA=";

/// The field that names that Secret; further fields of `security` may follow.
const KEYS: &str = "security:\n  signingKeys: [{secretRef: {name: url-keys}}]\n";

/// An Origin of the files that [`fill`] writes, and the Secret of the keys.
const SHARED: &str = "\
apiVersion: imgplane.dev/v1alpha1
kind: Origin
metadata: {name: files}
spec: {type: Volume, volume: {name: files}}
---
apiVersion: v1
kind: Secret
metadata: {name: url-keys}
stringData: {privateKey: private_Qm3vT9xW1exampleA=, next: another_key}
---
";

/// An endpoint of these files at `/default/NAME/`, with further fields.
fn endpoint(name: &str, fields: &str) -> String {
    let fields: String = fields.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!(
        "apiVersion: imgplane.dev/v1alpha1\nkind: UrlEndpoint\nmetadata: {{name: {name}}}\nspec:\n  urlPrefix: {name}\n  \
         origins: [{{name: files}}]\n{fields}---\n"
    )
}

fn fill(folder: &Path) {
    let volume = folder.join("volumes/files");
    std::fs::create_dir_all(&volume).unwrap();
    files(&volume);
}

fn files(folder: &Path) {
    std::fs::create_dir(folder.join("sub")).unwrap();
    let photo = |width, height| pictures::jpeg(&pictures::photograph("cat.jpg", width, height), 90);
    std::fs::write(folder.join("cat.jpg"), photo(320, 200)).unwrap();
    std::fs::write(folder.join("sub/none.jpg"), photo(120, 90)).unwrap();
    std::fs::write(folder.join("a.txt"), "text").unwrap();
    std::fs::write(folder.join("clip.mp4"), "no real video").unwrap();
    std::fs::write(folder.join("broken.jpg"), b"\xFF\xD8\xFF\xE0 no picture").unwrap();
}

fn start(endpoints: &[String]) -> Imgplane {
    Imgplane::start(&format!("{SHARED}{}", endpoints.concat()), fill)
}

/// Path and query with a signature, as `imgplane sign` prints it for the account.
fn signed(server: &Imgplane, path: &str, arguments: &[&str]) -> String {
    signed_by(server, path, KEY, arguments)
}

fn signed_by(server: &Imgplane, path: &str, key: &str, arguments: &[&str]) -> String {
    let key_file = server.folder().join("key");
    std::fs::write(&key_file, format!("{key}\n")).unwrap();
    let base = format!("http://{}", server.address);
    let output = Command::new(program("imgplane"))
        .args(["sign", &format!("{base}{path}"), "--key-file"])
        .arg(&key_file)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let url = String::from_utf8(output.stdout).unwrap();
    url.trim().strip_prefix(&base).unwrap().to_owned()
}

async fn get(server: &Imgplane, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = server.request(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

/// Status, code of `ik-error` and `Cache-Control`.
fn seen(answer: &Answer) -> (u16, &str, &str) {
    (answer.status, answer.error_code(), answer.header("cache-control"))
}

/// A refusal for want of permission.
const UNAUTHORIZED: (u16, &str, &str) = (401, "EAUTH", "no-store");
const YEAR: &str = "public, s-maxage=31536000, max-age=31536000, must-revalidate";
